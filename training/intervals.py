"""95% intervals of figures that come from few images."""

import numpy as np
from numpy.typing import NDArray

from training.metrics import Scores, Truth, average_precision

Z_95 = 1.959964
RESAMPLES = 200
SEED = 20240917
SAME = 1e-9  # sums of shares that should be one are an ulp or two off
IMAGES_DRAWN_ONE_BY_ONE = 500
RANK_GROUPS = 500

Interval = tuple[float, float]


def wilson(right: int, total: int) -> Interval | None:
    """Wilson's score interval of a share, 0..1; None without a case. Source: Wilson, JASA 22 (1927)."""
    if total == 0:
        return None
    share = right / total
    spread = Z_95**2 / total
    middle = (share + spread / 2) / (1 + spread)
    half = Z_95 * np.sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def average_precision_intervals(truth: Truth, scores: Scores) -> tuple[list[Interval | None], Interval | None]:
    """Bootstrap over images of each tag's average precision and of their mean; [images, tags] both.

    Percentiles 2.5 and 97.5 of 200 resamples with a fixed seed; above 500 images Poisson resamples of groups of
    neighbors in rank, each tag by itself, since drawing image by image would take seconds. Where every resample
    gives the same figure, as a perfect ranking does, resampling cannot tell how far it reaches: then Wilson's lower
    end for that many positives stands below it. None where no image carries the tag.
    """
    image_count, tag_count = truth.shape
    if image_count == 0:
        return [None] * tag_count, None
    chance = np.random.default_rng(SEED)
    resampled = np.full((RESAMPLES, tag_count), np.nan)
    weights = None
    if image_count <= IMAGES_DRAWN_ONE_BY_ONE:
        even = np.full(image_count, 1 / image_count)
        weights = chance.multinomial(image_count, even, size=RESAMPLES).astype(np.float64)
    for tag in range(tag_count):
        if not truth[:, tag].any():
            continue
        if weights is not None:
            resampled[:, tag] = _weighted_average_precision(truth[:, tag], scores[:, tag], weights)
        else:
            resampled[:, tag] = _poisson_average_precision(truth[:, tag], scores[:, tag], chance)
    positives = truth.sum(axis=0)
    per_tag = [percentiles(resampled[:, tag], int(positives[tag])) for tag in range(tag_count)]
    known = ~np.isnan(resampled)
    counts = known.sum(axis=1)
    means = np.where(counts > 0, np.nansum(resampled, axis=1) / np.maximum(counts, 1), np.nan)
    return per_tag, percentiles(means, int(positives.sum()))


def _weighted_average_precision(
    truth: NDArray[np.bool_], scores: NDArray[np.floating], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Average precision of one tag in each resample: `weights` [resamples, images] says how often each was drawn."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last_of_equals = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    drawn = np.cumsum(weights[:, order], axis=1)[:, last_of_equals]
    right = np.cumsum(weights[:, order] * truth[order], axis=1)[:, last_of_equals]
    return _area(right, drawn)


def _area(right: NDArray[np.float64], drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average precision of rows of running counts; NaN where a row has no positive."""
    with np.errstate(divide="ignore", invalid="ignore"):
        precisions = np.where(drawn > 0, right / drawn, 0.0)
        gained = np.diff(right, prepend=0.0, axis=1) / right[:, -1:]
        return np.asarray((precisions * gained).sum(axis=1))


def _poisson_average_precision(
    truth: NDArray[np.bool_], scores: NDArray[np.floating], chance: np.random.Generator
) -> NDArray[np.float64]:
    """The same for many images. A sum of Poisson(1) weights is Poisson, so a group is drawn at once.

    Source: Chamandy et al., Estimating uncertainty for massive data streams (2012). Taking a group as tied lowers
    the figure a little; that shift, known from the data as they are, is taken back.
    """
    right = truth[np.argsort(-scores, kind="stable")]
    starts = np.linspace(0, len(right), RANK_GROUPS, endpoint=False, dtype=int)
    positive = np.add.reduceat(right.astype(np.float64), starts)
    sizes = np.diff(np.append(starts, len(right)))
    drawn_right = np.cumsum(chance.poisson(positive, (RESAMPLES, len(starts))), axis=1, dtype=np.float64)
    drawn_wrong = np.cumsum(chance.poisson(sizes - positive, (RESAMPLES, len(starts))), axis=1, dtype=np.float64)
    as_they_are = _area(np.cumsum(positive)[None, :], np.cumsum(sizes)[None, :].astype(np.float64))
    shift = (average_precision(truth, scores) or 0.0) - as_they_are
    return np.asarray(np.clip(_area(drawn_right, drawn_right + drawn_wrong) + shift, 0.0, 1.0))


def percentiles(values: NDArray[np.float64], positives: int) -> Interval | None:
    """The middle 95% of resampled figures, NaN left out; below figures that are all the same, Wilson's lower end."""
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return None
    low, high = (float(edge) for edge in np.percentile(known, (2.5, 97.5)))
    perfect = wilson(positives, positives)
    if high - low < SAME and perfect is not None:
        low *= perfect[0]
    return low, high
