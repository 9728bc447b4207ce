"""A detector's figures at any probability and overlap, from kept boxes."""

import numpy as np
import pytest
from django.test import Client

from labeling.boxes import Box
from labeling.regions import ImageBox, add_regions
from labeling.snapshots import gather, write_snapshot
from portal.domains import GENERAL_DETECTION
from portal.models import User
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_iteration, make_project, make_tag
from training.api.records import iteration_record
from training.kept_detections import BOX, read_detections
from training.models import ImageDetections, Iteration
from training.performance import image_performances, iteration_performance
from training.report import iteration_report
from training.wrong_images import Mistakes, wrong_images

pytestmark = pytest.mark.django_db


def judged_iteration() -> Iteration:
    """Two images of one box each: found with IoU 0.8 at .9, and with IoU 0.4 at .6; a false box at .7."""
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    tag = make_tag(project, "fork")
    images = make_images(project, 2)
    actor = key_actor(project)
    add_regions(actor, project, [ImageBox(image.pk, Box(tag.pk, 0.0, 0.0, 0.5, 0.5)) for image in images])
    iteration = make_iteration(project)
    snapshot = write_snapshot(gather(project))
    Iteration.objects.filter(pk=iteration.pk).delete()
    iteration.snapshot = snapshot
    iteration.result = {"held_out": {}, "model": {"size_bytes": 1}}
    iteration.save(force_insert=True)
    keep(iteration, images[0], [(0.9, (0.0, 0.0, 0.5, 0.4)), (0.7, (0.6, 0.6, 0.9, 0.9))])
    keep(iteration, images[1], [(0.6, (0.0, 0.0, 0.5, 0.2))])
    return iteration


def keep(iteration: Iteration, image: object, found: list[tuple[float, tuple[float, ...]]]) -> None:
    rows = np.array([(0, score, corners) for score, corners in found], BOX)
    ImageDetections.objects.create(iteration=iteration, image=image, boxes=rows.tobytes())


def figures(iteration: Iteration, threshold: float, overlap: float) -> tuple[float, float]:
    performance = iteration_performance(key_actor(iteration.project), iteration, threshold, overlap)
    return round(performance.precision, 3), round(performance.recall, 3)


def test_figures_follow_both_thresholds() -> None:
    iteration = judged_iteration()
    assert figures(iteration, 0.5, 0.3) == (0.667, 1.0)
    assert figures(iteration, 0.5, 0.5) == (0.333, 0.5)
    assert figures(iteration, 0.8, 0.3) == (1.0, 0.5)
    assert figures(iteration, 0.95, 0.3) == (0.0, 0.0)


def test_an_images_detections_have_their_boxes() -> None:
    iteration = judged_iteration()
    page = image_performances(key_actor(iteration.project), iteration, [], is_oldest_first=True, take=10, skip=0)
    said = {tuple(round(one.probability, 2) for one in each.predictions) for each in page}
    assert said == {(0.9, 0.7), (0.6,)}
    assert all(one.corners is not None for each in page for one in each.predictions)


def test_boxes_survive_their_bytes() -> None:
    iteration = judged_iteration()
    row = ImageDetections.objects.filter(iteration=iteration).order_by("pk").first()
    assert row is not None
    found = read_detections(bytes(row.boxes))
    assert found.tags.tolist() == [0, 0]
    assert found.corners[0].tolist() == pytest.approx([0, 0, 0.5, 0.4])


def test_the_report_agrees_with_the_figures_at_every_threshold() -> None:
    iteration = judged_iteration()
    actor = key_actor(iteration.project)
    table = iteration_report(actor, iteration, 50).sums.table
    for percent in (0, 50, 65, 75, 90, 100):
        right, false, missed = table.sums[percent, 0, :3].tolist()
        performance = iteration_performance(actor, iteration, percent / 100, 0.3)
        assert performance.precision == (pytest.approx(right / (right + false)) if right + false else 0)
        assert performance.recall == pytest.approx(right / (right + missed))


def test_the_performance_page_shows_a_detector(client: Client) -> None:
    iteration = judged_iteration()
    client.force_login(User.objects.create_superuser("lead", password="a long password"))
    answer = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}")
    assert answer.status_code == 200
    assert "mAP" in answer.content.decode()


def test_wrong_images_are_counted_in_boxes_at_both_thresholds() -> None:
    iteration = judged_iteration()
    tag = iteration.project.tags.get()
    near, far = ImageDetections.objects.filter(iteration=iteration).order_by("pk").values_list("image_id", flat=True)
    assert wrong_images(iteration, [tag.pk], 0.5, 0.3) == {near: Mistakes(missed=0, false=1)}
    assert wrong_images(iteration, [tag.pk], 0.5, 0.5) == {near: Mistakes(0, 1), far: Mistakes(1, 1)}
    assert wrong_images(iteration, [tag.pk], 0.8, 0.3) == {far: Mistakes(1, 0)}
    assert wrong_images(iteration, [], 0.5, 0.3) == {}


def test_the_gallery_frames_a_detectors_wrong_images(client: Client) -> None:
    iteration = judged_iteration()
    tag = iteration.project.tags.get()
    client.force_login(User.objects.create_superuser("lead", password="a long password"))
    address = f"/projects/{iteration.project_id}/images?iteration={iteration.pk}&tag={tag.pk}&wrong=1&overlap=50"
    page = client.get(address).content.decode()
    assert "2 wrong images" in page
    assert "1 missed and 2 false boxes of fork" in page
    assert page.count("&quot;wrongBoxes&quot;: {&quot;missed&quot;") == 2


def test_what_the_training_had_to_say_stands_on_the_page_and_in_the_api() -> None:
    iteration = judged_iteration()
    note = "The graphics card ran out of memory: 4 images at once instead of 8."
    iteration.result |= {
        "input_size": 512,
        "notes": [note],
        "backbone": "Faster R-CNN",
        "trained_layers": "All of them.",
        "weights_source": "a package",
    }
    iteration.save()
    client = Client()
    client.force_login(User.objects.create_superuser("notes"))
    page = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}").content.decode()
    assert note in page
    assert "at 512 px" in page
    information = iteration_record(iteration).model_information
    assert information is not None
    assert information.description == f"Faster R-CNN, 512 px. All of them. Weights: a package. {note}"
