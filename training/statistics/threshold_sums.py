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
    order = np.argsort(percents, kind="stable")
    starts = np.searchsorted(percents[order], np.arange(STEPS + 1))
    cells = (answers.images * tag_count + answers.tags)[order]
    is_right = answers.is_right[order]
    found = np.zeros((STEPS, 1 + tag_count, len(SUMS)), np.int64)
    found[:, :1] = _sums(answers.images[order], is_right, starts, answers.there.sum(axis=1)[:, None])
    found[:, 1:] = _sums(cells, is_right, starts, answers.there)
    return found


def _sums(
    cells: NDArray[np.intp], is_right: NDArray[np.bool_], starts: NDArray[np.intp], there: NDArray[np.int64]
) -> NDArray[np.int64]:
    """[thresholds, columns, nine] of answers that come in rising percent; `there` [images, columns], its cells flat."""
    columns = there.shape[1]
    right, false, missed = np.zeros(there.size, np.int64), np.zeros(there.size, np.int64), there.ravel().copy()
    sums = np.zeros((columns, len(SUMS)), np.int64)
    sums[:, 2], sums[:, 5] = there.sum(axis=0), (there**2).sum(axis=0)
    found = np.zeros((STEPS, columns, len(SUMS)), np.int64)
    for percent in range(STEPS - 1, -1, -1):
        these = slice(starts[percent], starts[percent + 1])
        changed, places = np.unique(cells[these], return_inverse=True)
        before = _products(right[changed], false[changed], missed[changed])
        now_right = np.bincount(places, weights=is_right[these], minlength=len(changed)).astype(np.int64)
        right[changed] += now_right
        missed[changed] -= now_right
        false[changed] += np.bincount(places, minlength=len(changed)) - now_right
        change = _products(right[changed], false[changed], missed[changed]) - before
        for kind, of_kind in enumerate(change):
            sums[:, kind] += np.bincount(changed % columns, weights=of_kind, minlength=columns).astype(np.int64)
        found[percent] = sums
    return found


def _products(right: NDArray[np.int64], false: NDArray[np.int64], missed: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.stack(
        [right, false, missed, right**2, false**2, missed**2, right * false, right * missed, false * missed]
    )
