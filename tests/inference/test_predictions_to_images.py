"""Stored predictions that become training images."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import default_storage

from inference.files import original_name
from inference.models import StoredPrediction
from inference.orphans import sweep_orphan_predictions
from inference.predictions_to_images import WantedImage, images_from_predictions
from inference.quick_test import quick_test
from labeling.models import Image, Region
from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_project, make_tag, member
from tests.inference.serving import png
from tests.inference.test_quick_test import trained
from tests.wire.http import Api, project_path

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))


def stored(project: Project, red: int = 200) -> UUID:
    """The id of a stored prediction with its files."""
    return quick_test(key_actor(project), trained(project), png((red, 20, 60)), is_stored=True).id


def post(project: Project, *images: dict[str, Any], **more: Any) -> Any:
    return Api(project.resource).post(f"{project_path(project)}/images/predictions", {"images": [*images], **more})


def statuses(answer: Any) -> list[str]:
    return [each["status"] for each in answer.json()["images"]]


def test_a_predictions_image_goes_in_with_its_regions_and_the_prediction_is_gone(project: Project) -> None:
    fork, common = make_tag(project, "fork"), make_tag(project, "common")
    prediction = stored(project)
    region = {"tagId": str(fork.pk), "left": 0.25, "top": 0.5, "width": 0.5, "height": 0.25}
    entry = {"id": str(prediction), "regions": [region]}
    answer = post(project, entry, tagIds=[str(common.pk)], metadata={"site": "north"})
    assert (answer.status_code, statuses(answer)) == (200, ["OK"])
    (made,) = answer.json()["images"]
    assert made["sourceUrl"] == str(prediction)
    assert [{name: each[name] for name in region} for each in made["image"]["regions"]] == [region]
    assert {tag["tagName"] for tag in made["image"]["tags"]} == {"fork", "common"}
    assert (made["image"]["width"], made["image"]["metadata"]) == (50, {"site": "north"})
    assert StoredPrediction.objects.count() == 0
    assert not default_storage.exists(original_name(project.pk, prediction, "image/png"))
    again = post(project, entry)
    assert (again.status_code, statuses(again)) == (207, ["ErrorSource"])
    assert Region.objects.count() == 1


def test_what_cannot_go_in_stays_a_prediction(project: Project) -> None:
    other = make_project()
    theirs, mine, unreadable = stored(other), stored(project), stored(project, 90)
    default_storage.delete(original_name(project.pk, unreadable, "image/png"))
    unknown_tag = {"id": str(mine), "tagIds": [str(uuid4())]}
    answer = post(project, {"id": str(theirs)}, unknown_tag, {"id": str(unreadable)}, {"id": str(uuid4())})
    assert answer.status_code == 207
    assert statuses(answer) == ["ErrorSource", "ErrorInvalidTag", "ErrorSource", "ErrorSource"]
    assert set(StoredPrediction.objects.values_list("pk", flat=True)) == {theirs, mine, unreadable}
    assert Image.objects.count() == 0


def test_the_same_image_as_one_that_is_there_gets_its_labels(project: Project) -> None:
    fork = make_tag(project, "fork")
    first, second = stored(project), stored(project)
    region = {"tagId": str(fork.pk), "left": 0.25, "top": 0.5, "width": 0.5, "height": 0.25}
    post(project, {"id": str(first)})
    answer = post(project, {"id": str(second), "regions": [region]})
    assert (answer.status_code, statuses(answer)) == (200, ["OKDuplicate"])
    assert (Image.objects.count(), Region.objects.count(), StoredPrediction.objects.count()) == (1, 1, 0)


@pytest.mark.parametrize(
    ("killed_at", "place"),
    [
        ("labeling.ingest.audit.record", "prediction"),
        ("inference.predictions_to_images.delete_prediction_files", "image"),
    ],
)
def test_whenever_it_is_killed_the_image_is_in_one_place(
    project: Project, monkeypatch: pytest.MonkeyPatch, killed_at: str, place: str
) -> None:
    prediction = stored(project)

    def die(*_: Any, **__: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as killer:
        killer.setattr(killed_at, die)
        with pytest.raises(SystemExit):
            images_from_predictions(key_actor(project), project, [WantedImage(prediction)])
    found = {"image": Image.objects.count(), "prediction": StoredPrediction.objects.count()}
    assert found == {"image": 0, "prediction": 0, place: 1}
    sweep_orphan_predictions(timedelta(seconds=-1))
    assert default_storage.exists(original_name(project.pk, prediction, "image/png")) is (place == "prediction")


@pytest.mark.parametrize(
    ("count", "more", "code"),
    [
        (0, {}, "BadRequestImageBatch"),
        (65, {}, "BadRequestExceededBatchSize"),
        (
            1,
            {"regions": [{"tagId": str(uuid4()), "left": 0.9, "top": 0, "width": 0.5, "height": 1}]},
            "BadRequestImageRegions",
        ),
    ],
)
def test_a_batch_that_cannot_be_is_refused_whole(project: Project, count: int, more: dict[str, Any], code: str) -> None:
    stored(project)
    answer = post(project, *({"id": str(uuid4()), **more} for _ in range(count)))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert StoredPrediction.objects.count() == 1


def test_who_may_not_edit_images_moves_none(project: Project) -> None:
    prediction = stored(project)
    with pytest.raises(Refusal) as refusal:
        images_from_predictions(member(project, Role.READER), project, [WantedImage(prediction)])
    assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert StoredPrediction.objects.count() == 1
