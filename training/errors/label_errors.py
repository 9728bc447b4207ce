"""Which labels are likely wrong, from probabilities of models that had not seen the images.

Confident learning (Northcutt, Jiang, Chuang 2021, "Confident learning: estimating uncertainty in dataset labels"),
from the paper: cleanlab, which comes from it, is AGPL and brings pandas and scikit-learn.

- Each tag has a threshold of its own: the mean probability that images with the tag get for it. A tag that the model
  is shy about is not doubted for that, and one that it is sure of everywhere convinces nobody.
- A label is **likely wrong** where another tag reaches its threshold, is the most probable of those that do, and more
  probable than the label.
- Those come first; within them, and after them, the order is by how far the model is from the label.

Multiclass: one choice for each image. Multilabel: for each tag a choice of yes or no; an image is as doubtful as its
most doubtful tag.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Truth = NDArray[np.bool_]
Probabilities = NDArray[np.floating]


@dataclass(frozen=True)
class LabelErrors:
    """Of n images: `order` [n] of rows, most doubtful first; `scores` [n] 0..1, 1 is most doubtful.

    `is_likely` [n] says which are likely wrong; `suggested` [n, tags] the labels that the model would give, which are
    the image's own where it is not.
    """

    order: NDArray[np.intp]
    scores: NDArray[np.float64]
    is_likely: NDArray[np.bool_]
    suggested: Truth


def label_errors(truth: Truth, probabilities: Probabilities, *, multiclass: bool) -> LabelErrors:
    """Doubts about the labels `truth` [images, tags], from out-of-fold `probabilities` [images, tags].

    Raises ValueError where the shapes differ.
    """
    if truth.ndim != 2 or truth.shape != probabilities.shape:
        raise ValueError(f"truth is {truth.shape}, probabilities are {probabilities.shape}; both are [images, tags]")
    exact = probabilities.astype(np.float64)
    scores, is_likely, suggested = _choices(truth, exact) if multiclass else _yes_or_no(truth, exact)
    order = np.lexsort((-scores, ~is_likely))
    return LabelErrors(order, scores, is_likely, suggested)


_Doubts = tuple[NDArray[np.float64], NDArray[np.bool_], Truth]


def _choices(truth: Truth, probabilities: NDArray[np.float64]) -> _Doubts:
    confident = np.where(probabilities >= _thresholds(truth, probabilities), probabilities, -1.0)
    rows = np.arange(len(truth))
    rival = confident.argmax(axis=1) if truth.size else np.zeros(len(truth), dtype=np.intp)
    own = np.where(truth, probabilities, 0.0).max(axis=1, initial=0.0)
    is_likely = (confident.max(axis=1, initial=-1.0) > own) & truth.any(axis=1)
    suggested = truth.copy()
    suggested[is_likely] = False
    suggested[rows[is_likely], rival[is_likely]] = True
    # Normalized margin of the paper: its own probability less that of the best other tag.
    other = np.where(truth, 0.0, probabilities).max(axis=1, initial=0.0)
    return np.where(truth.any(axis=1), (1 - own + other) / 2, 0.0), is_likely, suggested


def _yes_or_no(truth: Truth, probabilities: NDArray[np.float64]) -> _Doubts:
    yes, no = _thresholds(truth, probabilities), _thresholds(~truth, 1 - probabilities)
    says_yes = (probabilities >= yes) & ((1 - probabilities < no) | (probabilities > 0.5))
    says_no = (1 - probabilities >= no) & ((probabilities < yes) | (probabilities < 0.5))
    is_wrong = np.where(truth, says_no, says_yes)
    doubts = np.where(truth, 1 - probabilities, probabilities)
    # A tag that is likely wrong makes the image's score, else its most doubtful tag.
    likely = np.where(is_wrong, doubts, 0.0).max(axis=1, initial=0.0)
    is_likely = is_wrong.any(axis=1)
    return np.where(is_likely, likely, doubts.max(axis=1, initial=0.0)), is_likely, truth ^ is_wrong


def _thresholds(truth: Truth, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean probability that each tag has on images that carry it; above 1 where none does."""
    carriers = truth.sum(axis=0)
    sums = np.where(truth, probabilities, 0.0).sum(axis=0)
    return np.where(carriers > 0, sums / np.maximum(carriers, 1), 2.0)
