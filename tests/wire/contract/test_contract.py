"""Every operation through Microsoft's SDK, its answer compared field by field with the models."""

import re
from urllib.parse import parse_qs

import pytest
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient, models

from tests.wire.contract.calls import CALLS, Call
from tests.wire.contract.clients import Exchange
from tests.wire.contract.conftest import House, undone
from tests.wire.contract.models import ENUMERATIONS
from tests.wire.contract.operations import OPERATIONS
from tests.wire.contract.shapes import FIELDS, MAY_BE_MISSING, Field, Reading

pytestmark = pytest.mark.django_db

CLIENTS = {"training": CustomVisionTrainingClient, "prediction": CustomVisionPredictionClient}
# Nobody says what they would hold.
NEVER_SEEN = MAY_BE_MISSING | {"ProjectSettings.useNegativeSet"}
SCALARS = {
    "str": {"string", "uuid"},
    "float": {"number"},
    "int": {"integer"},
    "bool": {"boolean"},
    "iso-8601": {"date-time"},
    "bytearray": {"base64"},
}


def test_the_table_has_every_method_of_the_sdk_and_every_one_is_called() -> None:
    for name, client in CLIENTS.items():
        mixin = client.__mro__[1]
        methods = {each for each in vars(mixin) if not each.startswith("_")}
        assert methods == {each.name for each in OPERATIONS.values() if each.client == name}
    assert {(call.operation, call.status) for call in CALLS} == {
        (operation.name, status) for operation in OPERATIONS.values() for status in operation.statuses
    }


@pytest.mark.parametrize("model", FIELDS)
def test_the_models_have_the_fields_that_the_sdk_s_have(model: str) -> None:
    sdk = getattr(models, model)
    told = {field.name: field for field in FIELDS[model]}
    assert told.keys() == {each["key"] for each in sdk._attribute_map.values()}
    for name, each in sdk._attribute_map.items():
        field, rules = told[each["key"]], sdk._validation.get(name, {})
        assert has_the_type(field, each["type"]), (field, each)
        assert (field.is_required, field.is_read_only) == (rules.get("required", False), rules.get("readonly", False))


def has_the_type(field: Field, type: str) -> bool:
    """Whether the SDK's word for a type means the field's shape; it takes most enumerations for strings."""
    shape = field.shape
    if type[0] in "[{":
        return shape[0] == type[0] and has_the_type(Field("", shape[1:-1], False, False, None), type[1:-1])
    return shape in SCALARS.get(type, {type}) or (type == "str" and shape in ENUMERATIONS)


@pytest.fixture(scope="module")
def exchanges(house: House) -> dict[str, Exchange | Exception]:
    """What every call was answered, each on the untouched world."""
    answered: dict[str, Exchange | Exception] = {}
    sdk, world = house.ours.sdk, house.ours.world
    for call in CALLS:
        with undone():
            try:
                for first in call.before:
                    first.make(sdk, world)
                call.make(sdk, world)
                answered[str(call)] = sdk.last
            except Exception as refused:
                answered[str(call)] = refused
    return answered


def answer_of(exchanges: dict[str, Exchange | Exception], call: Call) -> Exchange:
    found = exchanges[str(call)]
    if isinstance(found, Exception):
        raise AssertionError(f"{call} was refused: {found}") from found
    return found


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_sdk_asks_as_the_table_says_and_is_answered_in_shape(
    exchanges: dict[str, Exchange | Exception], call: Call
) -> None:
    exchange, operation = answer_of(exchanges, call), OPERATIONS[call.operation]
    path = "".join(
        r"[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"({\w+})", operation.path)
    )
    assert (exchange.method, bool(re.fullmatch(path, exchange.path))) == (operation.method, True), exchange.path
    names = set(parse_qs(exchange.query, keep_blank_values=True))
    assert operation.required <= names <= operation.query
    assert exchange.status == call.status
    if not operation.answer:
        assert exchange.content == b""
        return
    assert exchange.content
    if operation.answer == "bytes":
        assert exchange.headers["Content-Type"] == "application/octet-stream"
        return
    assert exchange.headers["Content-Type"].startswith("application/json")
    reading = Reading([], set())
    reading.read(exchange.json, operation.answer, call.operation)
    assert reading.problems == []
    assert exchange.json not in ([], {}, None), "an empty answer proves nothing"


def test_every_field_of_every_answer_was_there_at_least_once(exchanges: dict[str, Exchange | Exception]) -> None:
    seen: set[str] = set()
    answered: set[str] = set()
    for call in CALLS:
        exchange = exchanges[str(call)]
        answer = OPERATIONS[call.operation].answer
        if isinstance(exchange, Exchange) and answer not in ("", "bytes"):
            Reading([], seen).read(exchange.json, answer)
            answered |= models_within(answer)
    fields = {f"{model}.{field.name}" for model in answered for field in FIELDS[model]}
    assert fields - seen - NEVER_SEEN == set()


def models_within(shape: str) -> set[str]:
    """The models that an answer of this shape is made of."""
    shape = shape.strip("[]{}")
    if shape not in FIELDS:
        return set()
    return {shape}.union(*(models_within(field.shape) for field in FIELDS[shape]))
