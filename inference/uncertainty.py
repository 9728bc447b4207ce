"""How unsure a model is of an image: 0 is sure, 1 is the toss of a coin, and the doubts of several choices add up.

It orders what is shown to people: the most uncertain images are those whose labels teach a model most. Measured
against other rules by `benchmarks/suggested_order.py`.
"""

from collections.abc import Iterable, Sequence
from heapq import nlargest

# Rounding of float32 in a softmax over 500 tags stays far below this.
SUMS_TO_1 = 1e-3
# A detector answers with up to 200 boxes, most of them next to impossible: these say nothing about the image.
LEAST_BOX_PROBABILITY = 0.1


def tag_uncertainty(probabilities: Sequence[float]) -> float:
    """How close the two choices were between which a classifier decided.

    Probabilities that sum to 1 are one choice among the tags (multiclass), of which the two most probable count;
    others are a choice of yes or no for each tag (multilabel).
    """
    if abs(sum(probabilities) - 1) < SUMS_TO_1:
        first, second = nlargest(2, (*probabilities, 0.0))
        return 1 - (first - second)
    return sum(_yes_or_no(each) for each in probabilities)


def box_uncertainty(probabilities: Iterable[float]) -> float:
    """The doubts about a detector's boxes, each a choice of yes or no, as far as they are 10% probable at least."""
    return sum(_yes_or_no(each) for each in probabilities if each >= LEAST_BOX_PROBABILITY)


def uncertainty_at(sure_percent: int) -> float:
    """The uncertainty of a choice between two tags of which one is so many percent probable."""
    return _yes_or_no(sure_percent / 100)


def _yes_or_no(probability: float) -> float:
    return 1 - abs(2 * probability - 1)
