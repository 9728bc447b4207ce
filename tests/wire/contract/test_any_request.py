"""Requests made up by schemathesis from the served OpenAPI document: nothing breaks, and every answer is described.

The same requests every time; some of each operation here, and many with `pytest --slow`.
"""

import zlib
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.wire.contract.conftest import House, key_of, undone
from tests.wire.contract.operations import OPERATIONS
from tests.wire.contract.world import Holding

pytestmark = pytest.mark.django_db

FEW, MANY = 5, 170
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SINGULAR = {"tagIds": "tagId", "imageIds": "imageId", "regionIds": "regionId", "selectedTags": "tagId", "ids": "id"}


@pytest.fixture(scope="module")
def described(house: House) -> dict[str, Any]:
    """Each operation of the served document, by its name."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", house.app)
    found = (each.ok() for each in schema.get_all_operations())
    return {each.definition.raw["operationId"]: each for each in found}


def test_the_document_describes_every_operation(described: dict[str, Any]) -> None:
    assert described.keys() == OPERATIONS.keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_request_of_any_content_gets_a_described_answer(house: House, described: dict[str, Any], name: str) -> None:
    explore(house, described[name], FEW)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_many_requests_of_any_content_get_described_answers(house: House, described: dict[str, Any], name: str) -> None:
    explore(house, described[name], MANY)


def explore(house: House, operation: Any, examples: int) -> None:
    """Make up that many requests, each on the untouched world, half of them against the description."""
    headers = {"Training-Key": key_of(house.ours.training), "Prediction-Key": key_of(house.ours.prediction)}

    @seed(zlib.crc32(operation.label.encode()))
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def one_request(data: st.DataObject) -> None:
        case = made_up(house, operation, data)
        with undone():
            answer = case.call(headers=headers)
            case.validate_response(answer, checks=CHECKS)

    one_request()


def made_up(house: House, operation: Any, data: st.DataObject) -> Case:
    """A request whose ids are mostly those of something that is there."""
    world = house.ours.world
    held = data.draw(st.sampled_from([world.classifier, world.detector]))
    is_against = data.draw(st.booleans()) and (operation.query or operation.body)
    mode = GenerationMode.NEGATIVE if is_against else GenerationMode.POSITIVE
    case: Case = data.draw(operation.as_strategy(generation_mode=mode))

    def known(name: str) -> Callable[[Any], Any]:
        options = ids(held, name)
        return lambda value: (
            data.draw(st.sampled_from(options)) if options and data.draw(st.integers(0, 4)) < 4 else value
        )

    # A path with anything else than an id in it is no operation's.
    for name in case.path_parameters:
        case.path_parameters[name] = known(name)(str(data.draw(st.uuids())))
    case.path_parameters["version"] = "v3.4-preview"
    case.headers.clear()  # no call without a key, or it would end there
    if isinstance(case.query, dict):
        case.query = with_ids(case.query, known)
    case.body = with_ids(case.body, known)
    return case


def with_ids(value: Any, known: Callable[[str], Callable[[Any], Any]], name: str = "") -> Any:
    """The value with ids, by the names of its fields, that something has."""
    if isinstance(value, dict):
        return {field: with_ids(each, known, str(field)) for field, each in value.items()}
    if isinstance(value, list):
        return [with_ids(each, known, SINGULAR.get(name, name)) for each in value]
    return known(SINGULAR.get(name, name))(value)


def ids(held: Holding, name: str) -> list[str]:
    """What a field of that name may hold."""
    return {
        "projectId": [held.project],
        "iterationId": [held.iteration, held.spare, held.failed],
        "tagId": [held.tag, held.other_tag],
        "imageId": [held.image, held.untagged],
        "regionId": [held.region],
        "id": [held.prediction, held.tag],
        "publishedName": [held.name],
        "predictionId": [held.resource],
        "url": [held.image_address],
        "path": [held.artifact],
        "token": [held.token],
    }.get(name, [])
