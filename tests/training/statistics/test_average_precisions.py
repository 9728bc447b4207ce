"""Average precision, its interval, and what moves it."""

import numpy as np
import pytest

from training import metrics
from training.detection_metrics import Detections, match_images, match_tags
from training.detection_metrics import mean_average_precision as mean_of_boxes
from training.statistics.answers import box_answers
from training.statistics.average_precisions import (
    average_precision,
    box_average_precision,
    mean_average_precision,
)


def two_tags(image_count: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(7)
    truth = np.zeros((image_count, 2), dtype=bool)
    truth[: image_count // 2, 0] = truth[image_count // 2 :, 1] = True
    return truth, (truth + chance.normal(0, noise, truth.shape)).astype(np.float32)


def test_the_interval_holds_the_figure_and_narrows_with_more_images() -> None:
    widths = []
    for image_count in (20, 400):
        truth, scores = two_tags(image_count, noise=0.7)
        per_tag = [average_precision(truth[:, tag], scores[:, tag]) for tag in range(2)]
        mean = mean_average_precision(per_tag)
        assert mean is not None
        assert mean.value == metrics.mean_average_precision(truth, scores)
        for each in (*per_tag, mean):
            assert each is not None
            assert each.interval[0] < each.value < each.interval[1]
        widths.append(mean.interval[1] - mean.interval[0])
    assert widths[1] < widths[0] / 2


def test_a_faultless_ranking_still_doubts_as_far_as_its_images_reach() -> None:
    lows = []
    for image_count in (10, 30, 300):
        truth, scores = two_tags(image_count, noise=0.0)
        found = average_precision(truth[:, 0], scores[:, 0])
        assert found is not None
        assert (found.value, found.interval[1]) == (1, 1)
        lows.append(found.interval[0])
    assert 0.5 < lows[0] < lows[1] < lows[2] < 0.995


def test_a_ranking_that_finds_nothing_reaches_up() -> None:
    truth = [Detections(np.array([[0, 0, 1, 1]], np.float32), np.array([0]), np.ones(1, np.float32))] * 5
    nothing = [Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32))] * 5
    found = box_average_precision(box_answers(truth, nothing, match_images(truth, nothing, 0.5), 1), 0)
    assert found is not None
    assert (found.value, found.interval[0]) == (0, 0)
    assert 0.3 < found.interval[1] < 0.9


def test_images_move_average_precision_as_much_as_leaving_them_out_does() -> None:
    truth, scores = two_tags(2000, noise=1.0)
    # Equal scores among them.
    scores = np.round(scores, 1)
    whole = average_precision(truth[:, 0], scores[:, 0])
    assert whole is not None
    assert whole.parts.sum() == pytest.approx(0, abs=1e-9)
    for image in (0, 5, 1500):
        rest = np.arange(2000) != image
        moved = whole.value - (metrics.average_precision(truth[rest, 0], scores[rest, 0]) or 0)
        assert moved == pytest.approx(whole.parts[image], rel=0.1, abs=1e-5)


def noisy_detector(images: int) -> tuple[list[Detections], list[Detections]]:
    chance = np.random.default_rng(3)
    truths, founds = [], []
    for _ in range(images):
        corner = chance.uniform(0, 0.6, (4, 2))
        corners = np.concatenate([corner, corner + 0.2], axis=1).astype(np.float32)
        moved = corners + chance.normal(0, 0.03, (4, 1)).astype(np.float32)
        tags = chance.integers(0, 3, 4)
        scores = np.sort(chance.random(4).astype(np.float32))[::-1]
        truths.append(Detections(corners, tags, np.ones(4, np.float32)))
        founds.append(Detections(moved, tags, scores))
    return truths, founds


def test_a_detector_has_cocos_figure_with_an_interval_around_it() -> None:
    truths, founds = noisy_detector(60)
    answers = box_answers(truths, founds, match_images(truths, founds, 0.5), 3)
    mean = mean_average_precision([box_average_precision(answers, tag) for tag in range(3)])
    assert mean is not None
    assert mean.value == pytest.approx(mean_of_boxes(match_tags(truths, founds, 3, 0.5)))
    assert mean.interval[0] < mean.value < mean.interval[1]
    assert mean.interval[1] - mean.interval[0] < 0.3


def test_a_tag_on_no_image_has_no_figure_and_the_mean_is_of_the_others() -> None:
    truth, scores = two_tags(30, noise=0.7)
    truth[:, 1] = False
    per_tag = [average_precision(truth[:, tag], scores[:, tag]) for tag in range(2)]
    assert per_tag[1] is None
    assert mean_average_precision(per_tag) is per_tag[0]
    assert mean_average_precision([None, None]) is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_average_precision_is_scikit_learns(seed: int) -> None:
    judge = pytest.importorskip("sklearn.metrics")
    chance = np.random.default_rng(seed)
    truth = chance.random((200, 5)) < (0.02, 0.1, 0.3, 0.5, 0.9)
    truth[0] = True
    # Rounded, so that many are equal.
    scores = np.round(np.clip(0.3 * truth + 0.7 * chance.random(truth.shape), 0, 1), 2)
    ours = [metrics.average_precision(truth[:, tag], scores[:, tag]) for tag in range(5)]
    assert ours == pytest.approx(judge.average_precision_score(truth, scores, average=None).tolist(), abs=1e-12)
    assert metrics.mean_average_precision(truth, scores) == pytest.approx(judge.average_precision_score(truth, scores))
