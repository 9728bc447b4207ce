"""Whether a JSON value has the shape that `models` says."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.wire.contract.models import ENUMERATIONS, MODELS

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

# Ours, which the clients pass over.
MORE_FIELDS = {"Iteration": {"modelInformation"}}
# Custom Vision's own examples have null here; both clients read it, and neither sends it back.
MAY_BE_NULL = {"Iteration.publishName", "Iteration.originalPublishResourceId"}
# Detectors alone have them there, and ours has none.
MAY_BE_MISSING = {"ProjectSettings.detectionParameters"}


@dataclass(frozen=True)
class Field:
    """One field of a model, by its marks."""

    name: str
    shape: str
    is_required: bool
    is_read_only: bool
    nullable: bool | None


def _field(text: str) -> Field:
    name, _, rest = text.partition(":")
    shape = rest.rstrip("*-!?")
    marks = rest[len(shape) :]
    return Field(name, shape, "*" in marks, "-" in marks, "?" in marks if set(marks) & {"?", "!"} else None)


FIELDS: Mapping[str, tuple[Field, ...]] = {
    model: tuple(_field(text) for text in fields.split()) for model, fields in MODELS.items()
}


@dataclass
class Reading:
    """What is wrong with values, and which fields were there with something in them."""

    problems: list[str]
    seen: set[str]

    def read(self, value: Any, shape: str, where: str = "") -> None:
        """Compare one value with its shape."""
        if shape.startswith("["):
            if self._holds(isinstance(value, list), where, f"an array, not {value!r}"):
                for number, each in enumerate(value):
                    self.read(each, shape[1:-1], f"{where}[{number}]")
        elif shape.startswith("{"):
            if self._holds(isinstance(value, dict), where, f"an object, not {value!r}"):
                for name, each in value.items():
                    self.read(each, shape[1:-1], f"{where}.{name}")
        elif shape in FIELDS:
            if self._holds(isinstance(value, dict), where, f"a {shape}, not {value!r}"):
                self.problems.extend(f"{where}: {problem}" for problem in self._model_problems(value, shape))
                for field in FIELDS[shape]:
                    if value.get(field.name) is not None:
                        self.seen.add(f"{shape}.{field.name}")
                        self.read(value[field.name], field.shape, f"{where}.{field.name}")
        else:
            self._holds(_is_scalar(value, shape), where, f"{shape}, not {value!r}")

    def _holds(self, condition: bool, where: str, expectation: str) -> bool:
        if not condition:
            self.problems.append(f"{where} is {expectation}")
        return condition

    def _model_problems(self, value: dict[str, Any], model: str) -> Iterator[str]:
        known = {field.name for field in FIELDS[model]} | MORE_FIELDS.get(model, set())
        yield from (f"{model} has no field {name}" for name in value.keys() - known)
        for field in FIELDS[model]:
            name = f"{model}.{field.name}"
            is_never_null = field.is_required or field.nullable is False
            if field.name not in value:
                if field.is_required or (is_never_null and field.is_read_only and name not in MAY_BE_MISSING):
                    yield f"{name} is missing"
            elif value[field.name] is None and is_never_null and name not in MAY_BE_NULL:
                yield f"{name} is null"


def _is_scalar(value: Any, shape: str) -> bool:
    if shape in ENUMERATIONS:
        return value in ENUMERATIONS[shape]
    match shape:
        case "uuid":
            return isinstance(value, str) and UUID.fullmatch(value) is not None
        case "date-time":
            return isinstance(value, str) and DATE_TIME.fullmatch(value) is not None
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    raise LookupError(shape)
