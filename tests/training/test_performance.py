"""Figures at a threshold, from kept scores."""

import numpy as np
import pytest

from labeling.snapshots import gather, write_snapshot
from portal.errors import Refusal
from tests.builders import key_actor, make_images, make_iteration, make_project, make_tag
from training.models import ImageScore, Iteration, IterationState
from training.performance import iteration_performance, scores_of

pytestmark = pytest.mark.django_db


def scored_iteration() -> Iteration:
    """Four images: hemlock .9 and .4, cherry .8 and .3 for their own tag, the rest for the other."""
    project = make_project()
    hemlock, cherry = make_tag(project, "hemlock"), make_tag(project, "cherry")
    hemlocks, cherries = make_images(project, 2, [hemlock]), make_images(project, 2, [cherry])
    iteration = make_iteration(project)
    snapshot = write_snapshot(gather(project))
    Iteration.objects.filter(pk=iteration.pk).delete()
    iteration.snapshot = snapshot
    iteration.save(force_insert=True)
    for image, first in zip([*hemlocks, *cherries], [0.9, 0.4, 0.2, 0.7], strict=True):
        ImageScore.objects.create(
            iteration=iteration,
            image=image,
            fold=0,
            probabilities=np.array([first, 1 - first], dtype="<f4").tobytes(),
        )
    return iteration


def test_scores_line_up_with_the_frozen_labels() -> None:
    iteration = scored_iteration()
    scores = scores_of(iteration)
    assert [tag.name for tag in scores.tags] == ["hemlock", "cherry"]
    by_image = dict(zip(scores.image_ids, scores.probabilities[:, 0].tolist(), strict=True))
    assert sorted(round(value, 3) for value in by_image.values()) == [0.2, 0.4, 0.7, 0.9]
    assert scores.truth.sum(axis=0).tolist() == [2, 2]


def test_figures_at_a_threshold_of_one_half() -> None:
    iteration = scored_iteration()
    performance = iteration_performance(key_actor(iteration.project), iteration)
    # Hemlock is predicted for .9 (right) and .7 (wrong); cherry for .6 (wrong) and .8 (right).
    assert (performance.precision, performance.recall) == (0.5, 0.5)
    hemlock = performance.per_tag[0]
    assert (hemlock.tag.name, hemlock.precision, hemlock.recall) == ("hemlock", 0.5, 0.5)
    # Ranked .9 right, .7 wrong, .4 right, .2 wrong: (1/1 + 2/3) / 2.
    assert hemlock.average_precision == pytest.approx(5 / 6)


def test_a_higher_threshold_trades_recall_for_precision() -> None:
    iteration = scored_iteration()
    performance = iteration_performance(key_actor(iteration.project), iteration, threshold=0.75)
    assert (performance.precision, performance.recall) == (1.0, 0.5)


def test_moving_the_threshold_asks_the_database_nothing(django_assert_num_queries: pytest.FixtureRequest) -> None:
    iteration = scored_iteration()
    actor = key_actor(iteration.project)
    iteration_performance(actor, iteration)
    with django_assert_num_queries(0):  # type: ignore[operator]
        iteration_performance(actor, iteration, threshold=0.9)


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_a_threshold_outside_0_to_1_is_refused(threshold: float) -> None:
    iteration = scored_iteration()
    with pytest.raises(Refusal) as refusal:
        iteration_performance(key_actor(iteration.project), iteration, threshold)
    assert refusal.value.code == "BadRequest"


def test_an_untrained_iteration_has_no_figures() -> None:
    iteration = make_iteration(make_project(), IterationState.FAILED)
    with pytest.raises(Refusal) as refusal:
        iteration_performance(key_actor(iteration.project), iteration)
    assert refusal.value.code == "BadRequestIterationIsNotTrained"
