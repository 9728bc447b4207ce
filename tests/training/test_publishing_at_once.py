"""Two that publish under one name at the same moment: the gate judges each against what the name answers with."""

import threading

import pytest
from django.db import connection

from portal.errors import Refusal
from tests.builders import key_actor
from tests.training.judged import lock_images, prediction_id, scored_iteration, two_tags
from training.gates import GateRule, add_gate
from training.models import GateMeasure, Iteration, PublishedName, PublishEvent
from training.publishing import publish_iteration, unpublish_iteration

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 6


def test_what_would_pass_against_the_former_one_does_not_slip_past_the_better_one() -> None:
    project, tags = two_tags()
    images = lock_images(project, tags, 40)
    old, best, better = (scored_iteration(project, tags, images, wrong) for wrong in (4, 0, 3))
    actor, target = key_actor(project), prediction_id()
    add_gate(actor, project, GateRule(GateMeasure.RECALL))
    orders = set()
    for number in range(ROUNDS):
        name = f"trees {number}"
        publish_iteration(actor, old, name, target)
        before = PublishEvent.objects.latest("pk").pk
        outcomes = at_once(name, target, best, better)
        published = PublishEvent.objects.filter(pk__gt=before, act="publish").order_by("pk")
        order = tuple(published.values_list("iteration_id", flat=True))
        # The better one first and then the best, or the best alone: never back to the better one.
        assert order in {(better.pk, best.pk), (best.pk,)}
        assert outcomes[best.pk] is None
        assert outcomes[better.pk] == (None if len(order) == 2 else "BadRequestPublishGate")
        assert PublishedName.objects.get(name=name).iteration_id == best.pk
        orders.add(len(order))
        unpublish_iteration(actor, best)
    assert orders


def at_once(name: str, target: str, *iterations: Iteration) -> dict[object, str | None]:
    """The code that each was refused with, None where it was not."""
    outcomes: dict[object, str | None] = {}
    start = threading.Barrier(len(iterations))

    def publish(iteration: Iteration) -> None:
        own = Iteration.objects.select_related("project__resource").get(pk=iteration.pk)
        start.wait()
        try:
            publish_iteration(key_actor(own.project), own, name, target, overwrite=True)
            outcomes[own.pk] = None
        except Refusal as refusal:
            outcomes[own.pk] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=(each,)) for each in iterations]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
