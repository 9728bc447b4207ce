"""Precision, recall, average precision and calibration error of a classifier, from kept scores.

Everything is counted from `truth` [images, tags] bool and `scores` [images, tags] probabilities.
A tag is **predicted** for an image when its probability is at or above the threshold; multiclass
and multilabel count alike, so above 0.5 a multiclass image has one predicted tag or none.

- precision = right predictions / predictions; 0 where a tag is never predicted.
- recall = right predictions / images that carry the tag; 0 where none does.
- overall precision and recall pool the counts of all tags (micro average).
- average precision is the step-wise area under the precision-recall curve, images of equal score
  taken together (scikit-learn's `average_precision_score`); None where no image carries the tag.
  Overall is the mean over the tags that have one.
- calibration error is the expected calibration error over 15 equal bins. Multiclass: how far the
  top probability is from how often the top tag is right. Multilabel: the same for every
  probability and whether the image carries that tag.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Truth = NDArray[np.bool_]
Scores = NDArray[np.floating]

CALIBRATION_BINS = 15


@dataclass(frozen=True)
class TagFigures:
    """Figures of one tag, 0..1, with the counts that they come from."""

    precision: float
    recall: float
    average_precision: float | None
    true_positives: int
    false_positives: int
    false_negatives: int


@dataclass(frozen=True)
class Figures:
    """Figures per tag, in tag order, and over all tags."""

    per_tag: tuple[TagFigures, ...]
    precision: float
    recall: float
    average_precision: float | None


def figures(truth: Truth, scores: Scores, threshold: float) -> Figures:
    """All figures at `threshold` 0..1. Raises ValueError where the shapes differ."""
    _check(truth, scores)
    # Compared in the scores' own precision: a float32 0.3 is above the float64 0.3.
    predicted = scores >= np.asarray(threshold, dtype=scores.dtype)
    true_positives = (truth & predicted).sum(axis=0)
    false_positives = (~truth & predicted).sum(axis=0)
    false_negatives = (truth & ~predicted).sum(axis=0)
    per_tag = tuple(
        TagFigures(
            precision=_ratio(int(right), int(right + wrong)),
            recall=_ratio(int(right), int(right + missed)),
            average_precision=average_precision(truth[:, tag], scores[:, tag]),
            true_positives=int(right),
            false_positives=int(wrong),
            false_negatives=int(missed),
        )
        for tag, (right, wrong, missed) in enumerate(zip(true_positives, false_positives, false_negatives, strict=True))
    )
    right = int(true_positives.sum())
    return Figures(
        per_tag=per_tag,
        precision=_ratio(right, right + int(false_positives.sum())),
        recall=_ratio(right, right + int(false_negatives.sum())),
        average_precision=_mean([tag.average_precision for tag in per_tag]),
    )


def average_precision(truth: Truth, scores: Scores) -> float | None:
    """Average precision of one tag: `truth` and `scores` [images]; None without a positive."""
    positives = int(truth.sum())
    if positives == 0:
        return None
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last_of_equals = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    right = np.cumsum(truth[order])[last_of_equals]
    precisions = right / (last_of_equals + 1)
    gained = np.diff(right, prepend=0) / positives
    return float((precisions * gained).sum())


def mean_average_precision(truth: Truth, scores: Scores) -> float | None:
    """Mean of the tags' average precisions; None where no tag has a positive."""
    _check(truth, scores)
    return _mean([average_precision(truth[:, tag], scores[:, tag]) for tag in range(truth.shape[1])])


def accuracy(truth: Truth, scores: Scores) -> float:
    """Share of images whose top-scored tag is one of theirs (multiclass); 0 without images."""
    _check(truth, scores)
    if len(truth) == 0:
        return 0.0
    return float(truth[np.arange(len(truth)), scores.argmax(axis=1)].mean())


def calibration_error(truth: Truth, scores: Scores, *, multiclass: bool) -> float:
    """Expected calibration error 0..1 over 15 equal bins; 0 without images."""
    _check(truth, scores)
    if truth.size == 0:
        return 0.0
    if multiclass:
        top = scores.argmax(axis=1)
        confidence, is_right = scores.max(axis=1), truth[np.arange(len(truth)), top]
    else:
        confidence, is_right = scores.ravel(), truth.ravel()
    bins = np.clip(np.ceil(confidence * CALIBRATION_BINS).astype(int) - 1, 0, CALIBRATION_BINS - 1)
    right = np.bincount(bins, weights=is_right, minlength=CALIBRATION_BINS)
    promised = np.bincount(bins, weights=confidence, minlength=CALIBRATION_BINS)
    return float(np.abs(right - promised).sum() / len(confidence))


def _check(truth: Truth, scores: Scores) -> None:
    if truth.ndim != 2 or truth.shape != scores.shape:
        raise ValueError(f"truth is {truth.shape} and scores are {scores.shape}; both are [images, tags]")


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
