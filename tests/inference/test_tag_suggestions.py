"""Suggested tags and regions through the training API."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import inference.suggestion_query
import inference.tag_suggestions
from inference.models import Suggestion, SuggestionTag
from inference.paging import PageToken
from inference.suggestion_query import SuggestionQuestion, count_suggestions, query_suggestions
from inference.tag_suggestions import suggest_tags
from labeling.files import original_name
from labeling.models import Image, ImageTag, Tag
from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.models import AuditEntry, Project
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import make_images, make_iteration, make_project, make_resource, make_tag, member
from tests.inference.serving import png
from tests.inference.test_box_suggestions import detector, stored
from tests.inference.test_quick_test import trained
from tests.wire.http import Api, ids, project_path
from training.models import Iteration, IterationState

pytestmark = pytest.mark.django_db


class Set:
    """A project with three tags, an iteration that tells them by color, and untagged images."""

    def __init__(self) -> None:
        self.project = make_project()
        self.red, self.green, self.blue = (make_tag(self.project, name) for name in ("red", "green", "blue"))
        labels = [(str(tag.pk), tag.name, "regular") for tag in (self.red, self.green, self.blue)]
        self.iteration = trained(self.project, labels=labels)

    def image(self, red: int, green: int, blue: int) -> Image:
        return stored(self.project, png((red, green, blue), format="JPEG"))

    def suggest(self, *images: Image, project: Project | None = None, iteration: Any = None) -> Any:
        query = f"iterationId={iteration or self.iteration.pk}&imageIds={ids(*(image.pk for image in images))}"
        path = f"{project_path(project or self.project)}/tagsandregions/suggestions?{query}"
        return Api(self.project.resource).post(path)

    def call(self, name: str, **body: Any) -> Any:
        path = f"{project_path(self.project)}/images/{name}?iterationId={self.iteration.pk}"
        return Api(self.project.resource).post(path, body)

    def found(self, **token: Any) -> list[UUID]:
        """All pages, as clients loop."""
        found, content = [], {"token": token}
        while True:
            content = self.call("suggested", **content["token"]).json()
            if not content["results"]:
                return found
            found += [UUID(each["id"]) for each in content["results"]]

    def counts(self, **body: Any) -> Mapping[str, int]:
        counts: Mapping[str, int] = self.call("suggested/count", **body).json()
        return counts

    def put(self, tag: Tag, image: Image) -> ImageTag:
        return ImageTag.objects.create(image=image, tag=tag, created_by="test")


@pytest.fixture
def made() -> Set:
    return Set()


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_tags_are_suggested_by_the_iterations_own_artifact_and_kept(made: Set) -> None:
    green, red = made.image(20, 250, 60), made.image(250, 20, 60)
    answer = made.suggest(red, green)
    assert answer.status_code == 200
    first, second = answer.json()
    assert [first["id"], second["id"]] == [str(red.pk), str(green.pk)]
    assert first.keys() == {"id", "project", "iteration", "created", "predictions", "predictionUncertainty"}
    assert (first["project"], first["iteration"]) == (str(made.project.pk), str(made.iteration.pk))
    assert [each["tagName"] for each in second["predictions"]] == ["green", "blue", "red"]
    top = second["predictions"][0]
    assert top == {
        "probability": top["probability"],
        "tagId": str(made.green.pk),
        "tagName": "green",
        "boundingBox": None,
        "tagType": "Regular",
    }
    probabilities = [each["probability"] for each in second["predictions"]]
    assert second["predictionUncertainty"] == pytest.approx(1 - (probabilities[0] - probabilities[1]))
    (line,) = AuditEntry.objects.filter(act="suggest_tags")
    assert line.detail == {"name": made.iteration.name, "image_count": 2}


def test_what_was_suggested_is_not_reckoned_again(made: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    red, green = made.image(250, 200, 150), made.image(20, 250, 60)
    (before,) = made.suggest(red).json()
    predict, looked_at = inference.tag_suggestions.predict, []
    monkeypatch.setattr(inference.tag_suggestions, "predict", lambda *all: looked_at.append(1) or predict(*all))
    again, _ = made.suggest(red, green, red).json()
    assert again == before
    assert len(looked_at) == 1
    Suggestion.objects.filter(image=red).update(created=timezone.now() - timedelta(days=31))
    (renewed,) = made.suggest(red).json()
    assert len(looked_at) == 2
    assert {**renewed, "created": before["created"]} == before
    assert renewed["created"] > before["created"][:10]
    assert (Suggestion.objects.count(), SuggestionTag.objects.filter(suggestion__image=red).count()) == (2, 3)


def test_a_page_has_the_images_and_what_was_suggested(made: Set) -> None:
    image = made.image(250, 20, 60)
    (suggested,) = made.suggest(image).json()
    content = made.call("suggested").json()
    (result,) = content["results"]
    for name in ("resizedImageUri", "thumbnailUri", "originalImageUri"):
        address = result.pop(name)
        assert address.startswith("http")
        assert f"/{image.sha256}.jpg?expires=" in address
    assert result == {
        **suggested,
        "width": image.width,
        "height": image.height,
        "domain": str(made.iteration.domain_id),
    }
    token = content["token"]
    assert token.pop("session")
    assert token == {
        "tagIds": [],
        "threshold": 0.0,
        "continuation": "",
        "maxCount": 50,
        "sortBy": "UncertaintyAscending",
    }


def test_by_uncertainty_page_by_page(made: Set) -> None:
    images = [made.image(120 + step, 100, 90) for step in (0, 40, 80, 120)]
    made.suggest(*images)
    unsure_first = [image.pk for image in images]
    for count in (1, 3, 4, 256):
        assert made.found(maxCount=count) == unsure_first[::-1]
        assert made.found(maxCount=count, sortBy="uncertaintyDESCENDING") == unsure_first


@pytest.mark.parametrize("few", [inference.suggestion_query.FEW, 0])
def test_by_tag_and_threshold_with_counts(made: Set, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(inference.suggestion_query, "FEW", few)
    sure, doubtful = made.image(250, 20, 20), made.image(120, 110, 20)
    by_image = {each["id"]: each for each in made.suggest(sure, doubtful).json()}
    low = next(
        each["probability"] for each in by_image[str(doubtful.pk)]["predictions"] if each["tagId"] == str(made.red.pk)
    )
    red, green, blue = (str(tag.pk) for tag in (made.red, made.green, made.blue))
    assert made.found(tagIds=[red], threshold=low) == [sure.pk, doubtful.pk]
    assert made.found(tagIds=[red], threshold=low + 0.01) == [sure.pk]
    assert made.found(tagIds=[green], threshold=0.3) == [doubtful.pk]
    assert made.found(tagIds=[red, green], threshold=0.3) == [sure.pk, doubtful.pk]
    assert made.found(threshold=0.9) == [sure.pk]
    assert made.found(threshold=0.9, tagIds=[blue]) == []
    assert made.counts(tagIds=[red, green, blue], threshold=0.3) == {red: 2, green: 1, blue: 0}
    assert made.counts(tagIds=[red], threshold=0.9) == {red: 1}
    assert made.counts(threshold=0.9) == {red: 1, green: 0, blue: 0}


def test_images_that_are_tagged_done_or_gone_are_dropped(made: Set) -> None:
    kept, tagged, removed, background = (made.image(250, 20 + step, 20) for step in (0, 10, 20, 30))
    made.suggest(kept, tagged, removed, background)
    assert len(made.found()) == 4
    label = made.put(made.green, tagged)
    Image.objects.filter(pk=removed.pk).update(removed=timezone.now())
    Image.objects.filter(pk=background.pk).update(has_no_objects=True)
    assert made.found() == [kept.pk]
    assert made.counts(tagIds=[str(made.red.pk)]) == {str(made.red.pk): 1}
    # Nobody is asked about what somebody has answered.
    assert [each["id"] for each in made.suggest(tagged, kept, background).json()] == [str(kept.pk)]
    ImageTag.objects.filter(pk=label.pk).update(removed=timezone.now())
    assert set(made.found()) == {kept.pk, tagged.pk}


def test_tags_that_the_project_has_no_more_are_never_suggested(made: Set) -> None:
    image = made.image(250, 20, 60)
    red = str(made.red.pk)
    made.suggest(image)
    Tag.objects.filter(pk=made.green.pk).update(name="lime")
    made.red.delete()
    for content in (made.suggest(image).json(), made.call("suggested").json()["results"]):
        assert {each["tagName"] for each in content[0]["predictions"]} == {"lime", "blue"}
    assert red not in made.counts()
    assert code(made.call("suggested", tagIds=[red])) == (404, "NotFoundTag")
    assert code(made.call("suggested/count", tagIds=[red])) == (404, "NotFoundTag")
    assert made.found(threshold=0.5) == []


def test_a_detector_suggests_boxes() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    fork = make_tag(project, "fork")
    sure, faint, gone = (0, 0.25, 0.5, 0.5, 0, 0.75), (0, 0, 1, 1, 0, 0.0625), (0, 0, 1, 1, 1, 0.5)
    iteration = detector(make_iteration(project), fork, sure, faint, gone)
    image = stored(project, png(format="JPEG"))
    path = f"{project_path(project)}/tagsandregions/suggestions?iterationId={iteration.pk}&imageIds={image.pk}"
    (suggested,) = Api(project.resource).post(path).json()
    place = {"left": 0.0, "top": 0.25, "width": 0.5, "height": 0.25}
    assert [(each["probability"], each["boundingBox"]) for each in suggested["predictions"]] == [
        (0.75, place),
        (0.0625, {"left": 0.0, "top": 0.0, "width": 1.0, "height": 1.0}),
    ]
    # 0.75 and 0.5 count, the faint one says nothing.
    assert suggested["predictionUncertainty"] == pytest.approx(0.5 + 1)
    body = {"tagIds": [str(fork.pk)], "threshold": 0.75}
    counted = Api(project.resource).post(
        f"{project_path(project)}/images/suggested/count?iterationId={iteration.pk}", body
    )
    assert counted.json() == {str(fork.pk): 1}


def test_bad_questions_are_refused(made: Set) -> None:
    image = made.image(250, 20, 60)
    api, path = Api(made.project.resource), project_path(made.project)
    assert code(made.suggest()) == (400, "BadRequestRequiredParamIsNull")
    assert (
        code(api.post(f"{path}/tagsandregions/suggestions?imageIds={image.pk}"))[1] == "BadRequestRequiredParamIsNull"
    )
    many = ids(*(uuid4() for _ in range(65)))
    answer = api.post(f"{path}/tagsandregions/suggestions?iterationId={made.iteration.pk}&imageIds={many}")
    assert code(answer) == (400, "BadRequestExceededBatchSize")
    assert code(made.suggest(image, iteration=uuid4())) == (404, "NotFoundIteration")
    assert code(made.suggest(image, iteration=trained(make_project()).pk)) == (404, "NotFoundIteration")
    untrained = make_iteration(made.project, IterationState.FAILED).pk
    assert code(made.suggest(image, iteration=untrained)) == (400, "BadRequestIterationIsNotTrained")
    (theirs,) = make_images(make_project(), 1)
    assert code(made.suggest(image, theirs)) == (404, "NotFoundImage")
    for name in ("suggested", "suggested/count"):
        assert code(api.post(f"{path}/images/{name}")) == (400, "BadRequestRequiredParamIsNull")
        assert code(api.post(f"{path}/images/{name}?iterationId={uuid4()}")) == (404, "NotFoundIteration")
        assert code(made.call(name, threshold=1.5)) == (400, "BadRequestPredictionInvalidQueryParameters")
        assert code(made.call(name, tagIds=[str(uuid4())])) == (404, "NotFoundTag")
        assert code(made.call(name, tagIds=[str(uuid4())] * 501)) == (400, "BadRequestExceededBatchSize")
    assert code(made.call("suggested", sortBy="name")) == (400, "BadRequestPredictionInvalidQueryParameters")
    assert code(made.call("suggested", maxCount=300)) == (400, "BadRequestPredictionResultsExceededCount")
    assert code(made.call("suggested", session="x")) == (400, "BadRequestPredictionInvalidQueryParameters")
    assert Suggestion.objects.count() == 0


def test_an_image_that_cannot_be_read_is_named_and_the_others_are_kept(made: Set) -> None:
    lost, fine = made.image(250, 20, 60), made.image(20, 250, 60)
    default_storage.delete(original_name(made.project.pk, lost.sha256, lost.media_type))
    answer = made.suggest(lost, fine)
    assert code(answer) == (500, "ErrorPrediction")
    assert str(lost.pk) in answer.json()["message"]
    assert made.found() == [fine.pk]


def test_an_artifact_that_is_lost_is_said(made: Set) -> None:
    Iteration.objects.filter(pk=made.iteration.pk).update(artifact="nowhere.onnx")
    assert code(made.suggest(made.image(250, 20, 60))) == (500, "ErrorPredictionModelNotFound")


def test_other_resources_see_nothing(made: Set) -> None:
    image = made.image(250, 20, 60)
    made.suggest(image)
    other = Api(make_resource())
    path = project_path(made.project)
    query = f"iterationId={made.iteration.pk}"
    for address in (
        f"{path}/tagsandregions/suggestions?{query}&imageIds={image.pk}",
        f"{path}/images/suggested?{query}",
        f"{path}/images/suggested/count?{query}",
    ):
        assert code(other.post(address)) == (404, "NotFoundProject")


@pytest.mark.parametrize("role", list(Role))
def test_labelers_suggest_and_readers_look(made: Set, role: Role) -> None:
    image = made.image(250, 20, 60)
    actor = member(made.project, role)
    if role in (Role.CONTRIBUTOR, Role.TRAINER, Role.LABELER):
        assert len(suggest_tags(actor, made.project, made.iteration.pk, [image.pk])) == 1
    else:
        with pytest.raises(Refusal) as refusal:
            suggest_tags(actor, made.project, made.iteration.pk, [image.pk])
        assert refusal.value.code == "ForbiddenUserInsufficientCapability"
        made.suggest(image)
    page = query_suggestions(actor, made.project, SuggestionQuestion(made.iteration.pk), PageToken())
    assert [each.image for each in page.rows] == [image]
    assert count_suggestions(actor, made.project, made.iteration.pk, [made.red.pk], 0.5) == {made.red.pk: 1}


def test_a_page_asks_a_constant_number_of_queries(made: Set) -> None:
    made.suggest(*(made.image(250, 20 * step, 60) for step in range(12)))
    reader = member(made.project, Role.READER)
    counts = []
    for count in (1, 12):
        with CaptureQueriesContext(connection) as queries:
            question = SuggestionQuestion(made.iteration.pk, (made.red.pk,), 0.1)
            assert len(query_suggestions(reader, made.project, question, PageToken(), count).rows) == count
        counts.append(len(queries))
    assert counts == [6, 6]


def test_a_deleted_iteration_takes_its_suggestions_along(made: Set) -> None:
    from labeling.snapshots import delete_snapshot_rows

    made.suggest(made.image(250, 20, 60))
    delete_snapshot_rows(made.iteration.pk)
    assert (Suggestion.objects.count(), SuggestionTag.objects.count()) == (0, 0)
