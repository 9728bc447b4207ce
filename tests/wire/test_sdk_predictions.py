"""Stored predictions and suggested tags through Microsoft's Python SDKs against a running install."""

import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import (
    CustomVisionErrorException,
    ImageFileCreateBatch,
    ImageFileCreateEntry,
    ImageIdCreateBatch,
    ImageIdCreateEntry,
    ImageTagCreateEntry,
    Iteration,
    PredictionQueryTag,
    PredictionQueryToken,
    Project,
    SuggestedTagAndRegionQueryToken,
    Tag,
)
from msrest.authentication import ApiKeyCredentials

from tests.live_install import ADMIN_PASSWORD, LiveInstall
from tests.pictures import picture

SHAPES = ("circle", "cross", "stripes")
IMAGES_A_TAG = 6
PUBLISHED = "Iteration 1/first"
LONGEST_TRAINING_SECONDS = 270
PATIENCE_SECONDS = 20


class Trained:
    """A project whose only iteration tells three shapes apart and is published."""

    def __init__(self, install: LiveInstall) -> None:
        credentials = ApiKeyCredentials(in_headers={"Training-key": install.training_key})
        self.trainer = CustomVisionTrainingClient(install.endpoint, credentials)
        key = ApiKeyCredentials(in_headers={"Prediction-key": install.prediction_key})
        self.predictor = CustomVisionPredictionClient(install.endpoint, key)
        self.project: Project = self.trainer.create_project(
            f"Predictions {uuid.uuid4()}", classification_type="Multiclass"
        )
        self.tags: dict[str, Tag] = {shape: self.trainer.create_tag(self.project.id, shape) for shape in SHAPES}
        entries = [
            ImageFileCreateEntry(name="", contents=photo(shape, number), tag_ids=[tag.id])
            for shape, tag in self.tags.items()
            for number in range(IMAGES_A_TAG)
        ]
        assert self.upload(entries)
        self.iteration = self._train()
        self.trainer.publish_iteration(self.project.id, self.iteration.id, PUBLISHED, install.prediction_resource_id)

    def upload(self, entries: list[ImageFileCreateEntry]) -> list[str]:
        summary = self.trainer.create_images_from_files(self.project.id, ImageFileCreateBatch(images=entries))
        assert summary.is_batch_successful
        return [each.image.id for each in summary.images]

    def _train(self) -> Iteration:
        iteration = self.trainer.train_project(self.project.id)
        begun = time.monotonic()
        while iteration.status == "Training":
            assert time.monotonic() - begun < LONGEST_TRAINING_SECONDS
            time.sleep(0.5)
            iteration = self.trainer.get_iteration(self.project.id, iteration.id)
        assert iteration.status == "Completed", iteration.training_error_details
        return iteration

    def query(self, **parts: Any) -> Any:
        return self.trainer.query_predictions(self.project.id, PredictionQueryToken(**parts))

    def all_ids(self, **parts: Any) -> list[str]:
        """As the samples loop: the token goes back until nothing comes."""
        ids, token = [], PredictionQueryToken(**parts)
        while True:
            page = self.trainer.query_predictions(self.project.id, token)
            if not page.results:
                return ids
            ids += [each.id for each in page.results]
            token = page.token


@pytest.fixture(scope="module")
def trained(live_install: LiveInstall) -> Iterator[Trained]:
    made = Trained(live_install)
    yield made
    made.trainer.unpublish_iteration(made.project.id, made.iteration.id)
    made.trainer.delete_project(made.project.id)


def photo(shape: str, number: int) -> bytes:
    return picture(shape, number, side=160)


