"""Precision, recall and average precision of a detector, from kept detections.

A detection is **right** when it overlaps a box of its tag, not yet taken by a more probable detection, by at least the
overlap threshold (IoU); of several such boxes it takes the one that it overlaps most. This is COCO's matching.

- precision = right detections / detections at or above the probability threshold; 0 where there is none.
- recall = boxes found / boxes; 0 where there is none.
- average precision is COCO's: precision at 101 recalls, made to fall only; None where there is no box. Below the
  probability threshold nothing is left out, so it does not depend on that threshold. The mean is over the tags.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Corners = NDArray[np.float32]

_RECALLS = np.linspace(0, 1, 101)
PAIRS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Detections:
    """Boxes of one image: `corners` [m, 4] left, top, right, bottom 0..1; `tags` [m]; `scores` [m] 0..1.

    Truth has the score 1.
    """

    corners: Corners
    tags: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True)
class TagMatches:
    """All detections of one tag, most probable first: `scores` [m], `is_right` [m]; and how many boxes there are."""

    scores: NDArray[np.float32]
    is_right: NDArray[np.bool_]
    box_count: int


@dataclass(frozen=True)
class DetectionFigures:
    """Figures of one tag, 0..1, with the counts that they come from."""

    precision: float
    recall: float
    average_precision: float | None
    true_positives: int
    false_positives: int
    false_negatives: int


def overlaps(first: Corners, second: Corners) -> NDArray[np.float32]:
    """IoU of each pair: [a, 4] and [b, 4] to [a, b]."""
    left_top = np.maximum(first[:, None, :2], second[None, :, :2])
    right_bottom = np.minimum(first[:, None, 2:], second[None, :, 2:])
    common = np.clip(right_bottom - left_top, 0, None).prod(axis=2)
    areas = [(each[:, 2:] - each[:, :2]).prod(axis=1) for each in (first, second)]
    union = areas[0][:, None] + areas[1][None, :] - common
    return (common / np.maximum(union, 1e-12)).astype(np.float32)


def match_image(truth: Detections, found: Detections, overlap_threshold: float) -> NDArray[np.intp]:
    """For each detection the place of the true box that it finds, or -1: [m]. `found` is in falling score."""
    matches = np.full(len(found.tags), -1, dtype=np.intp)
    if not len(truth.tags) or not len(found.tags):
        return matches
    pairs = overlaps(found.corners, truth.corners)
    pairs[found.tags[:, None] != truth.tags[None, :]] = -1
    limit = np.float32(min(overlap_threshold, 1 - 1e-6))
    # Only detections that reach some box at all need a look, in order.
    for place in np.flatnonzero((pairs >= limit).any(axis=1)):
        best = int(pairs[place].argmax())
        if pairs[place, best] >= limit and pairs[place, best] >= 0:
            matches[place] = best
            pairs[:, best] = -1
    return matches


def in_falling_score(found: Detections) -> Detections:
    """The detections of one image, most probable first."""
    order = np.argsort(-found.scores, kind="stable")
    return Detections(found.corners[order], found.tags[order], found.scores[order])


def match_images(
    truths: Sequence[Detections], founds: Sequence[Detections], overlap_threshold: float
) -> tuple[NDArray[np.intp], ...]:
    """`match_image` of each image, all at once; images in the same order in both."""
    limit = np.float32(min(overlap_threshold, 1 - 1e-6))
    true_counts = np.array([len(each.tags) for each in truths], dtype=np.intp)
    found_counts = np.array([len(each.tags) for each in founds], dtype=np.intp)
    matches: list[int] = []
    taken = bytearray(int(true_counts.sum()))
    true_start = 0
    for images in _chunks(true_counts * found_counts):
        found, true = _overlapping(truths[images], founds[images], limit)
        first = len(matches)
        matches += [-1] * int(found_counts[images].sum())
        # By found box in falling score, and of each the most overlapping first.
        for place, own in zip((found + first).tolist(), (true + true_start).tolist(), strict=True):
            if matches[place] < 0 and not taken[own]:
                matches[place] = own
                taken[own] = 1
        true_start += int(true_counts[images].sum())
    flat = np.array(matches, dtype=np.intp)
    within = np.where(flat < 0, -1, flat - np.repeat(np.cumsum(true_counts) - true_counts, found_counts))
    return tuple(np.split(within, np.cumsum(found_counts)[:-1])) if len(founds) else ()


def _chunks(pair_counts: NDArray[np.intp]) -> list[slice]:
    """Stretches of images with about so many pairs of boxes as fit into memory at ease."""
    chunk = np.cumsum(pair_counts) // PAIRS_AT_ONCE
    edges = np.flatnonzero(np.diff(chunk)) + 1
    starts = [0, *edges.tolist()]
    return [slice(start, end) for start, end in zip(starts, [*starts[1:], len(pair_counts)], strict=True)]


def _overlapping(
    truths: Sequence[Detections], founds: Sequence[Detections], limit: np.float32
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of a found and a true box of one tag and image that overlap enough, by their places among all."""
    true_corners = np.concatenate([np.zeros((0, 4), np.float32), *(each.corners for each in truths)])
    found_corners = np.concatenate([np.zeros((0, 4), np.float32), *(each.corners for each in founds)])
    true_tags = np.concatenate([np.zeros(0, np.int64), *(each.tags for each in truths)])
    found_tags = np.concatenate([np.zeros(0, np.int64), *(each.tags for each in founds)])
    true_counts = np.array([len(each.tags) for each in truths], dtype=np.intp)
    found_counts = np.array([len(each.tags) for each in founds], dtype=np.intp)
    partners = np.repeat(true_counts, found_counts)
    found = np.repeat(np.arange(len(found_tags)), partners)
    first_true = np.repeat(np.repeat(np.cumsum(true_counts) - true_counts, found_counts), partners)
    true = first_true + np.arange(len(found)) - np.repeat(np.cumsum(partners) - partners, partners)
    is_same = found_tags[found] == true_tags[true]
    found, true = found[is_same], true[is_same]
    shares = _pair_overlaps(found_corners[found], true_corners[true])
    is_enough = shares >= limit
    found, true, shares = found[is_enough], true[is_enough], shares[is_enough]
    order = np.lexsort((true, -shares, found))
    return found[order], true[order]


