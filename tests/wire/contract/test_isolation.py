"""Two resources that share a server: with the other's keys and ids nothing is told and nothing changes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from azure.cognitiveservices.vision.customvision.prediction.models import (
    CustomVisionErrorException as PredictionRefused,
)
from azure.cognitiveservices.vision.customvision.training.models import CustomVisionErrorException as TrainingRefused
from msrest.exceptions import HttpOperationError

from tests.wire.contract.calls import CALLS, Call
from tests.wire.contract.clients import Exchange, Sdk
from tests.wire.contract.conftest import House, Tenant, key_of
from tests.wire.contract.operations import OPERATIONS
from tests.wire.contract.state import changes
from tests.wire.contract.world import Holding, World

pytestmark = pytest.mark.django_db

# They name nothing that could be somebody else's; what they answer is tested below.
WITHOUT_IDS = {"get_domains", "get_domain", "get_projects", "create_project", "import_project"}
ON_PROJECTS = [call for call in CALLS if call.operation not in WITHOUT_IDS]

# An own project, and all other ids from somebody else's: status, and code or what the answer holds.
NONE_FOUND: list[Any] = []
NO_ITERATION, NO_TAG, NO_IMAGE = (404, "NotFoundIteration"), (404, "NotFoundTag"), (404, "NotFoundImage")
FOREIGN_IDS: dict[str, tuple[int, Any]] = {
    "get_artifact": (400, "BadRequestInvalidArtifactUri"),
    "get_tags of an iteration": NO_ITERATION,
    "get_tag": NO_TAG,
    "update_tag": NO_TAG,
    "delete_tag": NO_TAG,
    "get_images of an iteration": NO_ITERATION,
    "get_images_by_ids": (200, NONE_FOUND),
    "get_tagged_images": (200, NONE_FOUND),
    "get_tagged_image_count": (200, 0),
    "create_images_from_data": (207, "ErrorInvalidTag"),
    "create_images_from_files": (207, "ErrorInvalidTag"),
    "create_images_from_urls": (207, "ErrorInvalidTag"),
    "create_images_from_predictions": (207, "ErrorSource"),
    "update_image_metadata": (207, "ErrorImageNotFound"),
    "update_image_metadata in part": (207, "ErrorImageNotFound"),
    "delete_images": (204, None),
    "create_image_tags": NO_IMAGE,
    "delete_image_tags": (204, None),
    "create_image_regions": NO_IMAGE,
    "create_image_regions in part": NO_IMAGE,
    "delete_image_regions": (204, None),
    "get_image_region_proposals": NO_IMAGE,
    "train_project with everything": NO_ITERATION,
    "get_iteration": NO_ITERATION,
    "get_iteration that failed": NO_ITERATION,
    "get_iteration from another": NO_ITERATION,
    "update_iteration": NO_ITERATION,
    "delete_iteration": NO_ITERATION,
    "publish_iteration": NO_ITERATION,
    "unpublish_iteration": NO_ITERATION,
    "get_iteration_performance": NO_ITERATION,
    "get_iteration_performance of a detector": NO_ITERATION,
    "get_image_performances": NO_ITERATION,
    "get_image_performances of a detector": NO_ITERATION,
    "get_image_performance_count": NO_ITERATION,
    "export_iteration": NO_ITERATION,
    "get_exports": NO_ITERATION,
    "quick_test_image": NO_ITERATION,
    "query_predictions by tag": NO_ITERATION,
    "delete_prediction": (204, None),
    "suggest_tags_and_regions": NO_ITERATION,
    "suggest_tags_and_regions with boxes": NO_ITERATION,
    "query_suggested_images": NO_ITERATION,
    "query_suggested_images with boxes": NO_ITERATION,
    "query_suggested_image_count": NO_ITERATION,
}
# Written although nobody's labels or images change: the line of who asked, the job that clears away what is out of
# the asker's project, and the mark of a prediction that may still come, which counts in that project alone.
WRITTEN_ALL_THE_SAME = {"AuditEntry", "DeletedPrediction", "Job"}


def asked(sdk: Sdk, call: Call, world: World) -> Exchange:
    """The answer to a call that may be refused."""
    before = len(sdk.wire.exchanges)
    try:
        call.make(sdk, world)
    except (TrainingRefused, PredictionRefused, HttpOperationError):
        pass
    assert len(sdk.wire.exchanges) == before + 1, "the SDK kept the call to itself"
    return sdk.last


@pytest.mark.parametrize("call", ON_PROJECTS, ids=str)
def test_another_s_project_is_not_there(house: House, untouched: dict[str, Any], call: Call) -> None:
    exchange = asked(house.ours.sdk, call, house.theirs.world)
    is_training = OPERATIONS[call.operation].client == "training"
    code = "NotFoundProject" if is_training else "NotFoundIteration"
    assert (exchange.status, exchange.json["code"]) == (404, code)
    assert changes(house.files, untouched) == set()


@pytest.fixture(scope="module")
def without_rights(house: House) -> dict[tuple[str, str], Sdk]:
    """Clients by their keys: none, ones that nobody has, and each kind in the place of the other."""
    swapped = key_of(house.ours.prediction), key_of(house.ours.training)
    return {keys: house.sdk(*keys) for keys in (("", ""), ("0" * 32, "0" * 32), swapped)}


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_key_of_the_other_kind_or_of_nobody_opens_nothing(
    house: House, untouched: dict[str, Any], without_rights: dict[tuple[str, str], Sdk], call: Call
) -> None:
    for keys, sdk in without_rights.items():
        exchange = asked(sdk, call, house.ours.world)
        assert exchange.status == 401
        assert exchange.json.keys() == {"error"}
        assert exchange.json["error"]["code"] == "401"
        assert not any(key in exchange.content.decode() for key in keys if key)
    assert changes(house.files, untouched) == set()


def test_every_call_that_names_more_than_a_project_has_a_row() -> None:
    assert FOREIGN_IDS.keys() <= {str(call) for call in CALLS}
    own = Holding(**{name: f"own {name}" for name in Holding.__dataclass_fields__})
    mixed = Holding(**{name: f"other {name}" for name in Holding.__dataclass_fields__} | own_parts(own))
    naming = {str(call) for call in ON_PROJECTS if "other " in told(call, mixed)}
    assert naming - FOREIGN_IDS.keys() - ONLY_ADDRESSES == set()


# A signed address is a right of its own, whoever uses it: it needs no key at all.
ONLY_ADDRESSES = {
    "quick_test_image_url",
    "classify_image_url",
    "classify_image_url_with_no_store",
    "detect_image_url",
    "detect_image_url_with_no_store",
}


def told(call: Call, held: Holding) -> str:
    """All that a call is given, as one text."""

    def text(value: Any) -> str:
        if isinstance(value, dict):
            return " ".join(map(text, value.values()))
        if isinstance(value, list | tuple):
            return " ".join(map(text, value))
        return text(vars(value)) if hasattr(value, "__dict__") else str(value)

    return text(list(call.given(held, held)))


def own_parts(held: Holding) -> dict[str, str]:
    """What stays one's own where all other ids are foreign."""
    return {"project": held.project, "name": held.name, "resource": held.resource}


