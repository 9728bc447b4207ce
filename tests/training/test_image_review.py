"""One held-out image's truth and prediction over each other, and the way through the wrong ones."""

from uuid import UUID

import pytest
from django.test import Client

from portal.errors import Refusal
from portal.models import User
from tests.builders import key_actor, make_images, make_iteration, make_project
from tests.training.test_detection_performance import judged_iteration
from training.image_review import image_review, images_by_mistakes
from training.models import ImageDetections, Iteration

pytestmark = pytest.mark.django_db


@pytest.fixture
def iteration() -> Iteration:
    return judged_iteration()


def held_out(iteration: Iteration) -> list[UUID]:
    return list(ImageDetections.objects.filter(iteration=iteration).order_by("pk").values_list("image_id", flat=True))


def said(iteration: Iteration, image_id: UUID, threshold: float, overlap: float) -> list[tuple[str, str]]:
    review = image_review(key_actor(iteration.project), iteration, image_id, threshold, overlap)
    assert review is not None
    return [(str(box.verdict), box.reason) for box in review.boxes]


def test_each_box_has_its_verdict_and_why_the_wrong_ones_first(iteration: Iteration) -> None:
    near, far = held_out(iteration)
    assert said(iteration, near, 0.5, 0.3) == [
        ("false", "no box is there"),
        ("found", "found with 90%"),
        ("right", "overlaps the true box by 80%"),
    ]
    assert said(iteration, far, 0.5, 0.5) == [
        ("missed", "the nearest box overlaps it by 40% only"),
        ("false", "overlaps the true box by 40% only"),
    ]
    assert said(iteration, far, 0.8, 0.3) == [("missed", "found with 60% only, below the threshold")]


def test_images_with_more_mistakes_come_first(iteration: Iteration) -> None:
    actor, (near, far) = key_actor(iteration.project), held_out(iteration)
    tag = iteration.project.tags.get()
    assert images_by_mistakes(actor, iteration, [tag.pk], 0.5, 0.5) == [far, near]
    assert images_by_mistakes(actor, iteration, [], 0.5, 0.3) == [near]


def test_an_image_that_was_trained_on_has_no_review(iteration: Iteration) -> None:
    (other,) = make_images(iteration.project, 1)
    assert image_review(key_actor(iteration.project), iteration, other.pk, 0.5, 0.3) is None


def test_a_classifier_has_no_review() -> None:
    classifier = make_iteration(make_project())
    with pytest.raises(Refusal) as refused:
        images_by_mistakes(key_actor(classifier.project), classifier, [], 0.5, 0.3)
    assert refused.value.code == "NotFound"


def test_the_page_goes_through_the_wrong_images(client: Client, iteration: Iteration) -> None:
    client.force_login(User.objects.create_superuser("lead", password="a long password"))
    near, far = held_out(iteration)
    base = f"/projects/{iteration.project_id}/performance/{iteration.pk}/review"
    first = client.get(f"{base}?threshold=50&overlap=50").content.decode()
    assert "1 of 2 wrong images" in first
    assert f"overlap=50&amp;image={near}" in first
    assert f"/images?image={far}" in first
    assert first.count("<span>missed</span>") == 1
    assert first.count("<span>false 60%</span>") == 1
    second = client.get(f"{base}?threshold=50&overlap=50&image={near}").content.decode()
    assert "2 of 2 wrong images" in second
    assert "it missed 0 and drew 1 false box." in second


def test_the_page_says_when_an_image_was_trained_on(client: Client, iteration: Iteration) -> None:
    client.force_login(User.objects.create_superuser("lead", password="a long password"))
    near, _ = held_out(iteration)
    ImageDetections.objects.filter(iteration=iteration, image_id=near).delete()
    Iteration.objects.filter(pk=iteration.pk).update(artifact_sha256="1" * 64)
    page = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}/review?image={near}")
    assert "was trained on this image" in page.content.decode()
    unknown = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}/review?image={iteration.pk}")
    assert unknown.status_code == 404


def test_the_slider_gets_figures_at_an_overlap_and_intervals_when_asked(client: Client, iteration: Iteration) -> None:
    client.force_login(User.objects.create_superuser("lead", password="a long password"))
    base = f"/projects/{iteration.project_id}/performance/{iteration.pk}/overlap"
    quick = client.get(f"{base}?overlap=50").json()
    assert quick["perTag"][50][0][:3] == [1, 2, 1]
    assert len(quick["bars"]) == 25
    assert quick["mean"] == {"value": pytest.approx(51 / 101), "interval": None}
    whole = client.get(f"{base}?overlap=50&intervals=1").json()
    low, high = whole["mean"]["interval"]
    assert low < 51 / 101 <= high
    assert whole["averages"] == [whole["mean"]]


def test_the_page_links_each_tag_to_its_wrong_images_at_the_addresss_thresholds(
    client: Client, iteration: Iteration
) -> None:
    client.force_login(User.objects.create_superuser("lead", password="a long password"))
    tag = iteration.project.tags.get()
    page = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}?threshold=60&overlap=50")
    words = page.content.decode()
    errors = f"/projects/{iteration.project_id}/performance/{iteration.pk}/errors?threshold=60&amp;overlap=50"
    for words_of_count, chosen in (("False fork: 2", "predicted"), ("Missed fork: 1", "true")):
        assert f'aria-label="{words_of_count}" href="{errors}&amp;{chosen}={tag.pk}"' in words
