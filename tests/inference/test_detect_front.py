"""The four detect operations at the prediction URL."""

import json
from uuid import UUID, uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from inference.spool_folder import spool_folder
from portal.actors import SYSTEM
from portal.domains import GENERAL_DETECTION
from portal.models import Project
from portal.projects import ProjectSettings
from portal.signed_files import signed_address
from tests.builders import make_iteration, make_project
from tests.inference.artifacts import make_detector
from tests.inference.serving import Serving, png
from training.publishing import publish_iteration

TAG = str(uuid4())
LABELS = ((TAG, "fork", "regular"), (str(uuid4()), "spoon", "regular"))
BOXES = [(0.5, 0.25, 1.0, 0.75, 0, 0.25), (0.0, 0.25, 0.5, 0.5, 1, 0.75)]


@pytest.fixture
def project(serving: Serving) -> Project:
    """A detection project with a detector published as `boxes`."""
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    publish(project, serving, "boxes", BOXES)
    return project


def publish(
    project: Project, serving: Serving, name: str, boxes: list[tuple[float, float, float, float, int, float]]
) -> None:
    iteration = make_iteration(project)
    path = f"projects/{project.pk}/iterations/{iteration.pk}/test.onnx"
    iteration.artifact = default_storage.save(path, ContentFile(make_detector(boxes, LABELS)))
    iteration.artifact_sha256 = ""
    iteration.save()
    publish_iteration(SYSTEM, iteration, name, serving.resource.full_id)


@pytest.mark.parametrize("source", ["image", "image/nostore", "url", "url/nostore"])
def test_boxes_come_most_probable_first_and_are_kept_unless_told_not_to(
    serving: Serving, project: Project, source: str
) -> None:
    body, content_type = png(), "application/octet-stream"
    if source.startswith("url"):
        address = signed_address(default_storage.save("pictures/a.png", ContentFile(png())))
        body, content_type = json.dumps({"url": address}).encode(), "application/json"
    answer = serving.post(body, content_type, source=source, task="detect", name="boxes", project=project.pk)
    assert answer.status == "200 OK"
    assert UUID(answer.json["project"]) == project.pk
    assert [(each["tagName"], each["probability"], each["boundingBox"]) for each in answer.json["predictions"]] == [
        ("spoon", 0.75, {"left": 0.0, "top": 0.25, "width": 0.5, "height": 0.25}),
        ("fork", 0.25, {"left": 0.5, "top": 0.25, "width": 0.5, "height": 0.5}),
    ]
    assert answer.json["predictions"][1]["tagId"] == TAG
    spooled = b"".join(file.read_bytes() for file in spool_folder().rglob("*") if file.is_file())
    assert (answer.json["id"].encode() in spooled) is not source.endswith("nostore")


@pytest.mark.parametrize("source", ["image", "image/nostore", "url", "url/nostore"])
def test_each_kind_of_project_refuses_the_others_operations(serving: Serving, project: Project, source: str) -> None:
    for task, name, where in (("classify", "boxes", project.pk), ("detect", "model", serving.project.pk)):
        answer = serving.post(png(), source=source, task=task, name=name, project=where)
        assert (answer.status.partition(" ")[0], answer.json["code"]) == ("400", "BadRequestNotSupported")


def test_at_most_200_boxes(serving: Serving, project: Project) -> None:
    boxes = [(0.0, 0.0, 0.5, (n + 1) / 256, n % 2, (n + 1) / 256) for n in range(250)]
    publish(project, serving, "many", boxes)
    answer = serving.post(png(), task="detect", name="many", project=project.pk)
    assert [each["probability"] for each in answer.json["predictions"]] == [(250 - n) / 256 for n in range(200)]
