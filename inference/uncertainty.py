"""How unsure a model is of an image, in bits: 0 is sure, 1 is the toss of a coin.

It orders what is shown to people: the most uncertain images are those whose labels teach a model most.
"""

from collections.abc import Iterable, Sequence
from math import log2

# Rounding of float32 in a softmax over 500 tags stays far below this.
SUMS_TO_1 = 1e-3
# A detector answers with up to 200 boxes, most of them next to impossible: these say nothing about the image.
LEAST_BOX_PROBABILITY = 0.1


def tag_uncertainty(probabilities: Sequence[float]) -> float:
    """The entropy of a classifier's answer.

    Probabilities that sum to 1 are one choice among the tags (multiclass); others are a choice of yes or no for each
    tag (multilabel).
    """
    if abs(sum(probabilities) - 1) < SUMS_TO_1:
        return sum(_bits(each) for each in probabilities)
    return _yes_or_no(probabilities)


def box_uncertainty(probabilities: Iterable[float]) -> float:
    """The entropy of a detector's boxes, each a choice of yes or no, as far as they are 10% probable at least."""
    return _yes_or_no(each for each in probabilities if each >= LEAST_BOX_PROBABILITY)


def uncertainty_at(sure_percent: int) -> float:
    """The uncertainty of a choice between two tags of which one is so many percent probable."""
    return _yes_or_no([sure_percent / 100])


def _yes_or_no(probabilities: Iterable[float]) -> float:
    return sum(_bits(each) + _bits(1 - each) for each in probabilities)


def _bits(probability: float) -> float:
    return -probability * log2(probability) if 0 < probability < 1 else 0.0
