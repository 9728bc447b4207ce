"""Boxes suggested for an image: by the last detector, else by what stands out, else none and why."""

import hashlib
import io
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image as Picture

from inference.box_suggestions import METHOD, METHOD_NOTE
from inference.proposals import MOST_PROPOSALS, propose
from labeling.files import original_name
from labeling.models import Image, Tag
from portal.domains import GENERAL_DETECTION
from portal.imaging import ImageRejected
from portal.models import Membership, Project, User
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import make_images, make_iteration, make_project, make_tag
from tests.inference.artifacts import make_detector
from tests.pictures import SceneObject, scene
from tests.training.test_detection_performance import judged_iteration
from tests.wire.http import Api, project_path
from training.models import Iteration

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))


def stored(project: Project, content: bytes) -> Image:
    """An image of the workspace with its file."""
    (image,) = make_images(project, 1)
    image.sha256 = hashlib.sha256(content).hexdigest()
    image.save()
    default_storage.save(original_name(project.pk, image.sha256, image.media_type), ContentFile(content))
    return image


def flat() -> bytes:
    file = io.BytesIO()
    Picture.new("RGB", (200, 120), (90, 100, 110)).save(file, "JPEG")
    return file.getvalue()


def detector(iteration: Iteration, tag: Tag, *boxes: tuple[float, float, float, float, int, float]) -> Iteration:
    """Makes the iteration find the boxes; their labels are the tag and one that was deleted."""
    labels = ((str(tag.pk), tag.name, "regular"), (str(uuid4()), "spoon", "regular"))
    name = f"projects/{iteration.project_id}/iterations/{iteration.pk}/test.onnx"
    iteration.artifact = default_storage.save(name, ContentFile(make_detector(boxes, labels)))
    iteration.artifact_sha256 = ""
    iteration.save()
    return iteration


def ask(project: Project, image_id: UUID, role: Role = Role.LABELER) -> Any:
    person = User.objects.create(username=f"{role} {uuid4()}")
    Membership.objects.create(user=person, project=project, role=role)
    client = Client(headers={"Accept": "application/json"})
    client.force_login(person)
    return client.get(f"/projects/{project.pk}/images/{image_id}/suggestions")


def overlap(one: dict[str, float], other: SceneObject) -> float:
    right = min(one["left"] + one["width"], other.left + other.width)
    bottom = min(one["top"] + one["height"], other.top + other.height)
    common = max(0, right - max(one["left"], other.left)) * max(0, bottom - max(one["top"], other.top))
    return common / (one["width"] * one["height"] + other.width * other.height - common)


def test_without_a_detector_shapes_that_stand_out_are_suggested(project: Project) -> None:
    content, objects = scene(0, object_count=3)
    answer = ask(project, stored(project, content).pk).json()
    assert {key: answer[key] for key in ("source", "by", "note", "reason")} == {
        "source": "proposals",
        "by": METHOD,
        "note": METHOD_NOTE,
        "reason": "",
    }
    boxes = answer["boxes"]
    assert 3 <= len(boxes) <= MOST_PROPOSALS
    assert {(box["tag"], box["probability"]) for box in boxes} == {(None, None)}
    circles = [each for each in objects if each.shape == "circle"]
    assert circles
    for each in circles:
        assert max(overlap(box, each) for box in boxes) > 0.8


def test_most_circles_of_many_scenes_are_found() -> None:
    found = []
    for number in range(20):
        content, objects = scene(number, object_count=3)
        boxes = [vars(box) for box in propose(content)]
        found += [max(overlap(box, each) for box in boxes) >= 0.5 for each in objects if each.shape == "circle"]
    assert sum(found) / len(found) > 0.9


def test_proposals_are_the_same_each_time_sorted_and_inside() -> None:
    content, _ = scene(3, object_count=4, side=1000)
    boxes = propose(content)
    assert boxes == propose(content)
    assert [box.confidence for box in boxes] == sorted((box.confidence for box in boxes), reverse=True)
    for box in boxes:
        assert 0 <= box.left < box.left + box.width <= 1
        assert 0 <= box.top < box.top + box.height <= 1
        assert 0.05 <= box.confidence <= 1
    assert propose(content, 2) == boxes[:2]
    with pytest.raises(ImageRejected):
        propose(b"no picture")


