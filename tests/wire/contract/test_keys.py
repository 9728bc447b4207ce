"""Every operation that the code has, under every version, with every kind of key but the right one: nothing is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import requests

from inference.api.prediction_operations import described_patterns
from inference.prediction_paths import parse_path
from portal.actors import SYSTEM
from portal.intake.paths import canonical_path
from portal.keys import make_key, regenerate_key
from portal.models import ResourceKind
from tests.builders import make_resource
from tests.portal.test_route_rules import OPERATIONS as TRAINING_ROUTES
from tests.wire.contract.clients import ENDPOINT
from tests.wire.contract.conftest import House, key_of
from tests.wire.contract.operations import OPERATIONS
from tests.wire.contract.state import changes, everything

pytestmark = pytest.mark.django_db

VERSIONS = (
    "v3.0/Training",
    "v3.1/training",
    "v3.2/Training",
    "v3.3/training",
    "v3.4-preview/TRAINING",
    "V3.3/training",
)
PREDICTION_VERSIONS = ("v3.0/Prediction", "v3.1/prediction", "V3.4-preview/PREDICTION")
NOBODY_S = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Door:
    """A method and an address below a version; `is_within` where it names a project."""

    method: str
    path: str
    is_within: bool


def filled(route: str, house: House) -> str:
    """The route's address, with ids of ours."""
    held = house.ours.world.classifier
    values = {
        "project_id": held.project,
        "image_id": held.image,
        "tag_id": held.tag,
        "iteration_id": held.iteration,
        "domain_id": "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31",
        "published_name": held.name,
    }
    parts = route.split("/")
    return "/".join(values[part.strip("<>").rpartition(":")[2]] if part.startswith("<") else part for part in parts)


def training_doors(house: House) -> list[Door]:
    beginning = "customvision/v3.4/training/"
    found = []
    for route, method in TRAINING_ROUTES:
        path = route.path.removeprefix(beginning)
        assert path != route.path
        found.append(Door(method.upper(), filled(path, house), "<id:project_id>" in path))
    return found


def prediction_doors(house: House) -> list[Door]:
    return [Door("POST", filled(str(entry.pattern), house), True) for entry in described_patterns]


def test_the_routes_are_those_of_the_60_operations(house: House) -> None:
    kinds = [operation.client for operation in OPERATIONS.values()]
    assert len(training_doors(house)) == kinds.count("training")
    assert len(prediction_doors(house)) == kinds.count("prediction")
    for door in prediction_doors(house):
        path, _ = canonical_path(f"/customvision/v3.1/Prediction/{door.path}")
        parsed = parse_path(path)
        assert parsed is not None, "the front does not know what the document describes"
        assert parsed.project_id == UUID(house.ours.world.classifier.project)


@pytest.fixture
def session(house: House) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.mount("http://", house.ours.sdk.wire)
        yield session


def wrong_headers(house: House, kind: str) -> dict[str, Mapping[str, str]]:
    """Headers that open neither API, by what is wrong with them."""
    own, other_kind = ("training", "prediction") if kind == "Training-Key" else ("prediction", "training")
    resource = getattr(house.ours, own)
    revoked, second = key_of(resource), make_key(resource, 2)
    fresh = regenerate_key(SYSTEM, resource, 1)
    gone = make_resource(ResourceKind.TRAINING if own == "training" else ResourceKind.PREDICTION)
    key_of_gone = key_of(gone)
    gone.delete()
    other_header = "Prediction-Key" if kind == "Training-Key" else "Training-Key"
    regenerate_key(SYSTEM, resource, 2)
    return {
        "none": {},
        "empty": {kind: ""},
        "nobody's": {kind: NOBODY_S},
        "revoked": {kind: revoked},
        "revoked second": {kind: second},
        "of a resource that is gone": {kind: key_of_gone},
        "of the other kind": {kind: key_of(getattr(house.ours, other_kind))},
        "right in the other header": {other_header: fresh},
        "of the other kind in its own header": {other_header: key_of(getattr(house.ours, other_kind))},
        "in capitals": {kind: fresh.upper()} if fresh.upper() != fresh else {},
        "cut": {kind: fresh[:-1]},
        "twice": {kind: f"{fresh}, {fresh}"},
        "its digest": {kind: resource.keys.get(slot=1).digest},
    }


def ask(session: requests.Session, door: Door, beginning: str, headers: Mapping[str, str]) -> requests.Response:
    address = f"{ENDPOINT}/customvision/{beginning}/{door.path}"
    return session.request(door.method, address, data=b"{}", headers={"Content-Type": "application/json", **headers})


@pytest.mark.parametrize("kind", ["Training-Key", "Prediction-Key"])
def test_no_wrong_key_opens_any_operation_of_any_version(house: House, session: requests.Session, kind: str) -> None:
    doors, versions = (
        (training_doors(house), VERSIONS) if kind == "Training-Key" else (prediction_doors(house), PREDICTION_VERSIONS)
    )
    wrong_keys = wrong_headers(house, kind)
    before = everything(house.files)
    wrong = []
    for number, door in enumerate(doors):
        for position, (name, headers) in enumerate(wrong_keys.items()):
            # Each door with each key, and over the doors each key with each version.
            version = versions[(number + position) % len(versions)]
            answer = ask(session, door, version, headers)
            told: Any = answer.json()
            is_denied = answer.status_code == 401 and told.keys() == {"error"} and told["error"]["code"] == "401"
            if not is_denied or any(key and key in answer.text for key in headers.values()):
                wrong.append(f"{name}: {door.method} {version} {door.path}: {answer.status_code}")
    assert wrong == []
    assert changes(house.files, before) == set()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_denied_at_every_door(house: House, session: requests.Session, version: str) -> None:
    before = everything(house.files)
    for door in training_doors(house):
        assert ask(session, door, version, {"Training-Key": NOBODY_S}).status_code == 401, door
    for door in prediction_doors(house):
        as_prediction = version.replace("Training", "Prediction").replace("training", "prediction")
        beginning = as_prediction.replace("TRAINING", "PREDICTION")
        assert ask(session, door, beginning, {"Prediction-Key": NOBODY_S}).status_code == 401, door
    assert changes(house.files, before) == set()


def test_another_resource_s_key_finds_no_project_of_ours(house: House, session: requests.Session) -> None:
    theirs = {"Training-Key": key_of(house.theirs.training), "Prediction-Key": key_of(house.theirs.prediction)}
    before = everything(house.files)
    wrong = []
    for doors, versions in ((training_doors(house), VERSIONS), (prediction_doors(house), PREDICTION_VERSIONS)):
        for number, door in enumerate(door for door in doors if door.is_within):
            answer = ask(session, door, versions[number % len(versions)], theirs)
            code = answer.json().get("code", "")
            # Some read their body or their query first.
            if not (answer.status_code == 404 and code in ("NotFoundProject", "NotFoundIteration")) and (
                answer.status_code != 400 or not code.startswith("BadRequest")
            ):
                wrong.append(f"{door.method} {door.path}: {answer.status_code} {code}")
    assert wrong == []
    assert changes(house.files, before) == set()
