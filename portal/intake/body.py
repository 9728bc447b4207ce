"""A request body that keeps its limits."""

import threading
import time
from collections.abc import Iterator
from enum import Enum

from portal.intake.receiving import ByteStream, ReceiverPool, ReceiversBusy, ReceiveTimeout

GRACE_SECONDS = 30.0
SLOWEST_BYTES_PER_SECOND = 32 * 1024
PIECE_BYTES = 256 * 1024
LINE_PIECE_BYTES = 8 * 1024


class BodyTrouble(Enum):
    """Why a body could not be had."""

    TIMED_OUT = "The body took too long."
    BUSY = "The server is waiting for too many slow clients."


class BodyTimeout(OSError):
    """The body did not come in time. An OSError, as Django expects of a client that stops sending."""

    def __init__(self, trouble: BodyTrouble) -> None:
        super().__init__(trouble.value)


class RequestBody:
    """`wsgi.input` with an end, a deadline and an account of what was read.

    `length` is the Content-Length, or None where the server marks the end itself. A client has
    `grace_seconds`, and a second more for each 32 KiB that it has sent.
    """

    def __init__(
        self,
        stream: ByteStream,
        length: int | None,
        receivers: ReceiverPool,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._stream = stream
        self._receivers = receivers
        self._left = length
        self._grace_seconds = grace_seconds
        self._started: float | None = None
        self._ahead = b""
        self._ended = length == 0
        self.received_bytes = 0
        self.trouble: BodyTrouble | None = None
        self._abandoned: threading.Lock | None = None

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing more to receive."""
        return self._ended or self.trouble is not None

    @property
    def is_begun(self) -> bool:
        """Whether anything was asked of the client."""
        return self._started is not None

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes, all when it is negative; fewer at the end alone. Raises BodyTimeout."""
        wanted = -1 if size is None else size
        if 0 <= wanted <= len(self._ahead):
            data, self._ahead = self._ahead[:wanted], self._ahead[wanted:]
            return data
        pieces = [self._ahead]
        have, self._ahead = len(self._ahead), b""
        while not self._ended and (wanted < 0 or have < wanted):
            piece = self._receive(PIECE_BYTES if wanted < 0 else min(PIECE_BYTES, wanted - have))
            pieces.append(piece)
            have += len(piece)
        return pieces[-1] if len(pieces) == 2 and not pieces[0] else b"".join(pieces)

    def readline(self, size: int | None = -1) -> bytes:
        """One line, at most `size` bytes of it."""
        limit = -1 if size is None else size
        while b"\n" not in self._ahead and not self._ended and (limit < 0 or len(self._ahead) < limit):
            self._ahead += self._receive(LINE_PIECE_BYTES)
        end = self._ahead.find(b"\n") + 1 or len(self._ahead)
        return self.read(end if limit < 0 else min(end, limit))

    def readlines(self, hint: int = -1) -> list[bytes]:
        """All lines, or lines until `hint` bytes are passed."""
        lines: list[bytes] = []
        total = 0
        for line in self:
            lines.append(line)
            total += len(line)
            if 0 < hint <= total:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line

    def drain(self, at_most: int) -> bool:
        """Read and drop what is left, so that a client that is still sending sees its answer.

        True when the end was reached within `at_most` bytes and in time.
        """
        self._ahead = b""
        drained = 0
        try:
            while not self.is_finished and drained < at_most:
                drained += len(self._receive(PIECE_BYTES))
        except (OSError, ValueError):
            return False  # the client has gone
        return self._ended

    def wait_until_released(self) -> None:
        """Return once no read of the server's stream is in progress: at once, but for a body that timed out."""
        if self._abandoned is not None:
            self._abandoned.acquire()
            self._abandoned = None

    def _receive(self, size: int) -> bytes:
        if self.trouble is not None:
            raise BodyTimeout(self.trouble)
        now = time.monotonic()
        if self._started is None:
            self._started = now
        if self._left is not None:
            size = min(size, self._left)
        allowed = self._grace_seconds + (self.received_bytes + size) / SLOWEST_BYTES_PER_SECOND
        try:
            data = self._receivers.read(self._stream, size, self._started + allowed - now)
        except ReceiveTimeout as timeout:
            self.trouble = BodyTrouble.TIMED_OUT
            self._abandoned = timeout.abandoned
            raise BodyTimeout(self.trouble) from None
        except ReceiversBusy:
            self.trouble = BodyTrouble.BUSY
            raise BodyTimeout(self.trouble) from None
        self.received_bytes += len(data)
        if self._left is not None:
            self._left -= len(data)
        # A short piece is the end: the server waits for all that was asked for.
        if len(data) < size or self._left == 0:
            self._ended = True
        return data