def wait_until(has_come: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not has_come():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_predictions_are_kept_found_deleted_and_moved(trained: Trained) -> None:
    trainer, project = trained.trainer, trained.project
    begun = datetime.now(UTC) - timedelta(seconds=1)
    answers = [
        trained.predictor.classify_image(project.id, PUBLISHED, photo(shape, 20 + number), application=shape)
        for number, shape in enumerate(SHAPES)
    ]
    trained.predictor.classify_image_with_no_store(project.id, PUBLISHED, photo("circle", 30))
    quick = trainer.quick_test_image(project.id, photo("cross", 31))
    expected = [each.id for each in (*answers, quick)]
    wait_until(lambda: len(trained.query().results) == len(expected))

    assert trained.all_ids(order_by="Oldest", max_count=1) == expected
    assert trained.all_ids(order_by="Newest", max_count=3) == expected[::-1]
    assert sorted(trained.all_ids(order_by="Suggested", max_count=2)) == sorted(expected)
    assert trained.all_ids(application="cross") == [expected[1]]
    assert trained.all_ids(start_time=begun, end_time=answers[0].created) == [expected[0]]
    assert trained.all_ids(start_time=datetime.now(UTC)) == []
    assert len(trained.all_ids(iteration_id=trained.iteration.id)) == len(expected)
    (top,) = [each for each in answers[0].predictions if each.tag_name == "circle"]
    around = {"min_threshold": top.probability - 0.001, "max_threshold": min(1, top.probability + 0.001)}
    tag = PredictionQueryTag(id=trained.tags["circle"].id, **around)
    assert expected[0] in trained.all_ids(tags=[tag], max_count=1)

    stored = trained.query(application="circle").results[0]
    assert (stored.id, stored.project, stored.iteration) == (expected[0], project.id, trained.iteration.id)
    assert (stored.created, stored.domain) == (answers[0].created, project.settings.domain_id)
    assert [(each.tag_id, each.probability) for each in stored.predictions] == [
        (each.tag_id, each.probability) for each in answers[0].predictions
    ]
    assert httpx.get(stored.original_image_uri).content == photo("circle", 20)
    for address in (stored.resized_image_uri, stored.thumbnail_uri):
        assert httpx.get(address).headers["Content-Type"] == "image/jpeg"

    assert trainer.delete_prediction(project.id, [expected[0], expected[3]]) is None
    assert trained.all_ids(order_by="Oldest") == expected[1:3]
    assert httpx.get(stored.original_image_uri).status_code == 404
    batch = ImageIdCreateBatch(images=[ImageIdCreateEntry(id=expected[1], tag_ids=[trained.tags["cross"].id])])
    (moved,) = trainer.create_images_from_predictions(project.id, batch).images
    assert [each.tag_name for each in moved.image.tags] == ["cross"]
    assert httpx.get(moved.image.original_image_uri).content == photo("cross", 21)
    assert trained.all_ids() == [expected[2]]
    trainer.delete_prediction(project.id, [expected[2]])


def seconds_until_it_is_there(trained: Trained, number: int) -> float:
    """From the answer until a query finds it; every third one is a Quick Test."""
    image = photo("cross", 60 + number)
    answered = (
        trained.predictor.classify_image(trained.project.id, PUBLISHED, image)
        if number % 3
        else trained.trainer.quick_test_image(trained.project.id, image)
    )
    begun = time.monotonic()
    wait_until(lambda: [each.id for each in trained.query(max_count=1).results] == [answered.id])
    return time.monotonic() - begun


def test_predictions_and_quick_tests_are_there_within_a_second(trained: Trained) -> None:
    took_seconds = [seconds_until_it_is_there(trained, number) for number in range(9)]
    trained.trainer.delete_prediction(trained.project.id, trained.all_ids())
    assert statistics.median(took_seconds) < 1, took_seconds


def test_what_a_name_stores_holds_in_every_web_process(trained: Trained, live_install: LiveInstall) -> None:
    project = trained.project.id
    classify = f"{live_install.endpoint}/customvision/v3.0/Prediction/{project}/classify/iterations"
    headers = {"Prediction-Key": live_install.prediction_key, "Content-Type": "application/octet-stream"}
    with httpx.Client(base_url=live_install.endpoint, headers={"Referer": live_install.endpoint}) as person:
        person.get("/sign-in")
        form = {"username": "admin", "password": ADMIN_PASSWORD}
        assert person.post("/sign-in", data=form | {"csrfmiddlewaretoken": person.cookies["csrftoken"]}).is_redirect

        def say(kind: str) -> None:
            fields = {"sampling": kind, "csrfmiddlewaretoken": person.cookies["csrftoken"]}
            said = person.post(f"/projects/{project}/iterations/{trained.iteration.id}/sampling", data=fields)
            assert said.status_code == 204
            time.sleep(1)  # half of it on a machine that does nothing else

        say("none")
        for number in range(8):  # each on a connection of its own, so that every process gets some
            address = f"{classify}/{quote(PUBLISHED, safe='')}/image"
            assert httpx.post(address, content=photo("circle", number), headers=headers).status_code == 200
        say("all")
    last = trained.predictor.classify_image(project, PUBLISHED, photo("circle", 8))
    wait_until(lambda: trained.all_ids() != [])
    assert trained.all_ids() == [last.id]
    trained.trainer.delete_prediction(project, [last.id])


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"max_count": 1000}, "BadRequestPredictionResultsExceededCount"),
        ({"tags": [PredictionQueryTag(id=str(uuid.uuid4()))] * 3}, "BadRequestPredictionTagsExceededCount"),
        ({"application": "a" * 300}, "BadRequestPredictionInvalidApplicationName"),
        ({"order_by": "Best"}, "BadRequestPredictionInvalidQueryParameters"),
        ({"continuation": "x", "session": "y"}, "BadRequestPredictionInvalidQueryParameters"),
        ({"iteration_id": str(uuid.uuid4())}, "NotFoundIteration"),
    ],
)
def test_bad_queries_say_what_is_wrong(trained: Trained, parts: dict[str, Any], code: str) -> None:
    with pytest.raises(CustomVisionErrorException) as refused:
        trained.query(**parts)
    assert refused.value.error.code == code


