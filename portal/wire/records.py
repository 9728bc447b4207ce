"""Records of the wire: bodies that come in, answers that go out."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from django.http import HttpResponse
from pydantic import BaseModel, ConfigDict, PlainSerializer, model_validator
from pydantic.alias_generators import to_camel


def wire_date(moment: datetime) -> str:
    """The moment in UTC with milliseconds: 2020-01-01T00:00:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


WireDate = Annotated[datetime, PlainSerializer(wire_date, return_type=str, when_used="json")]


class WireRecord(BaseModel):
    """What an answer is made of: fields in words here, in camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class WireBody(BaseModel):
    """What a client sends: names match in any case, null counts as absent, unknown fields are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _names_in_any_case(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        names = {alias.lower(): alias for alias in (field.alias for field in cls.model_fields.values()) if alias}
        return {
            names.get(name.lower(), name): content
            for name, content in value.items()
            if isinstance(name, str) and content is not None
        }


MULTI_STATUS = 207


def answer_list(records: Sequence[BaseModel], status: int = 200) -> HttpResponse:
    """Records as one JSON array."""
    body = b"[" + b",".join(record.model_dump_json(by_alias=True).encode() for record in records) + b"]"
    return HttpResponse(body, status=status, content_type="application/json; charset=utf-8")


def answer(record: BaseModel, status: int = 200) -> HttpResponse:
    """A record as a JSON answer."""
    return HttpResponse(
        record.model_dump_json(by_alias=True), status=status, content_type="application/json; charset=utf-8"
    )


def answer_count(count: int) -> HttpResponse:
    """A bare whole number."""
    return HttpResponse(str(count), content_type="application/json; charset=utf-8")
