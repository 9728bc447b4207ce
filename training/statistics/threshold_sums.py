"""The sums that precision, recall, F1 and their intervals need, at each whole percent of the threshold."""

import numpy as np
from numpy.typing import NDArray

from training.statistics.answers import Answers
from training.statistics.ratios import SUMS

STEPS = 101


def threshold_sums(answers: Answers) -> NDArray[np.int64]:
    """[threshold 0, 1 .. 100 percent, all tags pooled and then each tag, the nine of `SUMS`]."""
    tag_count = answers.there.shape[1]
    # Compared in the scores' own precision, as everywhere.
    percents = np.searchsorted((np.arange(STEPS) / 100).astype(np.float32), answers.scores, side="right") - 1
    cells = answers.images * tag_count + answers.tags
    found = np.zeros((STEPS, 1 + tag_count, len(SUMS)), np.int64)
    found[:, :1] = _sums(answers.images, percents, answers.is_right, answers.there.sum(axis=1)[:, None])
    found[:, 1:] = _sums(cells, percents, answers.is_right, answers.there)
    return found


def _sums(
    cells: NDArray[np.intp], percents: NDArray[np.intp], is_right: NDArray[np.bool_], there: NDArray[np.int64]
) -> NDArray[np.int64]:
    """[thresholds, columns, nine]; `there` [images, columns], of which `cells` are the flat places.

    The threshold falls, and the answers of a cell come in one after another: each changes the cell's products, and a
    column's sums change by as much from that percent down.
    """
    columns = there.shape[1]
    changes = np.zeros((len(SUMS), STEPS * columns), np.int64)
    is_counted = percents >= 0
    key = (cells * STEPS + (STEPS - 1 - percents))[is_counted]
    order = np.argsort(key, kind="stable")
    key, right = key[order], is_right[is_counted][order].astype(np.int64)
    last = np.flatnonzero(np.append(key[1:] != key[:-1], True)[: len(key)])
    cell, percent = key[last] // STEPS, STEPS - 1 - key[last] % STEPS
    is_first = np.append(True, cell[1:] != cell[:-1])[: len(cell)]
    all_right, said = np.cumsum(right)[last], last + 1
    # What came before the cell's first answer is taken off.
    before = np.flatnonzero(is_first)
    spans = np.diff(np.append(before, len(cell)))
    known_right = all_right - np.repeat(np.append(0, all_right)[before], spans)
    known = said - np.repeat(np.append(0, said)[before], spans)
    now = _products(known_right, known - known_right, there.ravel()[cell] - known_right)
    previous = np.roll(now, 1, axis=1)
    start = there.ravel()[cell[is_first]]
    previous[:, is_first] = _products(np.zeros_like(start), np.zeros_like(start), start)
    places = percent * columns + cell % columns
    for kind, of_kind in enumerate(now - previous):
        changes[kind] = np.rint(np.bincount(places, weights=of_kind, minlength=STEPS * columns)).astype(np.int64)
    sums = changes.reshape(len(SUMS), STEPS, columns)[:, ::-1].cumsum(axis=1)[:, ::-1]
    sums[2] += there.sum(axis=0)
    sums[5] += (there**2).sum(axis=0)
    return np.moveaxis(sums, 0, -1)


def _products(right: NDArray[np.int64], false: NDArray[np.int64], missed: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.stack(
        [right, false, missed, right**2, false**2, missed**2, right * false, right * missed, false * missed]
    )
