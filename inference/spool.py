"""Writing predictions to this host's disk before they are answered."""

import os
import shutil
import threading
import time
from pathlib import Path

from inference.segments import create_segment, record_pieces, waiting_segments

SEGMENT_BYTES = 32 * 1024 * 1024
SEGMENT_SECONDS = 0.2
LEAST_FREE_BYTES = 256 * 1024 * 1024
MOST_WAITING_BYTES = 4 * 1024 * 1024 * 1024


class SpoolUnavailable(Exception):
    """The prediction cannot be kept; the message says why."""


class Spool:
    """The segments of this process. Safe to share by threads.

    After `append` the prediction survives the death of the process; with `is_synced` that of the machine too.
    """

    def __init__(self, folder: Path, *, is_synced: bool = False, most_waiting_bytes: int = MOST_WAITING_BYTES) -> None:
        self._folder = folder
        self._is_synced = is_synced
        self._most_waiting_bytes = most_waiting_bytes
        self._writing = threading.Lock()
        self._syncing = threading.Lock()
        self._segment: _OpenSegment | None = None

    def append(self, facts: bytes, image: bytes) -> None:
        """Keep one prediction: one write, and with `is_synced` one sync for all who wait. Raises SpoolUnavailable."""
        try:
            with self._writing:
                segment = self._open_segment()
                end = self._write(segment, record_pieces(facts, image))
            if self._is_synced:
                self._sync(segment, end)
        except OSError as error:
            raise SpoolUnavailable(
                f"The prediction cannot be stored: {error.strerror or error}. Use nostore."
            ) from error

    def seal_if_due(self) -> None:
        """Let the ingester have the segment when it is old enough; called a few times a second."""
        with self._writing:
            if self._segment is not None and self._segment.is_due:
                self._seal()

    def close(self) -> None:
        """Let the ingester have all there is."""
        with self._writing:
            self._seal()

    def _open_segment(self) -> "_OpenSegment":
        if self._segment is not None and self._segment.is_due:
            self._seal()
        if self._segment is None:
            self._check_room()
            descriptor, _ = create_segment(self._folder)
            self._segment = _OpenSegment(descriptor)
            if self._is_synced:
                _sync_folder(self._folder)
        return self._segment

    def _check_room(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self._folder).free < LEAST_FREE_BYTES:
            raise SpoolUnavailable("The prediction cannot be stored: the disk is full. Make room, or use nostore.")
        waiting = sum(_size(path) for path in waiting_segments(self._folder))
        if waiting > self._most_waiting_bytes:
            raise SpoolUnavailable(
                "The prediction cannot be stored: too many wait to be ingested. Try again later, or use nostore."
            )

    def _write(self, segment: "_OpenSegment", pieces: list[bytes]) -> int:
        length = sum(map(len, pieces))
        try:
            written = os.writev(segment.descriptor, pieces)
            if written != length:
                raise OSError(0, "the disk is full")
        except OSError:
            # Readers stop at a torn record: nothing may be written behind one.
            self._seal()
            raise
        segment.size += length
        return segment.size

    def _sync(self, segment: "_OpenSegment", end: int) -> None:
        """Whoever comes first syncs for all that was written by then."""
        with self._syncing:
            if segment.synced >= end:
                return
            reached = segment.size
            with segment.closing:
                if segment.descriptor >= 0:
                    os.fdatasync(segment.descriptor)
            segment.synced = reached

    def _seal(self) -> None:
        segment, self._segment = self._segment, None
        if segment is not None:
            segment.close(is_synced=self._is_synced)


class _OpenSegment:
    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.size = 0
        self.synced = 0
        self.closing = threading.Lock()
        self._opened = time.monotonic()

    @property
    def is_due(self) -> bool:
        return self.size >= SEGMENT_BYTES or time.monotonic() - self._opened > SEGMENT_SECONDS

    def close(self, *, is_synced: bool) -> None:
        with self.closing:
            try:
                if is_synced:
                    os.fdatasync(self.descriptor)
                    self.synced = self.size
            finally:
                os.close(self.descriptor)
                self.descriptor = -1


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0  # ingested meanwhile
