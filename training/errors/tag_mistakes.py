"""What a classifier got wrong, as its confusion matrix counts it."""

from dataclasses import dataclass
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
        tell = _Teller(scores, predicted, row)
        mistakes += [tell.mistake(ErrorKind.CONFUSED, *pair) for pair in pairs]
        mistakes += [tell.mistake(ErrorKind.FALSE, None, tag) for tag in said if tag not in confused_with]
        mistakes += [tell.mistake(ErrorKind.MISSED, tag, None) for tag in lacking if tag not in confused]
    return mistakes


def _top(scores: JudgedScores, row: int, said: list[int]) -> list[tuple[int, int]]:
    """The image's tag and the most probable one, where that is said and wrong."""
    top = int(scores.probabilities[row].argmax())
    if top not in said or not scores.truth[row].any():
        return []
    return [(int(scores.truth[row].argmax()), top)]


@dataclass(frozen=True)
class _Teller:
    """Of one image, tags by their place."""

    scores: JudgedScores
    predicted: NDArray[np.bool_]
    row: int

    def mistake(self, kind: ErrorKind, true: int | None, said: int | None) -> Mistake:
        given, probability = self._probability(true), self._probability(said)
        return Mistake(
            self.scores.image_ids[self.row],
            kind,
            confidence=1 - (given or 0.0) if probability is None else probability,
            true_tag=self._tag_id(true),
            predicted_tag=self._tag_id(said),
            probability=probability,
            true_probability=given,
            is_said_too=true is not None and bool(self.predicted[self.row, true]),
        )

    def _probability(self, tag: int | None) -> float | None:
        return None if tag is None else float(self.scores.probabilities[self.row, tag])

    def _tag_id(self, tag: int | None) -> UUID | None:
        return None if tag is None else self.scores.tags[tag].tag_id
