"""What a classifier got wrong, as its confusion matrix counts it."""

from itertools import product
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from training.errors.mistakes import ErrorKind, Mistake
from training.judged import JudgedScores


def tag_mistakes(scores: JudgedScores, threshold: float) -> list[Mistake]:
    """In the images' order, at a threshold 0..1; predicted means at or above it, as in the figures.

    One tag an image: the most probable tag, where it is a wrong one, is a confusion. Several: each missed tag is
    confused with each false one of the same image.
    """
    predicted = scores.probabilities >= np.asarray(threshold, dtype=scores.probabilities.dtype)
    is_wrong = (predicted != scores.truth).any(axis=1)
    mistakes: list[Mistake] = []
    for row in np.flatnonzero(is_wrong).tolist():
        said = np.flatnonzero(predicted[row] & ~scores.truth[row]).tolist()
        lacking = np.flatnonzero(scores.truth[row] & ~predicted[row]).tolist()
        pairs = _top(scores, row, said) if scores.is_multiclass else list(product(lacking, said))
        confused_with = {tag for _, tag in pairs}
        confused = {tag for tag, _ in pairs}
        mistakes += [_mistake(scores, predicted, row, ErrorKind.CONFUSED, *pair) for pair in pairs]
        mistakes += [
            _mistake(scores, predicted, row, ErrorKind.FALSE, None, tag) for tag in said if tag not in confused_with
        ]
        mistakes += [
            _mistake(scores, predicted, row, ErrorKind.MISSED, tag, None) for tag in lacking if tag not in confused
        ]
    return mistakes


def _top(scores: JudgedScores, row: int, said: list[int]) -> list[tuple[int, int]]:
    """The image's tag and the most probable one, where that is said and wrong."""
    top = int(scores.probabilities[row].argmax())
    if top not in said or not scores.truth[row].any():
        return []
    return [(int(scores.truth[row].argmax()), top)]


def _mistake(
    scores: JudgedScores,
    predicted: NDArray[np.bool_],
    row: int,
    kind: ErrorKind,
    true: int | None,
    said: int | None,
) -> Mistake:
    given = None if true is None else float(scores.probabilities[row, true])
    probability = None if said is None else float(scores.probabilities[row, said])
    return Mistake(
        scores.image_ids[row],
        kind,
        confidence=1 - (given or 0.0) if probability is None else probability,
        true_tag=_tag_id(scores, true),
        predicted_tag=_tag_id(scores, said),
        probability=probability,
        true_probability=given,
        is_said_too=true is not None and bool(predicted[row, true]),
    )


def _tag_id(scores: JudgedScores, place: int | None) -> UUID | None:
    return None if place is None else scores.tags[place].tag_id
