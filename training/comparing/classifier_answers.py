"""Answers of classifiers: the tags from the threshold on."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.comparing.answers import Answers, Counts, SaidChange, said_changes
from training.locked_test.common import CommonScores


@dataclass(frozen=True)
class ClassifierAnswers(Answers):
    """Tags at or above the threshold, as in the figures."""

    common: CommonScores

    def given(self, iteration: int) -> NDArray[np.bool_]:
        """[images, tags]."""
        scores = self.common.probabilities[iteration]
        given: NDArray[np.bool_] = scores >= np.asarray(self.threshold, dtype=scores.dtype)
        return given

    def mistakes(self, iteration: int) -> Counts:
        return np.count_nonzero(self.given(iteration) != self.common.truth, axis=1)

    def weights(self, first: int, second: int) -> NDArray[np.floating]:
        moved: NDArray[np.floating] = np.abs(self.common.probabilities[second] - self.common.probabilities[first]).sum(
            axis=1
        )
        return moved

    def said(self, row: int, first: int, second: int) -> list[SaidChange]:
        truth = self._tags(self.common.truth[row])
        before, after = self._tags(self.given(first)[row]), self._tags(self.given(second)[row])
        return said_changes(
            [tag.name for tag in self.common.tags],
            found=Counter(truth & (after - before)),
            gone=Counter((before - truth) - after),
            missed=Counter(truth & (before - after)),
            extra=Counter((after - truth) - before),
        )

    @staticmethod
    def _tags(row: NDArray[np.bool_]) -> set[int]:
        return set(np.flatnonzero(row).tolist())
