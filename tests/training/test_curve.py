"""The loss curve: kept as it comes, once for each epoch, and drawn."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import make_iteration, make_project
from training.curve import CurveWriter, EpochLoss, curve_of
from training.models import Iteration, IterationState
from training.pages.training_curve import draw_curve

pytestmark = pytest.mark.django_db


def event(series: str, epoch: int, loss: float) -> dict[str, Any]:
    return {"event": "epoch", "series": series, "epoch": epoch, "epochs": 3, "loss": loss}


def stored(iteration: Iteration) -> list[tuple[str, int, float]]:
    iteration.refresh_from_db()
    return [(point.series, point.epoch, point.loss) for point in curve_of(iteration)]


def test_epochs_in_quick_succession_are_one_write_and_none_is_lost_in_memory() -> None:
    iteration = make_iteration(make_project(), IterationState.TRAINING)
    writer = CurveWriter(iteration)
    with CaptureQueriesContext(connection) as queries:
        for epoch in (1, 2, 3):
            writer.add(event("Fold 1 of 2", epoch, 1 / epoch))
    assert len(queries) == 1
    assert stored(iteration) == [("Fold 1 of 2", 1, 1.0)]
    assert [point["epoch"] for point in writer.points] == [1, 2, 3]


def test_an_attempt_that_begins_again_replaces_the_epochs_it_repeats() -> None:
    iteration = make_iteration(make_project(), IterationState.TRAINING)
    CurveWriter(iteration).add(event("Fold 1 of 2", 1, 0.9))
    iteration.refresh_from_db()
    second = CurveWriter(iteration)
    second.add(event("Fold 1 of 2", 1, 0.8))
    assert stored(iteration) == [("Fold 1 of 2", 1, 0.8)]


def test_a_training_that_is_over_is_not_written_to() -> None:
    iteration = make_iteration(make_project(), IterationState.CANCELLED)
    CurveWriter(iteration).add(event("Fold 1 of 2", 1, 0.9))
    assert stored(iteration) == []


def test_each_fine_tuning_is_a_line_from_left_to_right_and_the_newest_ends_in_the_point() -> None:
    points = [
        EpochLoss("a", 1, 3, 2.0),
        EpochLoss("a", 2, 3, 1.0),
        EpochLoss("b", 1, 3, 1.0),
        EpochLoss("b", 3, 3, 0.5),
    ]
    drawing = draw_curve(points)
    assert drawing is not None
    assert drawing.older == ("M0.0 0.0L160.0 48.0",)
    assert drawing.newest == "M0.0 48.0L320.0 72.0"
    assert (drawing.x, drawing.y) == ("320.0", "72.0")
    assert draw_curve([]) is None
