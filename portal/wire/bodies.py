"""Request bodies: read with a limit, parsed as JSON."""

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from django.http import HttpRequest, UnreadablePostError
from pydantic import ValidationError

from portal.errors import Refusal
from portal.wire.records import WireBody
from portal.wire.texts import check_texts

JSON_BODY_BYTES = 4 * 1024 * 1024
CHUNK_BYTES = 256 * 1024

Body = TypeVar("Body", bound=WireBody)


def read_record(request: HttpRequest, record: type[Body]) -> Body:
    """The JSON body as a record; names match in any case, an empty body is an empty object.

    Raises Refusal `BadRequest`, `BadRequestRequiredParamIsNull`, `UnsupportedMediaType`.
    """
    return validate_record(read_json(request), record)


def validate_record(value: Any, record: type[Body]) -> Body:
    """A parsed JSON value as a record. Raises Refusal `BadRequest`, `BadRequestRequiredParamIsNull`."""
    try:
        return record.model_validate({} if value is None else value)
    except ValidationError as error:
        raise _refusal(error) from error


def read_json(request: HttpRequest) -> Any:
    """The JSON value of the body; None when it is empty. Raises Refusal `BadRequest`, `UnsupportedMediaType`."""
    body = read_bytes(request, JSON_BODY_BYTES)
    if not body.strip():
        return None
    try:
        value = json.loads(body.decode("utf-8-sig"))
        if b"\\u" in body:  # \u0000 and half of a character, as \ud800, are JSON and yet no text
            check_texts(value)
        return value
    except (ValueError, RecursionError) as error:
        if "json" not in (request.content_type or "json"):
            raise Refusal(
                "UnsupportedMediaType",
                f"This call takes a JSON body, not {request.content_type}: send application/json.",
            ) from error
        raise Refusal(
            "BadRequest", f"The body is not valid JSON: {error}. Check its quotes, commas and brackets."
        ) from error


def read_bytes(request: HttpRequest, at_most: int) -> bytes:
    """The whole body. Raises Refusal `BadRequest` when it is longer than `at_most` bytes."""
    body = bytearray()
    for chunk in read_chunks(request):
        body += chunk
        if len(body) > at_most:
            raise Refusal("BadRequest", f"The body of this call may have {at_most} bytes: send less at once.")
    return bytes(body)


def read_chunks(request: HttpRequest) -> Iterator[bytes]:
    """The body piece by piece. Raises Refusal `BadRequest` when the client stops in the middle."""
    received = 0
    try:
        while chunk := request.read(CHUNK_BYTES):
            received += len(chunk)
            yield chunk
    except UnreadablePostError as error:
        raise Refusal("BadRequest", "The body broke off: send it again.") from error
    if received < int(request.META.get("CONTENT_LENGTH") or 0):
        raise Refusal("BadRequest", "The body is shorter than its Content-Length: send all of it.")


def _refusal(error: ValidationError) -> Refusal:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "The body"
    if first["type"] == "missing":
        return Refusal("BadRequestRequiredParamIsNull", f"{where} is required: send it.")
    if first["type"] in ("uuid_parsing", "uuid_type"):
        return Refusal("BadRequestInvalidIds", f"{where} is not an id: send 32 hex digits, with or without hyphens.")
    return Refusal("BadRequest", f"{where}: {first['msg']}.")
