"""Suggested thresholds by tag, and the published name that carries them."""

import json
from typing import Any

import numpy as np
import pytest
from django.test import Client

from portal.errors import Refusal
from portal.models import AuditEntry, Project, ResourceKind
from portal.permissions import Role
from tests.builders import key_actor, make_resource
from tests.training.test_detection_performance import judged_iteration
from tests.training.test_performance import scored_iteration
from tests.training.test_performance_pages import browser, text_of
from training.models import Iteration, PublishedName
from training.publishing import publish_iteration
from training.thresholds import Aim, SuggestedBy, as_thresholds, best_percent, suggested_thresholds

HTMX = {"HX-Request": "true"}


def suggested(iteration: Iteration, aim: Aim = Aim(), overlap_percent: int = 30) -> list[Any]:  # noqa: B008
    return suggested_thresholds(key_actor(iteration.project), iteration, aim, overlap_percent)


def test_the_middle_of_the_longest_stretch_of_the_best_is_taken() -> None:
    values = np.zeros(101)
    values[[0, 10, 40, 41, 42, 43, 44]] = 1  # 0% would let everything through, and is never suggested
    assert best_percent(values) == 42
    assert best_percent(np.ones(101)) == 50


@pytest.mark.django_db
def test_by_f1_and_by_cost() -> None:
    # Hemlock's own images have .9 and .4, the others .7 and .2.
    iteration = scored_iteration()
    hemlock, _ = suggested(iteration)
    # From 21 to 40 both are found with one false: F1 0.8. Above 70 one is found and none false: 0.67.
    assert (hemlock.percent, hemlock.judgment.f1.value) == (30, pytest.approx(0.8))
    assert (hemlock.judgment.right, hemlock.judgment.false, hemlock.judgment.missed) == (2, 1, 0)
    false_is_dear, _ = suggested(iteration, Aim(SuggestedBy.COST, miss_cost=1, false_cost=10))
    assert (false_is_dear.percent, false_is_dear.cost) == (80, 1.0)
    miss_is_dear, _ = suggested(iteration, Aim(SuggestedBy.COST))
    assert (miss_is_dear.percent, miss_is_dear.cost) == (30, 1.0)


@pytest.mark.django_db
def test_costs_that_make_no_sense_are_refused() -> None:
    iteration = scored_iteration()
    for aim in (Aim(miss_cost=-1), Aim(miss_cost=float("nan")), Aim(false_cost=1e9), Aim(SuggestedBy.COST, 0, 0)):
        with pytest.raises(Refusal, match="cost"):
            suggested(iteration, aim)


@pytest.mark.django_db
def test_a_detectors_follow_the_overlap_and_what_is_never_right_has_none() -> None:
    iteration = judged_iteration()
    (fork,) = suggested(iteration)
    assert fork.judgment.recall.value == 1
    (strict,) = suggested(iteration, overlap_percent=50)
    assert (strict.judgment.right, strict.percent) == (1, 80)
    (never,) = suggested(iteration, overlap_percent=95)
    assert (never.percent, never.judgment) == (None, None)
    assert as_thresholds([never]) == {}


def published(iteration: Iteration) -> PublishedName:
    target = make_resource(ResourceKind.PREDICTION).full_id
    return publish_iteration(key_actor(iteration.project), iteration, "trees", target)


def put(client: Client, iteration: Iteration, **form: str) -> Any:
    address = f"/projects/{iteration.project_id}/performance/{iteration.pk}/thresholds/put"
    return client.post(address, form, headers=HTMX)


def carried(project: Project) -> dict[str, float]:
    thresholds: dict[str, float] = PublishedName.objects.get(project=project).thresholds
    return thresholds


@pytest.mark.django_db
def test_a_button_puts_what_is_shown_on_the_name_and_takes_it_off() -> None:
    iteration = scored_iteration()
    published(iteration)
    client = browser(iteration.project, Role.DEPLOYMENT)
    address = f"/projects/{iteration.project_id}/performance/{iteration.pk}/thresholds"
    before = text_of(client.get(address).content.decode())
    assert "trees carries no thresholds" in before
    assert "Put them on trees" in before
    answer = put(client, iteration, by="cost", miss="1", false="10")
    assert "trees carries these" in text_of(answer.content.decode())
    by_id = {str(tag.pk): tag.name for tag in iteration.project.tags.all()}
    assert {by_id[tag_id]: value for tag_id, value in carried(iteration.project).items()}["hemlock"] == 0.8
    entry = AuditEntry.objects.get(act="set_thresholds")
    assert json.loads(json.dumps(entry.detail))["thresholds"] == carried(iteration.project)
    assert "trees carries thresholds for 2 tags" in text_of(client.get(address).content.decode())
    put(client, iteration, remove="1")
    assert carried(iteration.project) == {}


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "may"), [(Role.READER, False), (Role.LABELER, False), (Role.TRAINER, True)])
def test_only_who_may_publish_puts_them_on(role: Role, may: bool) -> None:
    iteration = scored_iteration()
    published(iteration)
    client = browser(iteration.project, role)
    address = f"/projects/{iteration.project_id}/performance/{iteration.pk}/thresholds"
    assert ("Put them on trees" in text_of(client.get(address).content.decode())) is may
    put(client, iteration, by="f1")
    assert bool(carried(iteration.project)) is may


@pytest.mark.django_db
def test_before_publishing_there_is_no_name_to_put_them_on() -> None:
    iteration = scored_iteration()
    client = browser(iteration.project, Role.TRAINER)
    address = f"/projects/{iteration.project_id}/performance/{iteration.pk}/thresholds"
    assert "its name can carry them" in text_of(client.get(address).content.decode())
    assert put(client, iteration, by="f1").status_code >= 400
    wrong = client.get(f"{address}?by=cost&miss=much")
    assert "A cost is a number" in text_of(wrong.content.decode())
