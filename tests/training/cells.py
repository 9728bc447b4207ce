"""The images behind a cell of the confusion matrix, counted one cell at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.box_confusion import BoxStories
from training.judged import JudgedScores


@dataclass(frozen=True)
class Cell:
    """A place in the matrix: places of tags; None is nothing."""

    true: int | None
    said: int | None


def rows_of_cell(scores: JudgedScores, cell: Cell, threshold: float) -> NDArray[np.intp]:
    """The rows of the images behind a cell at a threshold 0..1."""
    limit = np.float32(threshold)
    if scores.is_multiclass:
        nothing = len(scores.tags)
        likeliest, best = scores.probabilities.argmax(axis=1), scores.probabilities.max(axis=1)
        is_its_own = np.take_along_axis(scores.truth, likeliest[:, None], axis=1)[:, 0]
        first = np.where(scores.truth.any(axis=1), scores.truth.argmax(axis=1), nothing)
        true = np.where(is_its_own, likeliest, first)
        said = np.where(best >= limit, likeliest, nothing)
        wanted_true = nothing if cell.true is None else cell.true
        wanted_said = nothing if cell.said is None else cell.said
        return np.flatnonzero((true == wanted_true) & (said == wanted_said))
    is_said = scores.probabilities >= limit
    if cell.true is not None and cell.true == cell.said:
        return np.flatnonzero(scores.truth[:, cell.true] & is_said[:, cell.true])
    missed, false = scores.truth & ~is_said, ~scores.truth & is_said
    lacks = missed[:, cell.true] if cell.true is not None else ~missed.any(axis=1)
    extra = false[:, cell.said] if cell.said is not None else ~false.any(axis=1)
    return np.flatnonzero(lacks & extra) if (cell.true, cell.said) != (None, None) else np.zeros(0, np.intp)


def rows_of_box_cell(stories: BoxStories, cell: Cell, threshold: float) -> NDArray[np.intp]:
    """The rows of the images behind a cell at a probability threshold 0..1."""
    limit = np.float32(threshold)
    is_found, is_claimed = stories.found_by >= limit, stories.claimed_by >= limit
    if cell.true is None:
        if cell.said is None:
            return np.zeros(0, np.intp)
        # A place of -1 looks at the last, which is no matter: it claims nothing.
        is_confused = (stories.lies_on >= 0) & ~np.append(is_found, True)[stories.lies_on]
        is_extra = (stories.score >= limit) & ~stories.is_right & ~is_confused & (stories.found_tag == cell.said)
        return np.unique(stories.found_image[is_extra])
    is_own = stories.true_tag == cell.true
    if cell.said == cell.true:
        return np.unique(stories.true_image[is_own & is_found])
    if cell.said is None:
        return np.unique(stories.true_image[is_own & ~is_found & ~is_claimed])
    return np.unique(stories.true_image[is_own & ~is_found & is_claimed & (stories.claimed_as == cell.said)])
