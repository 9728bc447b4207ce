"""Two models on the same images."""

import numpy as np
import pytest

from training.detection_metrics import Detections, in_falling_score, match_images
from training.statistics.answers import box_answers
from training.statistics.differences import (
    Differences,
    Verdict,
    classifier_estimates,
    detector_estimates,
    differences,
)


def scores_of(truth: np.ndarray, skill: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, truth.shape)
    return (1 / (1 + np.exp(-(skill * (truth - 0.5) + noise)))).astype(np.float32)


def classifier_differences(truth: np.ndarray, first: np.ndarray, second: np.ndarray, threshold: float) -> Differences:
    return differences(*(classifier_estimates(truth, scores, threshold) for scores in (first, second)))


def one_tag_each(images: int, tags: int, seed: int = 1) -> np.ndarray:
    return np.eye(tags, dtype=bool)[np.random.default_rng(seed).integers(0, tags, images)]


def test_a_much_better_classifier_is_better_in_every_figure() -> None:
    truth = one_tag_each(300, 3)
    found = classifier_differences(truth, scores_of(truth, 1, 2), scores_of(truth, 5, 3), 0.5)
    assert found.verdict is Verdict.BETTER
    assert set(found.overall) == {"precision", "recall", "f1", "ap", "accuracy"}
    for each in found.overall.values():
        assert each.verdict is Verdict.BETTER
        assert each.interval is not None
        assert each.change == pytest.approx((each.second or 0) - (each.first or 0))
        assert 0 < each.interval[0] < each.change < each.interval[1]


def test_the_other_way_round_it_is_worse_by_as_much() -> None:
    truth = one_tag_each(300, 3)
    first, second = scores_of(truth, 1, 2), scores_of(truth, 5, 3)
    there, back = classifier_differences(truth, first, second, 0.5), classifier_differences(truth, second, first, 0.5)
    assert back.verdict is Verdict.WORSE
    for name, each in there.overall.items():
        assert each.interval is not None
        assert back.overall[name].interval == pytest.approx((-each.interval[1], -each.interval[0]))


def test_a_model_beside_itself_cannot_be_told_from_itself() -> None:
    truth = one_tag_each(50, 3)
    scores = scores_of(truth, 2, 2)
    found = classifier_differences(truth, scores, scores, 0.5)
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.overall["ap"].change == 0


def test_without_images_nothing_can_be_told() -> None:
    nothing = np.zeros((0, 2), dtype=bool)
    found = classifier_differences(nothing, nothing.astype(np.float32), nothing.astype(np.float32), 0.5)
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.overall["f1"].interval is None


def test_a_detector_that_finds_more_boxes_is_better() -> None:
    chance = np.random.default_rng(5)
    box = np.array([[0.1, 0.1, 0.4, 0.4], [0.6, 0.6, 0.9, 0.9]], np.float32)
    truth = [Detections(box, np.array([0, 1]), np.ones(2, np.float32)) for _ in range(60)]

    def found(share: float) -> list[Detections]:
        corners = [np.where(chance.random((2, 1)) < share, box, box[:, [1, 0, 3, 2]] * 0.2) for _ in truth]
        return [
            Detections(each.astype(np.float32), np.array([0, 1]), chance.random(2).astype(np.float32))
            for each in corners
        ]

    estimates = []
    for share in (0.5, 0.9):
        ordered = [in_falling_score(each) for each in found(share)]
        answers = box_answers(truth, ordered, match_images(truth, ordered, 0.5), 2)
        estimates.append(detector_estimates(answers, 0.0))
    judged = differences(*estimates)
    assert judged.verdict is Verdict.BETTER
    assert len(judged.per_tag) == 2
    assert "accuracy" not in judged.overall
    assert judged.per_tag[0]["recall"].verdict is Verdict.BETTER


def test_of_many_tags_of_equal_models_hardly_any_is_told_apart() -> None:
    said = outside = 0
    for seed in range(40):
        truth = one_tag_each(300, 12, seed)
        found = classifier_differences(truth, scores_of(truth, 3, 2 * seed), scores_of(truth, 3, 2 * seed + 1), 0.5)
        rows = [each for tag in found.per_tag for each in tag.values()]
        said += any(each.verdict is not Verdict.CANNOT_TELL for each in rows)
        outside += any(each.interval and not each.interval[0] <= 0 <= each.interval[1] for each in rows)
    assert said <= 5
    # Each by itself would have been called different by chance.
    assert outside > 10
