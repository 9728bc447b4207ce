"""`applyThresholds=true`: the answer leaves out what does not reach its tag's threshold; nothing else changes."""

import json
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from inference.spool_folder import spool_folder
from labeling.models import SnapshotTag
from portal.actors import SYSTEM
from portal.domains import GENERAL_DETECTION
from portal.projects import ProjectSettings
from tests.builders import make_iteration, make_project
from tests.inference.artifacts import RED_GREEN_BLUE, make_detector
from tests.inference.serving import Serving, publish
from tests.inference.serving import png as picture
from training.models import Iteration, PublishedName
from training.name_thresholds import set_thresholds
from training.publishing import publish_iteration

RED, GREEN, NONE = (UUID(label[0]) for label in RED_GREEN_BLUE)
# Red, green and none are 0.25, 0.5 and 0.25 probable or about so.
COLOR = (100, 122, 100)


def know_tags(iteration: Iteration, tags: dict[UUID, str]) -> None:
    for position, (tag_id, name) in enumerate(tags.items()):
        SnapshotTag.objects.create(
            snapshot_id=iteration.pk, tag_id=tag_id, name=name, type="Regular", position=position, image_count=1
        )


def carry(iteration: Iteration, thresholds: dict[UUID, float]) -> None:
    if not SnapshotTag.objects.filter(snapshot_id=iteration.pk).exists():
        know_tags(iteration, {RED: "red", GREEN: "grün", NONE: "none"})
    set_thresholds(SYSTEM, PublishedName.objects.get(iteration=iteration), thresholds)


def names(answer: Any) -> list[str]:
    assert answer.status == "200 OK"
    return [entry["tagName"] for entry in answer.json["predictions"]]


def until(serving: Serving, wanted: list[str], query: str = "applyThresholds=true") -> float:
    """Seconds until the answer is as wanted."""
    started = time.monotonic()
    while names(serving.post(picture(COLOR), query=query)) != wanted:
        assert time.monotonic() - started < 3, names(serving.post(picture(COLOR), query=query))
        time.sleep(0.01)
    return time.monotonic() - started


def test_what_does_not_reach_its_tags_threshold_is_left_out_within_half_a_second(serving: Serving) -> None:
    whole = serving.post(picture(COLOR)).json["predictions"]
    assert len(whole) == 3
    until(serving, [entry["tagName"] for entry in whole])  # nothing is carried yet
    carry(serving.iteration, {RED: 0.9, GREEN: 0.4})
    # The negative tag has no threshold, so it is always there.
    assert until(serving, ["grün", "none"]) < 0.5
    kept = serving.post(picture(COLOR), query="applyThresholds=true").json["predictions"]
    assert kept == [entry for entry in whole if entry["tagName"] != "red"]
    for query in ("", "applyThresholds=false", "application=x"):
        assert len(names(serving.post(picture(COLOR), query=query))) == 3
    carry(serving.iteration, {})
    assert until(serving, [entry["tagName"] for entry in whole]) < 0.5


def test_a_probability_just_at_the_threshold_stays(serving: Serving) -> None:
    probability = serving.post(picture(COLOR)).json["predictions"][0]["probability"]
    carry(serving.iteration, {GREEN: probability, RED: 1.0, NONE: 1.0})
    until(serving, ["grün"])


@pytest.mark.parametrize("query", ["APPLYTHRESHOLDS=TRUE", "application=a&applyThresholds=True&x=1"])
def test_the_parameter_is_read_as_all_are(serving: Serving, query: str) -> None:
    carry(serving.iteration, {RED: 0.9, NONE: 0.9})
    until(serving, ["grün"])
    assert names(serving.post(picture(COLOR), query=query)) == ["grün"]


@pytest.mark.parametrize("value", ["", "1", "yes", "true,false"])
def test_other_values_are_refused_by_name(serving: Serving, value: str) -> None:
    answer = serving.post(picture(), query=f"applyThresholds={value}")
    assert (answer.status, answer.json["code"]) == ("400 Bad Request", "BadRequest")
    assert answer.json["message"] == f"applyThresholds is true or false, not {value!r}."


def test_a_stored_prediction_keeps_the_whole_answer(serving: Serving) -> None:
    carry(serving.iteration, {RED: 0.9, NONE: 0.9})
    until(serving, ["grün"])
    assert names(serving.post(picture(COLOR), source="image", query="applyThresholds=true")) == ["grün"]
    serving.front.close()
    (segment,) = [file for file in spool_folder().rglob("*") if file.is_file() and file.stat().st_size]
    content = segment.read_bytes()
    assert all(json.dumps(name, ensure_ascii=False).encode() in content for name in ("red", "grün", "none"))


def test_a_name_that_moves_answers_by_what_it_carries_then(serving: Serving) -> None:
    carry(serving.iteration, {RED: 0.9, NONE: 0.9})
    until(serving, ["grün"])
    iteration = publish(serving.project, serving.resource)
    whole = names(serving.post(picture(COLOR)))
    assert len(whole) == 3
    assert until(serving, whole) < 0.5
    assert serving.post(picture(COLOR), query="applyThresholds=true").json["iteration"] == str(iteration.pk)


def test_a_detectors_boxes_are_left_out_by_tag(serving: Serving) -> None:
    fork, spoon = uuid4(), uuid4()
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    iteration = make_iteration(project)
    labels = ((str(fork), "fork", "regular"), (str(spoon), "spoon", "regular"))
    boxes = [(0.5, 0.25, 1.0, 0.75, 0, 0.25), (0.1, 0.1, 0.2, 0.2, 0, 0.75), (0.0, 0.25, 0.5, 0.5, 1, 0.75)]
    iteration.artifact = default_storage.save("boxes.onnx", ContentFile(make_detector(boxes, labels)))
    iteration.artifact_sha256 = ""
    iteration.save()
    know_tags(iteration, {fork: "fork", spoon: "spoon"})
    publish_iteration(SYSTEM, iteration, "boxes", serving.resource.full_id, thresholds={fork: 0.5, spoon: 0.8})
    for source in ("image", "image/nostore"):
        answer = serving.post(
            picture(), source=source, task="detect", name="boxes", project=project.pk, query="applyThresholds=true"
        )
        assert [(entry["tagName"], entry["probability"]) for entry in answer.json["predictions"]] == [("fork", 0.75)]