@pytest.mark.parametrize("name", FOREIGN_IDS)
def test_another_s_ids_are_not_known_in_an_own_project(house: House, untouched: dict[str, Any], name: str) -> None:
    call = next(each for each in CALLS if str(each) == name)
    ours, theirs = house.ours.world, house.theirs.world
    mixed = World(
        replace(theirs.classifier, **own_parts(ours.classifier)), replace(theirs.detector, **own_parts(ours.detector))
    )
    exchange = asked(house.ours.sdk, call, mixed)
    status, expected = FOREIGN_IDS[name]
    assert exchange.status == status
    if status >= 400:
        assert exchange.json["code"] == expected
    elif status == 207:
        assert {each["status"] for each in exchange.json["images"]} == {expected}
    elif expected is not None:
        assert exchange.json == expected
    assert changes(house.files, untouched) <= WRITTEN_ALL_THE_SAME


def test_projects_are_listed_for_their_own_resource_alone(house: House) -> None:
    def listed(tenant: Tenant) -> set[str]:
        return {each.id for each in tenant.sdk.training.get_projects()}

    for tenant in (house.ours, house.theirs):
        assert listed(tenant) == {tenant.world.classifier.project, tenant.world.detector.project}
    made = house.ours.sdk.training.create_project("made").id
    assert made in listed(house.ours)
    assert made not in listed(house.theirs)


@pytest.mark.parametrize("spoil", [lambda text: text[:-1], lambda text: text[::-1], lambda text: "nonsense"])
def test_a_token_that_nobody_gave_imports_nothing(
    house: House, untouched: dict[str, Any], spoil: Callable[[str], str]
) -> None:
    with pytest.raises(TrainingRefused) as refused:
        house.ours.sdk.training.import_project(spoil(house.theirs.world.classifier.token))
    assert (refused.value.response.status_code, refused.value.error.code) == (400, "BadRequestInvalidImportToken")
    assert changes(house.files, untouched) == set()
