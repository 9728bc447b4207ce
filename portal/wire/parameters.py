"""Query parameters, each declared once: how it is read and how it is described.

Names match in any case, unknown parameters are ignored, and an empty value counts as absent.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter

from portal.errors import Refusal
from portal.wire.texts import check_text

Value = TypeVar("Value")


@dataclass(frozen=True)
class Parameter(ABC, Generic[Value]):
    """One query parameter: `read` gives its value, or `default` when it is absent."""

    name: str
    description: str
    default: Value
    is_required: bool = False

    def read(self, request: HttpRequest) -> Value:
        """Raises Refusal `BadRequest...` for a value that cannot be understood or is missing."""
        wanted = self.name.lower()
        texts = [
            text for name, values in request.GET.lists() if name.lower() == wanted for text in values if text.strip()
        ]
        for text in texts:
            check_text(text)
        if texts:
            return self.parse(texts)
        if self.is_required:
            raise Refusal(
                "BadRequestRequiredParamIsNull", f"The parameter {self.name} is required: add it to the query."
            )
        return self.default

    @abstractmethod
    def parse(self, texts: list[str]) -> Value:
        """The value of one or more non-empty texts. Raises Refusal."""

    @property
    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""

    @property
    def openapi(self) -> OpenApiParameter:
        """Its entry in the OpenAPI document."""
        is_array = self.schema["type"] == "array"
        return OpenApiParameter(
            name=self.name,
            type=self.schema,
            location=OpenApiParameter.QUERY,
            required=self.is_required,
            description=self.description,
            style="form" if is_array else None,
            explode=False if is_array else None,
        )


class Text(Parameter[str]):
    """A free string; an absent one is the default."""

    def parse(self, texts: list[str]) -> str:
        return texts[0]

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


class Flag(Parameter[bool]):
    """true or false, in any case."""

    def parse(self, texts: list[str]) -> bool:
        try:
            return {"true": True, "false": False, "1": True, "0": False}[texts[0].strip().lower()]
        except KeyError:
            raise Refusal("BadRequest", f"{self.name} is true or false, not {texts[0]!r}.") from None

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "boolean", "default": self.default}


@dataclass(frozen=True)
class Whole(Parameter[int]):
    """A whole number inside limits."""

    least: int = 0
    most: int = 2**31 - 1

    def parse(self, texts: list[str]) -> int:
        try:
            number = int(texts[0])
        except ValueError:
            raise Refusal("BadRequest", f"{self.name} is a whole number, not {texts[0]!r}.") from None
        if not self.least <= number <= self.most:
            raise Refusal("BadRequest", f"{self.name} is {self.least} to {self.most}, not {number}.")
        return number

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most, "default": self.default}


@dataclass(frozen=True)
class Fraction(Parameter[float]):
    """A number from 0 to 1."""

    def parse(self, texts: list[str]) -> float:
        try:
            number = float(texts[0])
        except ValueError:
            raise Refusal("BadRequest", f"{self.name} is a number, not {texts[0]!r}.") from None
        if not 0 <= number <= 1:
            raise Refusal("BadRequest", f"{self.name} is 0 to 1, not {number}.")
        return number

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "number", "format": "float", "minimum": 0, "maximum": 1, "default": self.default}


@dataclass(frozen=True)
class Choice(Parameter[str]):
    """One of a few words; case does not count."""

    words: Sequence[str] = ()
    code: str = "BadRequest"

    def parse(self, texts: list[str]) -> str:
        for word in self.words:
            if word.lower() == texts[0].strip().lower():
                return word
        raise Refusal(self.code, f"{self.name} is one of {', '.join(self.words)}, not {texts[0]!r}.")

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)} | ({"default": self.default} if self.default else {})


class Id(Parameter[UUID | None]):
    """One id."""

    def parse(self, texts: list[str]) -> UUID | None:
        return parse_id(self.name, texts[0])

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}


@dataclass(frozen=True)
class Ids(Parameter[tuple[UUID, ...]]):
    """Ids joined by commas, at most `most` of them, each once in the order given."""

    most: int = 256

    def parse(self, texts: list[str]) -> tuple[UUID, ...]:
        parts = [part for text in texts for part in text.split(",") if part.strip()]
        ids = tuple(dict.fromkeys(parse_id(self.name, part) for part in parts))
        if len(ids) > self.most:
            raise Refusal(
                "BadRequestExceededBatchSize",
                f"{self.name} holds at most {self.most} ids: send the rest in another call.",
            )
        if not ids and self.is_required:
            raise Refusal(
                "BadRequestRequiredParamIsNull", f"The parameter {self.name} is required: add it to the query."
            )
        return ids

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": self.most}


@dataclass(frozen=True)
class Words(Parameter[tuple[str, ...]]):
    """Words joined by commas."""

    words: Sequence[str] = ()

    def parse(self, texts: list[str]) -> tuple[str, ...]:
        return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())

    @property
    def schema(self) -> dict[str, Any]:
        items: dict[str, Any] = {"type": "string"}
        if self.words:
            items["enum"] = list(self.words)
        return {"type": "array", "items": items}


def parse_id(name: str, text: str) -> UUID:
    """An id. Raises Refusal `BadRequestInvalidIds`."""
    try:
        return UUID(text.strip())
    except ValueError:
        mend = "send 32 hex digits, with or without hyphens"
        raise Refusal("BadRequestInvalidIds", f"{name}: {text[:64]!r} is not an id: {mend}.") from None
