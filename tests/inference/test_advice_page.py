"""The part of the Performance page that says what would help most."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from inference.models import Suggestion, SuggestionTag
from labeling.models import Tag
from portal.models import User
from portal.permissions import Role
from tests.builders import make_images, member
from tests.training.errors.test_errors_page import ROWS, classifier
from tests.training.test_detection_performance import judged_iteration
from training.models import Iteration

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("lead", password="a long password"))
    return client


def shown(client: Client, iteration: Iteration) -> str:
    page = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}/advice")
    assert page.status_code == 200
    return page.content.decode()


def test_advice_links_to_what_does_it(client: Client) -> None:
    iteration = classifier(ROWS * 4)
    base = f"/projects/{iteration.project_id}/performance/{iteration.pk}"
    html = shown(client, iteration)
    can, cup = (Tag.objects.get(project=iteration.project, name=name).pk for name in ("can", "cup"))
    assert "8 labels are likely wrong" in html
    assert f'href="{base}/errors?kind=labels"' in html
    assert "can is taken for cup 4 times, and 4 the other way round, of 8 mistakes." in html
    assert f'href="{base}/errors?kind=confused&amp;true={can}&amp;predicted={cup}"' in html
    assert "has 12 images and is in 8 of 8 mistakes." in html


def test_untagged_images_that_look_like_a_weak_tag_are_told(client: Client) -> None:
    iteration = classifier(ROWS * 4)
    can = Tag.objects.get(project=iteration.project, name="can")
    for image in make_images(iteration.project, 6):
        suggestion = Suggestion.objects.create(
            id=uuid4(), iteration=iteration, image=image, predictions=[], uncertainty=0, created=datetime.now(UTC)
        )
        SuggestionTag.objects.create(suggestion=suggestion, iteration_id=iteration.pk, tag_id=can.pk, probability=0.8)
    html = shown(client, iteration)
    assert "6 untagged images look like can" in html
    assert f'href="/projects/{iteration.project_id}/images/suggested?tag={can.pk}"' in html


def test_a_detectors_advice(client: Client) -> None:
    iteration = judged_iteration()
    Iteration.objects.filter(pk=iteration.pk).update(artifact_sha256=iteration.pk.hex * 2)
    html = shown(client, iteration)
    assert "1 of 1 mistake are boxes where nothing is" in html


def test_who_may_not_gets_no_link_to_what_they_may_not(client: Client) -> None:
    iteration = judged_iteration()
    reader = member(iteration.project, Role.READER)
    client.force_login(User.objects.get(pk=reader.id))
    assert shown(client, iteration).count('href="') == shown(client, iteration).count('class="btn"')


def test_the_queries_do_not_grow_with_the_images(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for iteration in (classifier(ROWS), classifier(ROWS * 6)):
        shown(client, iteration)
        with django_assert_max_num_queries(60) as captured:
            shown(client, iteration)
        counts.append(len(captured))
    assert counts[0] == counts[1]
