"""Below the verdict: changed answers, tags, data, recipes, and the way to publishing."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.models import Image, ImageTag, SnapshotImage
from portal.permissions import Role
from tests.builders import make_images, make_tag
from tests.training.comparing.compare_pages import browser, page_of, text_of
from tests.training.comparing.compared import boxed_project, classified_project, classifier, detector
from tests.training.locked_test.rows import put_in_test_set
from training.models import Iteration, LockedTestScore, LockedTestScoring

pytestmark = pytest.mark.django_db


def test_changed_answers_are_told_with_their_pictures_and_lead_on() -> None:
    project, tags, images = classified_project(40)
    classifier(project, tags, images, range(0, 12, 2))
    second = classifier(project, tags, images, (1,))
    client = browser(project)
    page = page_of(project, client=client)
    text = text_of(page)
    assert "Now right 6 images" in text
    assert "Now wrong 1 image" in text
    assert text.count("bottle, was can") == 4
    assert "bottle instead of can" in text
    everything = page_of(project, f"?kind=now-right&of={second.pk}", client, "/images")
    assert text_of(everything).count("bottle, was can") == 6
    image = page_of(project, f"?kind=now-right&of={second.pk}", client, f"/images/{images[0].pk}")
    assert "bottle, was can" in text_of(image)
    assert re.search(r"bottle yes 10\.0% missed 90\.0%", text_of(image))
    assert client.get(f"/projects/{project.pk}/compare/images?kind=nonsense").status_code == 404
    stranger = make_images(project, 1, tags[:1])[0]
    assert client.get(f"/projects/{project.pk}/compare/images/{stranger.pk}").status_code == 404


def test_a_detectors_changed_answers_draw_truth_and_false_boxes() -> None:
    project, tags, images = boxed_project(40)
    detector(project, tags, images, range(5))
    second = detector(project, tags, images, (39,))
    client = browser(project)
    page = page_of(project, client=client)
    assert "can found" in text_of(page)
    assert "can missed" in text_of(page)
    assert 'data-look="truth"' in page
    assert "Measure, at 50%" in page
    assert "mAP" in page
    assert "Accuracy" not in page
    # Nothing is found at 95%.
    high = page_of(project, "?threshold=95", client)
    assert "Now right 0 images" in text_of(high)
    one = page_of(project, f"?kind=now-wrong&of={second.pk}", client, f"/images/{images[39].pk}")
    assert "can missed" in text_of(one)
    assert "missed 1, 0 false" in text_of(one)
    assert "all right" in text_of(one)


def test_tags_that_differ_are_shown_and_all_on_request() -> None:
    project, tags, images = classified_project()
    classifier(project, tags, images, range(0, 50, 2))
    classifier(project, tags, images, ())
    client = browser(project)
    page = page_of(project, client=client)
    assert 'data-measure="Recall, bottle"' in page
    assert 'data-measure="Recall, can"' not in page
    assert "All measures of all tags:" in page
    every = page_of(project, "?all=1", client)
    assert 'data-measure="Recall, can"' in every
    assert "Only the tags that differ" in every


def test_what_changed_in_the_data_leads_to_the_images() -> None:
    project, tags, images = classified_project(4)
    classifier(project, tags, images, ())
    second = classifier(project, tags, images, ())
    client = browser(project)
    page = page_of(project, client=client)
    assert "4 images added" in text_of(page)
    assert "4 images removed" in text_of(page)
    added = page_of(project, f"?kind=added&of={second.pk}", client, "/images")
    own = set(map(str, SnapshotImage.objects.filter(snapshot_id=second.pk).values_list("image_id", flat=True)))
    assert set(re.findall(r"[?;]image=([0-9a-f-]{36})", added)) == own
    # One that was deleted since is looked at as the iteration knew it.
    Image.objects.filter(pk=min(own)).update(removed=timezone.now())
    added = page_of(project, f"?kind=added&of={second.pk}", client, "/images")
    assert f"iteration={second.pk}&amp;image={min(own)}" in added


def test_recipe_and_cost_show_what_differs() -> None:
    project, tags, images = classified_project(4)
    first, second = (classifier(project, tags, images, ()) for _ in range(2))
    LockedTestScoring.objects.filter(iteration=second).update(image_milliseconds=58)
    Iteration.objects.filter(pk=first.pk).update(result={"input_size": 320, "backbone": "b0", "seed": 7})
    Iteration.objects.filter(pk=second.pk).update(result={"input_size": 480, "backbone": "b0", "seed": 7})
    page = page_of(project)
    assert re.search(r"Input size</th><td class=\"num\">320 px</td><td class=\"num strong\">480 px</td>", page)
    assert re.search(r"Seed</th><td class=\"num\">7</td><td class=\"num\">7</td>", page)
    assert re.search(r"Time for one image here</th><td class=\"num\">31 ms</td><td class=\"num strong\">58 ms", page)
    assert "14.2 MB" in page


@pytest.mark.parametrize(("role", "publishes"), [(Role.READER, False), (Role.DEPLOYMENT, True)])
def test_the_after_iteration_can_be_published_by_whom_may(role: Role, publishes: bool) -> None:
    project, tags, images = classified_project(4)
    classifier(project, tags, images, ())
    second = classifier(project, tags, images, ())
    page = page_of(project, client=browser(project, role))
    assert (f"/iterations/{second.pk}/publish" in page) == publishes


def test_queries_do_not_grow_with_iterations_images_and_tags() -> None:
    project, tags, images = classified_project(30)
    iterations = [classifier(project, tags, images, range(wrong)) for wrong in (10, 5)]
    client = browser(project)
    query = f"?before={iterations[0].pk}&after={iterations[1].pk}&all=1"
    page_of(project, query, client)
    with CaptureQueriesContext(connection) as few:
        page_of(project, query, client)
    more = make_images(project, 20, tags[:1])
    put_in_test_set(project, more)
    iterations += [classifier(project, tags, [*images, *more], range(20, 40)) for _ in range(3)]
    for iteration in iterations[:2]:
        LockedTestScore.objects.bulk_create(
            LockedTestScore(iteration=iteration, image=image, scores=bytes(8)) for image in more
        )
    ImageTag.objects.bulk_create(ImageTag(image=more[0], tag=make_tag(project), created_by="test") for _ in range(3))
    query += "".join(f"&also={each.pk}" for each in iterations[2:])
    page_of(project, query, client)
    with CaptureQueriesContext(connection) as many:
        page = page_of(project, query, client)
    assert len(re.findall("data-verdict", page)) == 4
    assert len(many) == len(few)
