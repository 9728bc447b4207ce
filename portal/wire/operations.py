"""How an operation is described in the OpenAPI document."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from pydantic import BaseModel, RootModel

from portal.errors import http_status
from portal.wire.parameters import Parameter
from portal.wire.records import WireRecord

Handler = TypeVar("Handler", bound=Callable[..., Any])
Answer = type[BaseModel] | dict[str, Any] | None

NO_BODY = None
TRAINING_KEY, PREDICTION_KEY = "TrainingKey", "PredictionKey"
KEY_WORDS = {TRAINING_KEY: "training key", PREDICTION_KEY: "prediction key"}
WHOLE_NUMBER: dict[str, Any] = {"type": "integer"}
TRUE: dict[str, Any] = {"type": "boolean"}
BINARY: dict[str, Any] = {"type": "string", "format": "binary"}
OCTET_STREAM = "application/octet-stream"
IMAGE_BODY: dict[str, Any] = {
    "multipart/form-data": {
        "type": "object",
        "properties": {"imageData": BINARY},
        "required": ["imageData"],
    },
    OCTET_STREAM: BINARY,
}


class CustomVisionError(WireRecord):
    """Why a call was turned down: a code for programs, a message for people."""

    code: str
    message: str


class GatewayErrorDetail(WireRecord):
    """Code and cause."""

    code: str
    message: str


class GatewayError(WireRecord):
    """The answer to a call without a valid key, or over its rate."""

    error: GatewayErrorDetail


def array_of(record: type[WireRecord]) -> type[BaseModel]:
    """The JSON array of a record, as a named schema."""
    return type(f"{record.__name__}List", (RootModel[list[record]],), {"__doc__": f"Array of {record.__name__}."})  # type: ignore[valid-type]


def operation(
    operation_id: str,
    summary: str,
    *,
    group: str,
    answers: Mapping[int, Answer],
    parameters: Sequence[Parameter[Any]] = (),
    body: type[BaseModel] | dict[str, Any] | None = None,
    codes: Sequence[str] = (),
    media_type: str = "application/json",
    key: str = TRAINING_KEY,
) -> Callable[[Handler], Handler]:
    """Describe a handler under the SDK's operation id.

    `answers` are the successes by status, in `media_type`; `codes` the error codes that the operation's rules may
    answer; `key` is the kind of key that opens it.
    """
    responses: dict[int | tuple[int, str], Any] = {
        (status, media_type): OpenApiResponse(response=shape, description="Done." if shape is None else "Success.")
        for status, shape in answers.items()
    }
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys((*codes, "BadRequest", "NotFoundProject" if "Project" in group else "")):
        if code:
            by_status.setdefault(http_status(code), []).append(code)
    for status, codes_of_status in sorted(by_status.items()):
        responses[status] = OpenApiResponse(response=CustomVisionError, description=", ".join(codes_of_status))
    responses[401] = OpenApiResponse(response=GatewayError, description=f"No valid {KEY_WORDS[key]}.")
    responses[429] = OpenApiResponse(
        response=GatewayError, description="Too many calls a second, where a tier is set; `Retry-After` says when next."
    )
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        description=f"{summary}.",
        tags=[group],
        parameters=[parameter.openapi for parameter in parameters],
        request=body,
        responses=responses,
        auth=[{key: []}],  # type: ignore[list-item]
    )
