"""Reads that end in time, on a server whose own reads may wait for ever."""

import threading
import time
from collections import deque
from typing import Protocol

LOOK_EVERY_SECONDS = 0.5


class ByteStream(Protocol):
    """What a WSGI server gives as `wsgi.input`."""

    def read(self, size: int = ..., /) -> bytes: ...


class ReceiveTimeout(Exception):
    """The client did not send in time. `abandoned` is released when the read that was left behind ends."""

    def __init__(self, abandoned: threading.Lock) -> None:
        super().__init__()
        self.abandoned = abandoned


class ReceiversBusy(Exception):
    """Every receiving thread waits for a client."""


class ReceiverPool:
    """Threads that read for request threads.

    granian has no time limit for a body, and a thread blocked in its `read` cannot be woken. So the read is
    done by a thread of this pool while the request thread waits with a deadline. After a timeout the read is left
    behind; its thread comes back when the client sends the rest or hangs up. When `crowded_at` reads are waiting,
    those that have waited for `crowded_seconds` end.
    """

    def __init__(self, most_threads: int, crowded_at: int | None = None, crowded_seconds: float = 0.0) -> None:
        self._most_threads = most_threads
        self._crowded_at = most_threads if crowded_at is None else crowded_at
        self._crowded_seconds = crowded_seconds
        self._idle: deque[_Receiver] = deque()
        self._thread_count = 0
        self._counting = threading.Lock()

    def read(self, stream: ByteStream, size: int, seconds: float) -> bytes:
        """`stream.read(size)`. Raises ReceiveTimeout, ReceiversBusy, and what the read raises."""
        outcome = self._receiver().start(stream, size)
        if not outcome.ready.acquire(timeout=max(0.0, min(seconds, LOOK_EVERY_SECONDS))):
            self._wait(outcome, seconds)
        if outcome.error is not None:
            raise outcome.error
        return outcome.data

    def _wait(self, outcome: "_Outcome", seconds: float) -> None:
        started = time.monotonic() - LOOK_EVERY_SECONDS
        while True:
            waited = time.monotonic() - started
            is_crowded = self._thread_count - len(self._idle) >= self._crowded_at
            left = (min(seconds, self._crowded_seconds) if is_crowded else seconds) - waited
            if left <= 0:
                raise ReceiveTimeout(outcome.ready)
            if outcome.ready.acquire(timeout=min(left, LOOK_EVERY_SECONDS)):
                return

    def _receiver(self) -> "_Receiver":
        try:
            return self._idle.pop()
        except IndexError:
            with self._counting:
                if self._thread_count >= self._most_threads:
                    raise ReceiversBusy from None
                self._thread_count += 1
            return _Receiver(self._idle)


class _Receiver:
    """One thread, one read at a time."""

    def __init__(self, idle: "deque[_Receiver]") -> None:
        self._idle = idle
        self._wake = threading.Lock()
        self._wake.acquire()
        self._task: tuple[ByteStream, int, _Outcome] | None = None
        threading.Thread(target=self._run, name="sightline-receiver", daemon=True).start()

    def start(self, stream: ByteStream, size: int) -> "_Outcome":
        outcome = _Outcome()
        self._task = (stream, size, outcome)
        self._wake.release()
        return outcome

    def _run(self) -> None:
        while True:
            self._wake.acquire()
            assert self._task is not None
            stream, size, outcome = self._task
            self._task = None
            try:
                outcome.data = stream.read(size)
            except Exception as error:  # raised again in the thread that asked
                outcome.error = error
            self._idle.append(self)
            outcome.ready.release()
            del stream, outcome  # an idle thread must not keep a connection's stream alive


class _Outcome:
    __slots__ = ("data", "error", "ready")

    def __init__(self) -> None:
        self.data = b""
        self.error: Exception | None = None
        self.ready = threading.Lock()
        self.ready.acquire()
