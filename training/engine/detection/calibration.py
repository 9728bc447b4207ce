"""Detection scores that mean what they say: slope and shift of their logits, from held-out images."""

from collections.abc import Sequence

import numpy as np

from training.detection_metrics import TagMatches

_SLOPES = (0.5, 1.5)
_SHIFTS = (-1.5, 1.5)
# At this many detections the fit and "leave as is" weigh the same.
_TRUST_AT_DETECTIONS = 100
_STEPS = 60
# What is as good as ruled out tells nothing about the scores that people read.
_LOWEST_SCORE = 0.05


def fit_scores(matches: Sequence[TagMatches]) -> tuple[float, float]:
    """Slope and shift for logits of scores: Newton's method on the log loss, shrunk towards (1, 0)."""
    scores = np.concatenate([each.scores for each in matches]).astype(np.float64)
    right = np.concatenate([each.is_right for each in matches]).astype(np.float64)
    read = scores >= _LOWEST_SCORE
    scores, right = np.clip(scores[read], 1e-6, 1 - 1e-6), right[read]
    if not len(scores) or right.min() == right.max():
        return 1.0, 0.0
    logits = np.log(scores / (1 - scores))
    features = np.stack([logits, np.ones_like(logits)], axis=1)
    start = np.array([1.0, 0.0])
    # A prior of a few observations keeps Newton's step finite on scores that part perfectly.
    weights, prior = start.copy(), 1.0
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        gradient = features.T @ (chance - right) + prior * (weights - start)
        curvature = (features * (chance * (1 - chance))[:, None]).T @ features + prior * np.eye(2)
        change = np.linalg.solve(curvature, gradient)
        weights = weights - np.clip(change, -1, 1)
        if np.abs(change).max() < 1e-6:
            break
    trust = len(scores) / (len(scores) + _TRUST_AT_DETECTIONS)
    slope, shift = start + trust * (weights - start)
    return float(np.clip(slope, *_SLOPES)), float(np.clip(shift, *_SHIFTS))
