"""What was said instead of what, at every whole percent of the probability threshold: the confusion matrix.

Rows are what is there, columns what was said; the last of both stands for nothing. The diagonal is what was right.

- One tag an image: an image counts at its tag and at the most probable one, or under nothing where that does not
  reach the threshold.
- Several tags an image: each missed tag of an image counts at each tag that the same image falsely got; a tag that
  was missed where none was false, and one that was false where none was missed, counts at nothing.
- Boxes: see `box_confusion`.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.judged import JudgedScores
from training.statistics.threshold_sums import STEPS

Counts = NDArray[np.int64]
THRESHOLDS = (np.arange(STEPS) / 100).astype(np.float32)


def last_percents(scores: NDArray[np.floating]) -> NDArray[np.intp]:
    """The highest whole percent that each score reaches; -1 below zero."""
    return np.searchsorted(THRESHOLDS, scores.astype(np.float32), side="right") - 1


def reached(places: tuple[NDArray[np.intp], ...], percents: NDArray[np.intp], shape: tuple[int, ...]) -> Counts:
    """How many stand at each place from 0% up to their percent, each: [steps, *shape]; none of those at -1."""
    ends = np.zeros((STEPS + 1, *shape), dtype=np.int64)
    np.add.at(ends, (percents + 1, *places), 1)
    return ends[::-1].cumsum(axis=0)[::-1][1:]


@lru_cache(maxsize=8)
def tag_confusion(scores: JudgedScores) -> Counts:
    """[steps, tags + 1, tags + 1] of a classifier."""
    return _one_tag(scores) if scores.is_multiclass else _several_tags(scores)


def confusion_record(counts: NDArray[np.integer]) -> list[list[Any]]:
    """`ConfusionCell[]` of static/src/performance/matrix.ts: row, column, then percent and count at each change."""
    changes = np.diff(counts, axis=0, prepend=0)
    record: list[list[Any]] = []
    for row, column in np.argwhere(counts.any(axis=0)).tolist():
        percents = np.flatnonzero(changes[:, row, column])
        pairs = np.stack([percents, counts[percents, row, column]], axis=1)
        record.append([row, column, *pairs.ravel().tolist()])
    return record


def _true_and_said(scores: JudgedScores) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Of each image its tag, the most probable one, and how probable that is; an image without a tag has nothing.

    Of several tags that an image carries all the same, the one that was said counts, else the first.
    """
    nothing = len(scores.tags)
    if not scores.probabilities.size:
        return np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0, np.float32)
    every = np.arange(len(scores.truth))
    said = scores.probabilities.argmax(axis=1)
    true = np.where(scores.truth.any(axis=1), scores.truth.argmax(axis=1), nothing)
    return np.where(scores.truth[every, said], said, true), said, scores.probabilities[every, said]


def _one_tag(scores: JudgedScores) -> Counts:
    nothing = len(scores.tags)
    true, said, best = _true_and_said(scores)
    counts = reached((true, said), last_percents(best), (nothing + 1, nothing + 1))
    counts[:, :, nothing] = np.bincount(true, minlength=nothing + 1)[None, :] - counts.sum(axis=2)
    return counts


def _several_tags(scores: JudgedScores) -> Counts:
    nothing = len(scores.tags)
    counts = np.zeros((STEPS, nothing + 1, nothing + 1), dtype=np.int64)
    # Tags by images: numpy asks "any tag?" of rows ten times faster than of columns.
    truth, probabilities = np.ascontiguousarray(scores.truth.T), np.ascontiguousarray(scores.probabilities.T)
    for percent, limit in enumerate(THRESHOLDS):
        is_said = probabilities >= limit
        missed, false = truth & ~is_said, is_said & ~truth
        counts[percent, :nothing, :nothing] = np.rint(missed.astype(np.float32) @ false.astype(np.float32).T)
        counts[percent, :nothing, nothing] = (missed & ~false.any(axis=0)).sum(axis=1)
        counts[percent, nothing, :nothing] = (false & ~missed.any(axis=0)).sum(axis=1)
        counts[percent, range(nothing), range(nothing)] = (truth & is_said).sum(axis=1)
    return counts
