"""Base64 batches: a JSON body of up to half a gigabyte, read with one image in memory at a time.

Each `contents` string is decoded into a file as soon as it has been read and stands in the parsed batch as the
number of its file; the rest of the batch is small, and held to that.
"""

import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson
from django.http import HttpRequest
from ijson.common import ObjectBuilder

from labeling.api.records import ImageFileCreateBatch, RegionBody
from labeling.boxes import Box
from labeling.uploads import Batch, IngestStatus, Upload, spool
from portal.errors import Refusal
from portal.limits import IMAGE_BATCH, TRAINING_IMAGE_BYTES
from portal.wire.bodies import CHUNK_BYTES, read_chunks, validate_record
from portal.wire.texts import check_text

# A string is cut here: longer than any legal image in base64, so that what is cut is still told as too large.
LONGEST_STRING_BYTES = (TRAINING_IMAGE_BYTES // 3 + 2) * 4
OTHER_TEXT_CHARACTERS = 4 * 1024 * 1024
# 64 images with 300 regions and 20 tags each have 250,000.
MOST_EVENTS = 500_000
# A region stands five levels deep. For each level the parser keeps a path, as long as the level is deep.
MOST_LEVELS = 64
CONTENTS = "images.item.contents"
_BRACKETS = re.compile(rb"[\[\]{}]")


def read_file_batch(request: HttpRequest, folder: Path) -> Batch:
    """The batch in the body, its images in files below `folder`.

    Raises Refusal `BadRequest`, `BadRequestExceededBatchSize`, `UnsupportedMediaType`.
    """
    spooled: list[Upload] = []
    batch = validate_record(_parse(request, folder, spooled), ImageFileCreateBatch)
    uploads = []
    for entry in batch.images:
        upload = spooled[int(entry.contents)] if entry.contents else Upload(problem=IngestStatus.ERROR_FORMAT)
        upload.source_name = entry.name
        upload.tag_ids = tuple(entry.tag_ids)
        upload.boxes = boxes_of(entry.regions)
        uploads.append(upload)
    return Batch(uploads, tuple(batch.tag_ids), batch.metadata)


def boxes_of(regions: list[RegionBody]) -> tuple[Box, ...]:
    """The boxes of an entry."""
    return tuple(Box(each.tag_id, each.left, each.top, each.width, each.height) for each in regions)


def _parse(request: HttpRequest, folder: Path, spooled: list[Upload]) -> Any:
    body = _ShortenedStrings(read_chunks(request))
    builder = ObjectBuilder()
    other_text = 0
    number = 0
    try:
        for number, (prefix, event, value) in enumerate(ijson.parse(body, buf_size=CHUNK_BYTES, use_float=True)):
            if prefix.lower() == CONTENTS and event == "string":
                if len(spooled) >= IMAGE_BATCH:
                    raise Refusal(
                        "BadRequestExceededBatchSize",
                        f"A batch holds at most {IMAGE_BATCH} images: send the rest in another.",
                    )
                spooled.append(_spool(value, folder / str(len(spooled))))
                value = str(len(spooled) - 1)
            elif isinstance(value, str):
                other_text += len(value)
                check_text(value)
            if number > MOST_EVENTS or other_text > OTHER_TEXT_CHARACTERS:
                raise Refusal(
                    "BadRequest", "The batch holds too much besides its images: send fewer tags and regions at once."
                )
            builder.event(event, value)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        if body.is_empty:
            return None
        if "json" not in (request.content_type or "json"):
            raise Refusal(
                "UnsupportedMediaType",
                f"This call takes a JSON body, not {request.content_type}: send application/json.",
            ) from error
        raise Refusal(
            "BadRequest", f"The body is not valid JSON: {error}. Check its quotes, commas and brackets."
        ) from error
    return builder.value


def _spool(contents: str, path: Path) -> Upload:
    upload = Upload()
    try:
        spool(upload, (binascii.a2b_base64(contents),), path)
    except ValueError:
        upload.problem = IngestStatus.ERROR_FORMAT
    return upload


class _ShortenedStrings:
    """A JSON stream whose strings are cut at a length, for a parser that holds each string whole."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._string_bytes = -1  # -1: between strings
        self._is_escaped = False
        self._level = 0
        self.is_empty = True

    def read(self, size: int = -1) -> bytes:
        """The next piece, whatever its size; empty at the end."""
        if size == 0:  # ijson asks what it would get: bytes or text
            return b""
        for chunk in self._chunks:
            if self.is_empty:
                chunk = chunk.removeprefix(b"\xef\xbb\xbf").lstrip()
                self.is_empty = not chunk
            if kept := self._shorten(chunk):
                return kept
        return b""

    def _shorten(self, chunk: bytes) -> bytes:
        kept = bytearray()
        position = 0
        while position < len(chunk):
            if self._string_bytes < 0:
                quote = chunk.find(b'"', position)
                end = len(chunk) if quote < 0 else quote + 1
                kept += chunk[position:end]
                self._watch_levels(chunk, position, end)
                if quote >= 0:
                    self._string_bytes = 0
            else:
                end, is_closed = self._end_of_string(chunk, position)
                content_end = end - 1 if is_closed else end
                room = max(0, LONGEST_STRING_BYTES - self._string_bytes)
                kept += chunk[position : min(content_end, position + room)]
                self._string_bytes += content_end - position
                if is_closed:
                    kept += b'"'
                    self._string_bytes = -1
            position = end
        return bytes(kept)

    def _watch_levels(self, chunk: bytes, start: int, end: int) -> None:
        for bracket in _BRACKETS.finditer(chunk, start, end):
            self._level += 1 if bracket[0] in b"[{" else -1
            if self._level > MOST_LEVELS:
                raise Refusal("BadRequest", f"The body nests over {MOST_LEVELS} levels: a batch has five.")

    def _end_of_string(self, chunk: bytes, position: int) -> tuple[int, bool]:
        """Where the string that goes on at `position` ends in this chunk, and whether it is closed there."""
        while True:
            if self._is_escaped:
                self._is_escaped = False
                position += 1
            quote = chunk.find(b'"', position)
            backslash = chunk.find(b"\\", position, len(chunk) if quote < 0 else quote)
            if backslash < 0:
                return (len(chunk), False) if quote < 0 else (quote + 1, True)
            position = backslash + 1
            if position == len(chunk):
                self._is_escaped = True
                return len(chunk), False
            position += 1
