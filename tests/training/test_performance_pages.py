"""The Performance page: the API's figures at every threshold, intervals, and what a role may do."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.actors import actor_for_user
from portal.models import Membership, Project, ResourceKind, User
from portal.permissions import Role
from tests.builders import key_actor, make_images, make_iteration, make_project, make_resource, make_tag
from tests.training.test_performance import scored_iteration
from training.iterations import project_iterations
from training.models import Iteration, IterationState, PublishedName
from training.performance import iteration_performance, scores_of
from training.publishing import publish_iteration
from training.report import iteration_report
from training.statistics.answers import tag_answers
from training.threshold_table import threshold_table

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def browser(project: Project, role: Role) -> Client:
    user = User.objects.create_user(f"the {role}", password="x")
    Membership.objects.create(user=user, project=project, role=role)
    client = Client()
    client.force_login(user)
    return client


def page_of(client: Client, iteration: Iteration, query: str = "") -> str:
    answer = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def slider_table(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="slider-sums"[^>]*>(.*?)</script>', page)
    assert found is not None
    table: dict[str, Any] = json.loads(found[1])
    return table


def ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def test_the_sliders_table_gives_the_apis_figures_at_each_threshold() -> None:
    iteration = scored_iteration()
    actor = key_actor(iteration.project)
    table = slider_table(page_of(browser(iteration.project, Role.READER), iteration))
    assert len(table["pooled"]) == len(table["perTag"]) == 101
    for percent in range(101):
        expected = iteration_performance(actor, iteration, threshold=percent / 100)
        for column, one in enumerate(expected.per_tag):
            right, false, missed = table["perTag"][percent][column]
            assert str(one.tag.tag_id) == table["tags"][column]
            assert ratio(right, right + false) == pytest.approx(one.precision), percent
            assert ratio(right, right + missed) == pytest.approx(one.recall), percent
        right, false, missed = table["pooled"][percent][:3]
        assert ratio(right, right + false) == pytest.approx(expected.precision), percent
        assert ratio(right, right + missed) == pytest.approx(expected.recall), percent


def test_a_score_just_at_the_threshold_counts_as_predicted() -> None:
    scores = scores_of(scored_iteration())
    table = threshold_table(tag_answers(scores.truth, scores.probabilities))
    # Hemlock's scores are .9 (right), .7 (wrong), .4 (right) and .2 (wrong).
    assert [row[0] for row in (table.true_positives[90], table.true_positives[91])] == [1, 0]
    assert [row[0] for row in (table.false_positives[70], table.false_positives[71])] == [1, 0]
    assert sum(table.right_scores) == sum(table.wrong_scores) == 4


def test_the_threshold_of_the_address_is_the_pages() -> None:
    iteration = scored_iteration()
    client = browser(iteration.project, Role.READER)
    at_half, at_75 = page_of(client, iteration), page_of(client, iteration, "?threshold=75")
    assert "<b data-value>50.0</b>" in at_half
    assert "<b data-value>100.0</b>" in at_75
    assert 'id="threshold" type="range" min="0" max="100" step="1" value="75"' in at_75
    for nonsense in ("-5", "4000", "soon"):
        assert page_of(client, iteration, f"?threshold={nonsense}")


def test_figures_carry_their_interval_and_nothing_predicted_has_none() -> None:
    iteration = scored_iteration()
    report = iteration_report(key_actor(iteration.project), iteration, 50)
    assert report.overall.precision.value == 0.5
    assert report.overall.precision.interval is not None
    assert report.rows[0].judgment.recall.interval == pytest.approx((0.0945, 0.9055), abs=1e-3)  # Wilson, 1 of 2
    assert report.sums.mean.interval is not None
    assert (report.overall.right, report.overall.false, report.overall.missed) == (2, 2, 2)
    nothing = iteration_report(key_actor(iteration.project), iteration, 100)
    assert (nothing.overall.precision.value, nothing.overall.precision.interval) == (0.0, None)
    assert nothing.overall.is_silent


def test_tags_link_to_their_wrong_images_and_a_deleted_tag_to_nothing() -> None:
    iteration = scored_iteration()
    hemlock = iteration.project.tags.get(name="hemlock")
    client = browser(iteration.project, Role.READER)
    address = f"/projects/{iteration.project_id}/images?iteration={iteration.pk}&amp;tag={hemlock.pk}"
    assert address in page_of(client, iteration)
    iteration.project.tags.filter(pk=hemlock.pk).delete()
    page = page_of(client, iteration)
    assert address not in page
    assert "hemlock (deleted)" in text_of(page)


@pytest.mark.parametrize(
    ("role", "trains", "publishes"),
    [(Role.READER, False, False), (Role.LABELER, False, False), (Role.TRAINER, True, True),
     (Role.DEPLOYMENT, False, True)],
)  # fmt: skip
def test_a_page_offers_what_the_role_may_do(role: Role, trains: bool, publishes: bool) -> None:
    iteration = scored_iteration()
    page = page_of(browser(iteration.project, role), iteration)
    assert ("/rename" in page and "/delete" in page) == trains
    assert (f"/iterations/{iteration.pk}/publish" in page) == publishes


def test_the_prediction_url_is_in_its_place_before_publishing_and_says_why_it_is_shut() -> None:
    iteration = scored_iteration()
    page = page_of(browser(iteration.project, Role.READER), iteration)
    button = re.search(r"<button[^>]*>(?:(?!</button>).)*Prediction URL</button>", page)
    assert button is not None
    assert 'aria-disabled="true" aria-describedby="why-no-url"' in button[0]
    assert "hx-get" not in button[0]
    assert page.count('id="why-no-url"') == 1
    publish_iteration(key_actor(iteration.project), iteration, "trees", prediction_resource_id())
    published = page_of(browser_of("another", iteration.project), iteration)
    assert "why-no-url" not in published
    assert f"/iterations/{iteration.pk}/prediction-url" in published


def browser_of(name: str, project: Project) -> Client:
    user = User.objects.create_user(name, password="x")
    Membership.objects.create(user=user, project=project, role=Role.READER)
    client = Client()
    client.force_login(user)
    return client


def test_before_the_first_iteration_the_page_says_how_to_get_one() -> None:
    project = make_project()
    answer = browser(project, Role.TRAINER).get(f"/projects/{project.pk}/performance")
    page = answer.content.decode()
    assert "Train to see how well it works" in page
    assert "Training needs at least 2 tags with 5 images each; 0 of this project's tags have images" in text_of(page)


def test_a_failed_training_names_its_cause_and_the_way_on_once() -> None:
    iteration = make_iteration(make_project(), IterationState.FAILED)
    Iteration.objects.filter(pk=iteration.pk).update(error="The disk is full. Free 2 GB, then train again.")
    text = text_of(page_of(browser(iteration.project, Role.TRAINER), iteration))
    assert text.count("The disk is full. Free 2 GB, then train again.") == 1
    assert "Train again" in text


def test_the_pages_queries_do_not_grow_with_tags_iterations_and_images() -> None:
    iteration = scored_iteration()
    client = browser(iteration.project, Role.TRAINER)
    page_of(client, iteration)
    with CaptureQueriesContext(connection) as few:
        page_of(client, iteration)
    for _ in range(5):
        make_iteration(iteration.project)
        make_images(iteration.project, 3, [make_tag(iteration.project)])
    with CaptureQueriesContext(connection) as many:
        page_of(client, iteration)
    assert len(many) == len(few)


def test_renaming_and_deleting_are_the_acts_of_the_api() -> None:
    iteration = scored_iteration()
    client = browser(iteration.project, Role.TRAINER)
    base = f"/projects/{iteration.project_id}/iterations/{iteration.pk}"
    assert client.post(f"{base}/rename", {"name": "Spring"}, headers=HTMX).status_code == 204
    assert project_iterations(iteration.project).get().name == "Spring"
    assert client.post(f"{base}/delete", headers=HTMX).headers["HX-Redirect"].endswith("/performance")
    assert project_iterations(iteration.project).count() == 0


def prediction_resource_id() -> str:
    return make_resource(ResourceKind.PREDICTION).full_id


def test_publishing_offers_the_projects_own_name_first_and_then_the_last_used() -> None:
    iteration = scored_iteration()
    client = browser(iteration.project, Role.DEPLOYMENT)
    base = f"/projects/{iteration.project_id}/iterations/{iteration.pk}"
    target = prediction_resource_id()
    slug = iteration.project.name.lower().replace(" ", "-")
    assert f'name="name" value="{slug}"' in client.get(f"{base}/publish").content.decode()
    assert client.post(f"{base}/publish", {"name": "trees", "resource": target}, headers=HTMX).status_code == 204
    assert [(each.name, each.iteration_id) for each in PublishedName.objects.all()] == [("trees", iteration.pk)]
    assert client.post(f"{base}/unpublish", headers=HTMX).status_code == 204
    assert PublishedName.objects.count() == 0
    assert 'name="name" value="trees"' in client.get(f"{base}/publish").content.decode()


def test_a_name_in_use_moves_only_after_the_dialog_said_so_and_moves_back_with_one_press() -> None:
    first = scored_iteration()
    second = make_iteration(first.project)
    client = browser(first.project, Role.DEPLOYMENT)
    target = prediction_resource_id()
    publish_iteration(key_actor(first.project), first, "trees", target)
    base = f"/projects/{first.project_id}/iterations"
    unaware = client.post(f"{base}/{second.pk}/publish", {"name": "trees", "resource": target}, headers=HTMX)
    assert unaware.status_code == 422
    assert PublishedName.objects.get().iteration_id == first.pk
    for iteration, other in ((second, first), (first, second)):
        dialog = client.get(f"{base}/{iteration.pk}/publish").content.decode()
        assert f"Apps that call trees move from {other.name} to {iteration.name} at once" in text_of(dialog)
        form = {"name": "trees", "resource": target, "overwrite": "trees"}
        assert client.post(f"{base}/{iteration.pk}/publish", form, headers=HTMX).status_code == 204
        assert PublishedName.objects.get().iteration_id == iteration.pk


def test_another_name_than_the_dialog_spoke_of_does_not_move_with_it() -> None:
    first = scored_iteration()
    second, third = make_iteration(first.project), make_iteration(first.project)
    target = prediction_resource_id()
    publish_iteration(key_actor(first.project), first, "trees", target)
    publish_iteration(key_actor(first.project), second, "bushes", target)
    client = browser(first.project, Role.DEPLOYMENT)
    shown = client.get(f"/projects/{first.project_id}/iterations/{third.pk}/publish").content.decode()
    spoken_of = re.search(r'name="overwrite" value="([^"]*)"', shown)
    assert spoken_of is not None
    other = "trees" if 'name="name" value="bushes"' in shown else "bushes"
    form = {"name": other, "resource": target, "overwrite": spoken_of[1]}
    address = f"/projects/{first.project_id}/iterations/{third.pk}/publish"
    assert client.post(address, form, headers=HTMX).status_code == 422
    assert not PublishedName.objects.filter(iteration=third).exists()


def test_reports_ask_for_the_right_to_view() -> None:
    iteration = scored_iteration()
    stranger = actor_for_user(User.objects.create_user("stranger", password="x"))
    with pytest.raises(Exception, match="project"):
        iteration_report(stranger, iteration, 50)
