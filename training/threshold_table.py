"""What the sliders read at each whole percent of the probability threshold: sums over images, and bins of scores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.box_pairs import BoxPairs, Places
from training.statistics.answers import Answers, too_few_to_tell
from training.statistics.threshold_sums import threshold_sums

HISTOGRAM_BINS = 25


@dataclass(frozen=True)
class ThresholdTable:
    """`sums` [percent, all tags pooled and then each tag, nine] as `threshold_sums` gives them.

    `right_scores` and `wrong_scores` count, in 25 bins of probability, what is right and what is not: tags on images
    that carry them or not, or boxes. `is_few`: tags on too few images to tell.
    """

    sums: NDArray[np.int64]
    right_scores: list[int]
    wrong_scores: list[int]
    is_few: tuple[bool, ...]

    @property
    def true_positives(self) -> NDArray[np.int64]:
        """[percent, tag]."""
        return self.sums[:, 1:, 0]

    @property
    def false_positives(self) -> NDArray[np.int64]:
        """[percent, tag]."""
        return self.sums[:, 1:, 1]

    @property
    def false_negatives(self) -> NDArray[np.int64]:
        """[percent, tag]."""
        return self.sums[:, 1:, 2]


def threshold_table(answers: Answers) -> ThresholdTable:
    """The table of an iteration's answers; an answer counts at or above the threshold, as everywhere."""
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    return ThresholdTable(
        sums=threshold_sums(answers),
        right_scores=np.histogram(answers.scores[answers.is_right], edges)[0].tolist(),
        wrong_scores=np.histogram(answers.scores[~answers.is_right], edges)[0].tolist(),
        is_few=tuple(too_few_to_tell(answers).tolist()),
    )


def box_answers_of(pairs: BoxPairs, matches: tuple[Places, ...]) -> Answers:
    """`box_answers`, from what the pairs hold already."""
    image_count, tag_count = len(pairs.true_starts) - 1, len(pairs.by_tag)
    true_images = np.repeat(np.arange(image_count), np.diff(pairs.true_starts))
    there = np.bincount(true_images * tag_count + pairs.true_tags, minlength=image_count * tag_count)
    return Answers(
        np.repeat(np.arange(image_count), np.diff(pairs.found_starts)),
        pairs.found_tags,
        pairs.scores,
        np.concatenate([np.zeros(0, np.intp), *matches]) >= 0,
        there.reshape(image_count, tag_count),
    )
