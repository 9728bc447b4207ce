"""95% intervals of a detector's average precision, by resampling the held-out images."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.detection_metrics import Detections
from training.intervals import RANK_GROUPS, RESAMPLES, SEED, Interval, percentiles

_RECALLS = np.linspace(0, 1, 101)


def box_average_precision_intervals(
    truths: Sequence[Detections],
    founds: Sequence[Detections],
    matches: Sequence[NDArray[np.intp]],
    tag_count: int,
) -> tuple[list[Interval | None], Interval | None]:
    """Of each tag's average precision at the overlap that `matches` stand for, and of their mean.

    Percentiles 2.5 and 97.5 of 200 resamples of the images, all tags in the same ones, with a fixed seed. Above 500
    detections of a tag, neighbors in rank are taken together. Where every resample gives the same figure, Wilson's
    lower end for that many boxes stands below it. None where a tag has no box.
    """
    image_count = len(truths)
    if image_count == 0:
        return [None] * tag_count, None
    chance = np.random.default_rng(SEED)
    even = np.full(image_count, 1 / image_count)
    weights = chance.multinomial(image_count, even, size=RESAMPLES).astype(np.float32)
    tags = np.concatenate([np.zeros(0, np.int64), *(found.tags for found in founds)])
    scores = np.concatenate([np.zeros(0, np.float32), *(found.scores for found in founds)])
    right = np.concatenate([np.zeros(0, bool), *(each >= 0 for each in matches)])
    images = np.repeat(np.arange(image_count), [len(found.tags) for found in founds])
    boxes = np.stack([np.bincount(truth.tags, minlength=tag_count)[:tag_count] for truth in truths])
    resampled = np.full((RESAMPLES, tag_count), np.nan)
    for tag in range(tag_count):
        if not boxes[:, tag].any():
            continue
        own = np.flatnonzero(tags == tag)
        ranked = own[np.argsort(-scores[own], kind="stable")]
        resampled[:, tag] = _resampled(images[ranked], right[ranked], weights, weights @ boxes[:, tag])
    counts = boxes.sum(axis=0)
    per_tag = [percentiles(resampled[:, tag], int(counts[tag])) for tag in range(tag_count)]
    known = ~np.isnan(resampled)
    judged = known.sum(axis=1)
    means = np.where(judged > 0, np.nansum(resampled, axis=1) / np.maximum(judged, 1), np.nan)
    return per_tag, percentiles(means, int(counts.sum()))


def _resampled(
    images: NDArray[np.intp], right: NDArray[np.bool_], weights: NDArray[np.float32], boxes: NDArray[np.floating]
) -> NDArray[np.float64]:
    """One tag's average precision in each resample: its detections' images and rightness by rank, [m] both.

    `weights` [resamples, images], `boxes` [resamples]; NaN where a resample has no box.
    """
    if len(images) == 0:
        return np.where(boxes > 0, 0.0, np.nan)
    groups = min(len(images), RANK_GROUPS)
    group = np.arange(len(images)) * groups // len(images)
    all_of = np.zeros((groups, weights.shape[1]), np.float32)
    right_of = np.zeros_like(all_of)
    np.add.at(all_of, (group, images), 1)
    np.add.at(right_of, (group[right], images[right]), 1)
    said = np.cumsum(weights @ all_of.T, axis=1)
    found = np.cumsum(weights @ right_of.T, axis=1)
    precisions = found / np.maximum(said, 1e-9)
    falling = np.maximum.accumulate(precisions[:, ::-1], axis=1)[:, ::-1]
    falling = np.concatenate([falling, np.zeros((len(falling), 1), np.float32)], axis=1)
    recalls = found.astype(np.float64) / np.maximum(boxes, 1e-9)[:, None]
    # All rows in one search: each lies in a span of its own.
    spans = 2.0 * np.arange(len(recalls))[:, None]
    wanted = np.searchsorted((recalls + spans + 1e-6).ravel(), (_RECALLS + spans).ravel(), side="left")
    columns = wanted.reshape(len(recalls), -1) - groups * np.arange(len(recalls))[:, None]
    averages = np.take_along_axis(falling, columns, axis=1).mean(axis=1)
    return np.where(boxes > 0, averages, np.nan)