def _pair_overlaps(first: Corners, second: Corners) -> NDArray[np.float32]:
    """`overlaps` of pairs: [n, 4] both to [n]."""
    sides = np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2])
    common = np.clip(sides, 0, None).prod(axis=1)
    areas = [(each[:, 2:] - each[:, :2]).prod(axis=1) for each in (first, second)]
    return (common / np.maximum(areas[0] + areas[1] - common, 1e-12)).astype(np.float32)


def match_tags(
    truths: Sequence[Detections], founds: Sequence[Detections], tag_count: int, overlap_threshold: float
) -> list[TagMatches]:
    """Matches of all images, by tag; images in the same order in both."""
    ordered = [in_falling_score(found) for found in founds]
    return tag_matches(truths, ordered, match_images(truths, ordered, overlap_threshold), tag_count)


def tag_matches(
    truths: Sequence[Detections],
    founds: Sequence[Detections],
    matches: Sequence[NDArray[np.intp]],
    tag_count: int,
) -> list[TagMatches]:
    """The images' matches, by tag."""
    boxes = np.zeros(tag_count, dtype=np.int64)
    for truth in truths:
        boxes += np.bincount(truth.tags, minlength=tag_count)[:tag_count]
    all_tags = np.concatenate([np.zeros(0, np.int64), *(found.tags for found in founds)])
    all_scores = np.concatenate([np.zeros(0, np.float32), *(found.scores for found in founds)])
    all_right = np.concatenate([np.zeros(0, bool), *(each >= 0 for each in matches)])
    matched = []
    for tag in range(tag_count):
        is_own = all_tags == tag
        order = np.argsort(-all_scores[is_own], kind="stable")
        matched.append(TagMatches(all_scores[is_own][order], all_right[is_own][order], int(boxes[tag])))
    return matched


def tag_figures(matches: TagMatches, threshold: float) -> DetectionFigures:
    """Figures of one tag at a probability threshold 0..1."""
    count = int(np.searchsorted(-matches.scores, -np.float32(threshold), side="right"))
    right = int(matches.is_right[:count].sum())
    return DetectionFigures(
        precision=right / count if count else 0.0,
        recall=right / matches.box_count if matches.box_count else 0.0,
        average_precision=average_precision(matches),
        true_positives=right,
        false_positives=count - right,
        false_negatives=matches.box_count - right,
    )


def average_precision(matches: TagMatches) -> float | None:
    """COCO's average precision of one tag at the overlap threshold that it was matched at."""
    if not matches.box_count:
        return None
    right = np.cumsum(matches.is_right)
    if not len(right):
        return 0.0
    precisions = right / np.arange(1, len(right) + 1)
    falling = np.maximum.accumulate(precisions[::-1])[::-1]
    places = np.searchsorted(right / matches.box_count, _RECALLS, side="left")
    return float(np.append(falling, 0.0)[places].mean())


def mean_average_precision(matches: Sequence[TagMatches]) -> float | None:
    """The mean over tags that have a box; None where none has."""
    known = [value for value in map(average_precision, matches) if value is not None]
    return sum(known) / len(known) if known else None
