"""Expected minutes: from this install's trainings, before the first from the reference machine's figures."""

import pytest

from portal.domains import GENERAL_CLASSIFICATION, GENERAL_DETECTION
from tests.builders import make_iteration, make_project
from training.estimate import (
    REFERENCE_FIXED_SECONDS,
    REFERENCE_SECONDS_PER_IMAGE,
    duration_words,
    estimate_quick,
)
from training.models import Iteration, IterationState, TrainingType

pytestmark = pytest.mark.django_db


def trained(image_count: int, seconds: float, **columns: object) -> Iteration:
    iteration = make_iteration(make_project())
    iteration.snapshot.image_count = image_count
    iteration.snapshot.save(update_fields=["image_count"])
    Iteration.objects.filter(pk=iteration.pk).update(training_seconds=seconds, **columns)
    return iteration


def reference_seconds(image_count: int) -> float:
    return REFERENCE_FIXED_SECONDS + REFERENCE_SECONDS_PER_IMAGE * image_count


def test_before_the_first_training_the_reference_figures_speak() -> None:
    expected = estimate_quick(GENERAL_CLASSIFICATION, "Multiclass", 367)
    assert expected.is_measured is False
    assert expected.seconds == pytest.approx(reference_seconds(367))


def test_a_machine_half_as_fast_takes_twice_as_long() -> None:
    trained(100, 2 * reference_seconds(100), domain_id=GENERAL_CLASSIFICATION, classification_type="Multiclass")
    expected = estimate_quick(GENERAL_CLASSIFICATION, "Multiclass", 400)
    assert expected.is_measured is True
    assert expected.seconds == pytest.approx(2 * reference_seconds(400))


def test_failed_and_advanced_trainings_say_nothing_about_a_quick_one() -> None:
    trained(100, 9000, training_type=TrainingType.ADVANCED)
    trained(100, 9000, state=IterationState.FAILED, artifact="", artifact_sha256="")
    assert estimate_quick(GENERAL_CLASSIFICATION, "Multiclass", 100).is_measured is False


def test_one_slow_training_does_not_move_the_estimate() -> None:
    for seconds in (1.0, 1.0, 50.0):
        trained(
            100,
            seconds * reference_seconds(100),
            domain_id=GENERAL_CLASSIFICATION,
            classification_type="Multiclass",
        )
    expected = estimate_quick(GENERAL_CLASSIFICATION, "Multiclass", 100)
    assert expected.seconds == pytest.approx(reference_seconds(100))


def test_a_detectors_pace_is_its_own() -> None:
    before = estimate_quick(GENERAL_DETECTION, None, 234)
    assert (before.is_measured, before.seconds > 100) == (False, True)
    trained(100, 50 * reference_seconds(100), domain_id=GENERAL_CLASSIFICATION, classification_type="Multiclass")
    assert estimate_quick(GENERAL_DETECTION, None, 234) == before
    trained(234, 2 * before.seconds, domain_id=GENERAL_DETECTION, classification_type=None)
    after = estimate_quick(GENERAL_DETECTION, None, 234)
    assert after.is_measured is True
    assert after.seconds == pytest.approx(2 * before.seconds)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(2, "about 10 s"), (37, "about 40 s"), (240, "about 4 min"), (5300, "about 88 min"), (9000, "about 2.5 h")],
)
def test_a_time_is_said_no_more_exactly_than_it_is_known(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words