def test_nothing_that_stands_out_is_no_guess(project: Project) -> None:
    answer = ask(project, stored(project, flat()).pk).json()
    assert answer == {
        "source": "none",
        "by": "",
        "note": "",
        "reason": "There is no trained detector yet, and no shape stands out in this image.",
        "boxes": [],
    }


def test_the_last_detector_suggests_and_says_how_good_it_is() -> None:
    iteration = judged_iteration()
    project, tag = iteration.project, iteration.project.tags.get()
    corner, faint, deleted = (0.0, 0.25, 0.5, 0.5, 0, 0.75), (0, 0, 1, 1, 0, 0.25), (0, 0, 0.5, 0.5, 1, 0.875)
    detector(iteration, tag, corner, faint, deleted)
    image = stored(project, flat())
    answer = ask(project, image.pk).json()
    note = (
        f"{iteration.name} found 50% of the boxes on images that it had not seen, and 33% of those it drew were right"
        " (from 30% probability on; mAP 50%)."
    )
    place = {"left": 0.0, "top": 0.25, "width": 0.5, "height": 0.25}
    assert answer == {
        "source": "iteration",
        "by": iteration.name,
        "note": note,
        "reason": "",
        "boxes": [{"tag": str(tag.pk), "probability": 0.75, **place}],
    }
    proposals = Api(project.resource).post(f"{project_path(project)}/images/{image.pk}/regionproposals")
    assert (proposals.status_code, proposals.json()) == (
        200,
        {
            "projectId": str(project.pk),
            "imageId": str(image.pk),
            "proposals": [{"confidence": 0.75, "boundingBox": place}],
        },
    )


def test_a_detector_that_finds_nothing_says_so_and_one_that_is_lost_is_passed_over() -> None:
    iteration = judged_iteration()
    project, tag = iteration.project, iteration.project.tags.get()
    detector(iteration, tag, (0, 0, 1, 1, 0, 0.25))
    image = stored(project, scene(0)[0])
    answer = ask(project, image.pk).json()
    assert (answer["source"], answer["boxes"]) == ("iteration", [])
    assert answer["reason"] == f"{iteration.name} finds nothing here that is 30% probable or more."
    Iteration.objects.filter(pk=iteration.pk).update(artifact="nowhere.onnx")
    assert ask(project, image.pk).json()["source"] == "proposals"


def test_at_most_twenty_of_a_detectors_boxes(project: Project) -> None:
    iteration = judged_iteration()
    boxes = [(n / 30, 0, (n + 1) / 30, 0.5, 0, 0.9 - n / 100) for n in range(30)]
    detector(iteration, iteration.project.tags.get(), *boxes)
    answer = ask(iteration.project, stored(iteration.project, flat()).pk).json()
    assert [round(box["probability"], 2) for box in answer["boxes"]] == [round(0.9 - n / 100, 2) for n in range(20)]


def test_who_may_ask_and_of_what(project: Project) -> None:
    image = stored(project, flat())
    assert ask(project, image.pk, Role.READER).status_code == 403
    other = make_project()
    (classified,) = make_images(other, 1)
    answer = ask(other, classified.pk)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestNotSupported")
    for image_id in (uuid4(), classified.pk):
        answer = ask(project, image_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "NotFoundImage")
    Image.objects.filter(pk=image.pk).update(removed=image.created)
    assert ask(project, image.pk).status_code == 404


def test_a_classifier_of_earlier_is_no_detector(project: Project) -> None:
    make_tag(project)
    iteration = make_iteration(project)
    Iteration.objects.filter(pk=iteration.pk).update(domain_id=make_project().domain_id)
    assert ask(project, stored(project, scene(1)[0]).pk).json()["source"] == "proposals"