def test_tags_are_suggested_confirmed_and_gone(trained: Trained) -> None:
    trainer, project, iteration = trained.trainer, trained.project, trained.iteration
    entries = [ImageFileCreateEntry(name="", contents=photo(shape, number)) for number in (40, 41) for shape in SHAPES]
    images = trained.upload(entries)
    suggested = trainer.suggest_tags_and_regions(project.id, iteration.id, images)
    assert [each.id for each in suggested] == images
    assert {(each.project, each.iteration) for each in suggested} == {(project.id, iteration.id)}
    top = [each.predictions[0] for each in suggested]
    assert sum(each.tag_name == shape for each, shape in zip(top, SHAPES * 2, strict=True)) >= 5
    assert all(each.prediction_uncertainty >= 0 for each in suggested)

    by_uncertainty = sorted(suggested, key=lambda each: each.prediction_uncertainty)
    token, found = SuggestedTagAndRegionQueryToken(sort_by="UncertaintyAscending", max_count=4, threshold=0.0), []
    page = trainer.query_suggested_images(project.id, iteration.id, token)
    while page.results:
        found += page.results
        page = trainer.query_suggested_images(project.id, iteration.id, page.token)
    assert [each.prediction_uncertainty for each in found] == [each.prediction_uncertainty for each in by_uncertainty]
    assert {each.id for each in found} == set(images)
    first = found[0]
    assert (first.width, first.height, first.domain) == (160, 160, project.settings.domain_id)
    assert httpx.get(first.thumbnail_uri).headers["Content-Type"] == "image/jpeg"

    shape = top[0].tag_name
    tag, threshold = trained.tags[shape], top[0].probability
    wanted = {"tag_ids": [tag.id], "threshold": threshold}
    before = trainer.query_suggested_image_count(project.id, iteration.id, **wanted)
    assert before[tag.id] >= 1
    entry = ImageTagCreateEntry(image_id=images[0], tag_id=tag.id)
    trainer.create_image_tags(project.id, [entry])
    after = trainer.query_suggested_image_count(project.id, iteration.id, **wanted)
    assert after == {tag.id: before[tag.id] - 1}
    all_left = SuggestedTagAndRegionQueryToken(tag_ids=[], threshold=0.0)
    left = trainer.query_suggested_images(project.id, iteration.id, all_left).results
    assert {each.id for each in left} == set(images[1:])
    trainer.delete_images(project.id, image_ids=images[1:2])
    assert len(trainer.query_suggested_images(project.id, iteration.id, all_left).results) == len(images) - 2
    with pytest.raises(CustomVisionErrorException) as refused:
        trainer.suggest_tags_and_regions(project.id, iteration.id, images[1:2])
    assert refused.value.error.code == "NotFoundImage"
