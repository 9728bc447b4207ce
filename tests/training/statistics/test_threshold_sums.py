"""The sums behind the sliders: the same as counting at each threshold."""

import numpy as np
import pytest

from training.statistics.answers import Answers, counts_of, tag_answers, too_few_to_tell
from training.statistics.ratios import classifier_counts, pooled, sums_of
from training.statistics.threshold_sums import threshold_sums


def some_boxes(chance: np.random.Generator) -> Answers:
    there = chance.poisson(1.5, (40, 3))
    images = np.repeat(np.arange(40), 6)
    tags = np.tile(np.repeat(np.arange(3), 2), 40)
    # No more right ones than there are.
    is_right = np.tile([0, 1], 120) < there[images, tags]
    is_right &= chance.random(240) < 0.6
    return Answers(images, tags, np.round(chance.random(240), 2).astype(np.float32), is_right, there)


@pytest.mark.parametrize("percent", [0, 1, 30, 50, 77, 100])
def test_each_threshold_has_the_sums_of_its_counts(percent: int) -> None:
    answers = some_boxes(np.random.default_rng(1))
    found = threshold_sums(answers)[percent]
    per_tag = counts_of(answers, percent / 100)
    assert found[0].tolist() == sums_of(pooled(per_tag, 40))
    assert found[1:].tolist() == [sums_of(each) for each in per_tag]


@pytest.mark.parametrize("percent", [0, 30, 100])
def test_a_classifier_is_counted_as_its_metrics_count(percent: int) -> None:
    chance = np.random.default_rng(2)
    truth = chance.random((30, 4)) < 0.3
    scores = np.round(chance.random((30, 4)), 2).astype(np.float32)
    found = threshold_sums(tag_answers(truth, scores))[percent]
    assert found[1:].tolist() == [sums_of(each) for each in classifier_counts(truth, scores, percent / 100)]


def test_no_images_have_sums_of_nothing() -> None:
    nothing = tag_answers(np.zeros((0, 2), bool), np.zeros((0, 2), np.float32))
    assert threshold_sums(nothing).shape == (101, 3, 9)
    assert not threshold_sums(nothing).any()


def test_a_tag_on_nine_images_is_too_few_to_tell() -> None:
    truth = np.zeros((30, 2), bool)
    truth[:9, 0] = truth[:10, 1] = True
    assert too_few_to_tell(tag_answers(truth, truth.astype(np.float32))).tolist() == [True, False]
