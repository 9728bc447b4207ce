"""The spool's files: records of a prediction and its image, one after the other.

A segment belongs to the process that holds its lock; once the lock is free, whether the writer closed it or was
killed, nothing more will be written and an ingester may take it. Segments have their name only after they are
locked, so that nobody can take one that is just being made.

A record is a header (magic, lengths, CRC-32 of the JSON), the JSON, the image. What a kill leaves half-written is
at the end of a segment, was never acknowledged, and is recognized by its length or its CRC.
"""

import fcntl
import json
import os
import secrets
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

SUFFIX = ".segment"
DRAFT_SUFFIX = ".new"
# Far longer than it takes to lock and name a new segment; a writer that sleeps longer gets an error and loses nothing.
DRAFT_SECONDS = 10
_HEADER = struct.Struct("<4sIII")
_MAGIC = b"SLP1"


@dataclass(frozen=True)
class SpooledPrediction:
    """One record: what was answered and stored about it, and the encoded image."""

    facts: dict[str, Any]
    image: bytes


def record_pieces(facts: bytes, image: bytes) -> list[bytes]:
    """The pieces of a record, to be written at once. `facts` is a JSON object."""
    return [_HEADER.pack(_MAGIC, len(facts), len(image), zlib.crc32(facts)), facts, image]


def create_segment(folder: Path) -> tuple[int, Path]:
    """A new, empty, locked segment: its descriptor and path. Names sort by time. Raises OSError."""
    name = f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}"
    draft, path = folder / f"{name}{DRAFT_SUFFIX}", folder / f"{name}{SUFFIX}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.rename(path)
    except OSError:
        os.close(descriptor)
        draft.unlink(missing_ok=True)
        raise
    return descriptor, path


def waiting_segments(folder: Path) -> list[Path]:
    """All segments, oldest first, whether their writer is through with them or not."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def remove_dead_drafts(folder: Path) -> None:
    """Remove segments whose writer was killed before it named them: nothing was written into them."""
    for draft in folder.glob(f"*{DRAFT_SUFFIX}"):
        try:
            if time.time() - draft.stat().st_mtime > DRAFT_SECONDS:
                draft.unlink()
        except FileNotFoundError:
            pass  # named or removed meanwhile


@contextmanager
def taken_segment(path: Path) -> Iterator[BinaryIO | None]:
    """The segment for reading, locked; None while its writer or another ingester has it, or when it is gone."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        yield None
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        # Another ingester may have finished and removed it between the two calls.
        yield file if path.exists() else None


def read_records(file: BinaryIO) -> Iterator[SpooledPrediction]:
    """The whole records from the start; ends at what a kill left half-written."""
    while len(header := file.read(_HEADER.size)) == _HEADER.size:
        magic, facts_length, image_length, checksum = _HEADER.unpack(header)
        facts, image = file.read(facts_length), file.read(image_length)
        is_whole = len(facts) == facts_length and len(image) == image_length
        if magic != _MAGIC or not is_whole or zlib.crc32(facts) != checksum:
            return
        yield SpooledPrediction(json.loads(facts), image)
