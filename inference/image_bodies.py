"""The image, or its address, out of a prediction call's body."""

import json
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from portal.errors import Refusal
from portal.limits import PREDICTION_IMAGE_BYTES

PART_NAME = b"imagedata"
MOST_PARTS = 256  # one is the image; some clients send fields beside it
# What the multipart lines around an image may take.
ENVELOPE_BYTES = 64 * 1024


class Body(Protocol):
    """A request body: gives all that is asked for, and less at its end alone."""

    def read(self, size: int, /) -> bytes: ...


def read_image(body: Body, length: int, content_type: str, most_bytes: int = PREDICTION_IMAGE_BYTES) -> bytes:
    """The encoded image of a multipart body, or the bare bytes of any other.

    Raises Refusal `BadRequestImageSizeBytes`, `BadRequestImageStream`, and what the body raises.
    """
    is_multipart = content_type[:19].lower() == "multipart/form-data"
    if length > most_bytes + (ENVELOPE_BYTES if is_multipart else 0):
        raise _too_large(most_bytes)
    data = _read_exactly(body, length)
    if is_multipart:
        data = _image_part(data, content_type)
    if len(data) > most_bytes:
        raise _too_large(most_bytes)
    if not data:
        raise Refusal("BadRequestImageStream", "The body holds no image: send it as imageData or as the bare bytes.")
    return data


def read_url(body: Body, length: int, content_type: str) -> str:
    """The address of a JSON body {"url": ...}; the name counts in any case.

    Raises Refusal `BadRequestImageUrl`, `BadRequest`, `UnsupportedMediaType`, and what the body raises.
    """
    if length > ENVELOPE_BYTES:
        raise Refusal("BadRequestImageUrl", 'The body is too long: send a small JSON object, {"url": "https://..."}.')
    data = _read_exactly(body, length)
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        if "json" not in content_type.lower():
            raise Refusal(
                "UnsupportedMediaType", f"This call takes JSON, not {content_type or 'nothing'}: send application/json."
            ) from error
        raise Refusal("BadRequest", 'The body is not valid JSON: send {"url": "https://..."}.') from error
    entries = content.items() if isinstance(content, dict) else ()
    url = next((value for name, value in entries if name.lower() == "url"), None)
    if not isinstance(url, str) or not url.strip():
        raise Refusal("BadRequestImageUrl", 'The body has no url: send {"url": "https://..."}.')
    return url


def _read_exactly(body: Body, length: int) -> bytes:
    data = body.read(length)
    if len(data) < length:
        raise Refusal("BadRequestImageStream", "The body is shorter than its Content-Length: send all of it.")
    return data


def _image_part(data: bytes, content_type: str) -> bytes:
    """The part named imageData (SDKs give it no file name), else the first file, else the only part."""
    _, options = parse_options_header(content_type)
    parts = _Parts()
    try:
        parser = MultipartParser(
            options.get(b"boundary", b""),
            {
                "on_part_begin": parts.begin,
                "on_header_field": parts.header_field,
                "on_header_value": parts.header_value,
                "on_header_end": parts.header_end,
                "on_part_data": parts.part_data,
                "on_end": parts.end,
            },
        )
        parser.write(data)
        parser.finalize()
    except FormParserError as error:
        raise Refusal("BadRequestImageStream", f"The multipart body is damaged: {error}. Send it again.") from error
    if not parts.is_finished:
        raise Refusal("BadRequestImageStream", "The multipart body breaks off: send it again.")
    return parts.image()


class _Parts:
    """Collects all parts; a call has few, and the body is in memory already."""

    def __init__(self) -> None:
        self._parts: list[tuple[list[bytes], list[bytes]]] = []
        self._field = self._value = b""
        self.is_finished = False

    def begin(self) -> None:
        if len(self._parts) >= MOST_PARTS:
            raise Refusal("BadRequestImageStream", f"The body holds over {MOST_PARTS} parts: send the image alone.")
        self._parts.append(([], []))

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._parts[-1][0].append(self._value)
        self._field = self._value = b""

    def part_data(self, data: bytes, start: int, end: int) -> None:
        self._parts[-1][1].append(data[start:end])

    def end(self) -> None:
        self.is_finished = True

    def image(self) -> bytes:
        candidates = []
        for dispositions, pieces in self._parts:
            _, options = parse_options_header(dispositions[0] if dispositions else b"")
            is_named = options.get(b"name", b"").lower() == PART_NAME
            candidates.append((not is_named, b"filename" not in options, pieces))
        if not candidates:
            return b""
        is_unnamed, is_field, pieces = min(candidates, key=lambda candidate: candidate[:2])
        if is_unnamed and is_field and len(candidates) > 1:
            return b""
        return b"".join(pieces)


def _too_large(most_bytes: int) -> Refusal:
    return Refusal("BadRequestImageSizeBytes", f"An image may have {most_bytes} bytes here: send a smaller one.")
