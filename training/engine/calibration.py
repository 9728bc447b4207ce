"""Probabilities that mean what they say: one temperature from held-out logits."""

import numpy as np
from numpy.typing import NDArray

from training.engine.probe import Task

LOWEST_TEMPERATURE = 0.7
HIGHEST_TEMPERATURE = 1.6
# At this many images the fitted temperature and "leave as is" weigh the same: models of the folds
# have seen fewer images than the one that ships, so few images prove little.
_TRUST_AT_IMAGES = 100
_STEPS = 91


def probabilities(logits: NDArray[np.float32], task: Task) -> NDArray[np.float32]:
    """Softmax or sigmoid of logits [n, tags]."""
    wide = logits.astype(np.float64)
    if task == "multiclass":
        exponents = np.exp(wide - wide.max(axis=1, keepdims=True))
        return (exponents / exponents.sum(axis=1, keepdims=True)).astype(np.float32)
    return (1 / (1 + np.exp(-np.clip(wide, -60, 60)))).astype(np.float32)


def log_loss(logits: NDArray[np.float32], targets: NDArray[np.float32], task: Task) -> float:
    """Mean over images of the cross-entropy; multilabel sums over tags."""
    wide = logits.astype(np.float64)
    if task == "multiclass":
        top = wide.max(axis=1, keepdims=True)
        normal = top + np.log(np.exp(wide - top).sum(axis=1, keepdims=True))
        return float((targets * (normal - wide)).sum(axis=1).mean())
    losses = np.logaddexp(0, wide) - targets * wide
    return float(losses.sum(axis=1).mean())


def fit_temperature(logits: NDArray[np.float32], targets: NDArray[np.float32], task: Task) -> float:
    """The temperature that divides logits [n, tags], fitted for log loss, shrunk toward 1, in 0.7..1.6."""
    if len(logits) == 0:
        return 1.0
    candidates = np.exp(np.linspace(np.log(0.25), np.log(4.0), _STEPS))
    losses = [log_loss((logits / value).astype(np.float32), targets, task) for value in candidates]
    fitted = float(candidates[int(np.argmin(losses))])
    shrunk = fitted ** (len(logits) / (len(logits) + _TRUST_AT_IMAGES))
    return float(np.clip(shrunk, LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE))
