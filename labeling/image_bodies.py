"""Image bodies: multipart parts or the bare bytes, written to files as they arrive."""

from collections.abc import Iterator
from pathlib import Path

from django.http import HttpRequest
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from labeling.uploads import Upload, UploadWriter, spool
from portal.errors import Refusal
from portal.limits import IMAGE_BATCH
from portal.wire.bodies import read_chunks

PART_NAME = "imagedata"
MOST_PARTS = 256  # images, and fields that some clients send beside them
# The second is what curl says of a file that it is told nothing about.
BARE_TYPES = ("application/octet-stream", "application/x-www-form-urlencoded")


def read_image_parts(request: HttpRequest, folder: Path) -> list[Upload]:
    """The images of a multipart or octet-stream body, in files below `folder`.

    SDKs send `imageData` parts without a file name. Raises Refusal `UnsupportedMediaType`, `BadRequest`,
    `BadRequestExceededBatchSize`.
    """
    media_type = request.content_type or "application/octet-stream"
    if media_type == "multipart/form-data":
        return _read_parts(request, folder)
    if media_type in BARE_TYPES or media_type.startswith("image/"):
        upload = Upload()
        spool(upload, read_chunks(request), folder / "0")
        return [upload]
    raise Refusal(
        "UnsupportedMediaType", f"Send images as multipart/form-data or application/octet-stream, not {media_type}."
    )


def _read_parts(request: HttpRequest, folder: Path) -> list[Upload]:
    _, options = parse_options_header(request.headers.get("Content-Type", ""))
    boundary = options.get(b"boundary")
    if not boundary:
        raise Refusal("BadRequest", "The multipart body has no boundary: send the one of its Content-Type.")
    parts = _Parts(folder)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": parts.begin,
                "on_header_field": parts.header_field,
                "on_header_value": parts.header_value,
                "on_header_end": parts.header_end,
                "on_headers_finished": parts.headers_finished,
                "on_part_data": parts.data,
                "on_part_end": parts.end,
                "on_end": parts.finish,
            },
        )
        _feed(parser, read_chunks(request))
    except FormParserError as error:
        raise Refusal("BadRequest", f"The multipart body is damaged: {error}. Send it again.") from error
    finally:
        parts.abandon()
    if not parts.is_finished:
        raise Refusal("BadRequest", "The multipart body breaks off: send it again.")
    return parts.uploads


def _feed(parser: MultipartParser, chunks: Iterator[bytes]) -> None:
    for chunk in chunks:
        parser.write(chunk)
    parser.finalize()


class _Parts:
    """Writes each image part to a file of its own; other parts are passed over."""

    def __init__(self, folder: Path) -> None:
        self.uploads: list[Upload] = []
        self.is_finished = False
        self._folder = folder
        self._field = b""
        self._value = b""
        self._disposition = b""
        self._parts = 0
        self._writer: UploadWriter | None = None

    def begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise Refusal("BadRequest", f"A call holds at most {MOST_PARTS} parts: send the rest in another.")
        self._field = self._value = self._disposition = b""

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name", b"").decode("utf-8", "replace").lower() != PART_NAME and b"filename" not in options:
            return
        if len(self.uploads) >= IMAGE_BATCH:
            raise Refusal(
                "BadRequestExceededBatchSize", f"A call holds at most {IMAGE_BATCH} images: send the rest in another."
            )
        self.uploads.append(Upload(source_name=options.get(b"filename", b"").decode("utf-8", "replace")))
        self._writer = UploadWriter(self._folder / str(len(self.uploads) - 1))

    def data(self, data: bytes, start: int, end: int) -> None:
        if self._writer is not None:
            self._writer.write(data[start:end])

    def end(self) -> None:
        if self._writer is not None:
            self._writer.close(self.uploads[-1])
            self._writer = None

    def finish(self) -> None:
        self.is_finished = True

    def abandon(self) -> None:
        """Close the file of a part that never ended."""
        if self._writer is not None:
            self._writer.close(self.uploads[-1])
            self._writer = None
