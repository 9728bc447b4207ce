"""Whether "80% probable" is right 80 times of 100: a model's probabilities beside what came of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.judged import JudgedScores
from training.metrics import CALIBRATION_BINS
from training.statistics.estimates import Interval, wilson


@dataclass(frozen=True)
class Bar:
    """Predictions of about the same probability: how many, their mean probability, and the share that was right."""

    count: int
    probability: float
    right: float
    interval: Interval


@dataclass(frozen=True)
class Reliability:
    """Of 15 equal bins those that hold a prediction. `error` is the expected calibration error 0..1 (ECE)."""

    bars: tuple[Bar, ...]
    error: float | None
    predictions: int


def reliability(probabilities: NDArray[np.floating], is_right: NDArray[np.bool_]) -> Reliability:
    """Of predictions [n]; each bin holds its upper end."""
    total = len(probabilities)
    bins = np.clip(np.ceil(probabilities * CALIBRATION_BINS).astype(int) - 1, 0, CALIBRATION_BINS - 1)
    counts = np.bincount(bins, minlength=CALIBRATION_BINS)
    promised = np.bincount(bins, weights=probabilities.astype(np.float64), minlength=CALIBRATION_BINS)
    right = np.bincount(bins, weights=is_right, minlength=CALIBRATION_BINS)
    bars = []
    for place in np.flatnonzero(counts).tolist():
        count, kept = int(counts[place]), int(right[place])
        bars.append(Bar(count, float(promised[place]) / count, kept / count, wilson(kept / count, count)))
    return Reliability(tuple(bars), float(np.abs(right - promised).sum()) / total if total else None, total)


def tag_reliability(scores: JudgedScores) -> Reliability:
    """Of the most probable tag of each image; where images have several tags, of every tag and image."""
    if not scores.is_multiclass or not scores.probabilities.size:
        return reliability(scores.probabilities.ravel(), scores.truth.ravel())
    best = scores.probabilities.argmax(axis=1)
    every = np.arange(len(best))
    return reliability(scores.probabilities[every, best], scores.truth[every, best])
