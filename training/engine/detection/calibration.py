"""Detection scores that mean what they say: slope of their logits and a shift for each tag, from held-out images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.detection_metrics import TagMatches

_SLOPES = (0.5, 1.5)
_SHIFTS = (-1.5, 1.5)
# At this many detections the fit and "leave as is" weigh the same.
_TRUST_AT_DETECTIONS = 100
# As much as some fifty detections of a tag say.
_PRIOR_OF_A_TAG = 10.0
_STEPS = 60
# What is as good as ruled out tells nothing about the scores that people read.
_LOWEST_SCORE = 0.05
_SURE = 1e-6


@dataclass(frozen=True)
class Calibration:
    """`slope` > 0 for all tags, so that their order stays; `shifts` by the tag's place."""

    slope: float
    shifts: tuple[float, ...]

    def applied(self, scores: NDArray[np.float32], tags: NDArray[np.int64]) -> NDArray[np.float32]:
        """Calibrated scores [m], as the artifact's own graph gives them."""
        logits = self.slope * _logits(scores) + np.array(self.shifts)[tags]
        return (1 / (1 + np.exp(-logits))).astype(np.float32)


def uncalibrated(tag_count: int) -> Calibration:
    """Scores as they are."""
    return Calibration(1.0, (0.0,) * tag_count)


def fit_scores(matches: Sequence[TagMatches]) -> Calibration:
    """Newton's method on the log loss for slope, common shift and tags' own; shrunk towards leaving all as it is."""
    read = [each.scores >= _LOWEST_SCORE for each in matches]
    logits = _logits(np.concatenate([each.scores[seen] for each, seen in zip(matches, read, strict=True)]))
    right = np.concatenate([each.is_right[seen] for each, seen in zip(matches, read, strict=True)]).astype(np.float64)
    if not len(right) or right.min() == right.max():
        return uncalibrated(len(matches))
    tags = np.repeat(np.arange(len(matches)), [int(seen.sum()) for seen in read])
    features = np.concatenate([logits[:, None], np.ones((len(logits), 1)), np.eye(len(matches))[tags]], axis=1)
    # The first prior only keeps Newton's step finite where scores part perfectly.
    prior = np.array([1.0, 1.0, *[_PRIOR_OF_A_TAG] * len(matches)])
    start = np.array([1.0, 0.0, *[0.0] * len(matches)])
    fitted = start + len(right) / (len(right) + _TRUST_AT_DETECTIONS) * (_fit(features, right, start, prior) - start)
    shifts = np.clip(fitted[1] + fitted[2:], *_SHIFTS)
    return Calibration(float(np.clip(fitted[0], *_SLOPES)), tuple(shifts.tolist()))


def _logits(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    sure = np.clip(scores.astype(np.float64), _SURE, 1 - _SURE)
    logits: NDArray[np.float64] = np.log(sure / (1 - sure))
    return logits


def _fit(
    features: NDArray[np.float64], right: NDArray[np.float64], start: NDArray[np.float64], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    weights = start.copy()
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        gradient = features.T @ (chance - right) + prior * (weights - start)
        curvature = (features * (chance * (1 - chance))[:, None]).T @ features + np.diag(prior)
        change = np.linalg.solve(curvature, gradient)
        weights = weights - np.clip(change, -1, 1)
        if np.abs(change).max() < 1e-6:
            break
    return weights
