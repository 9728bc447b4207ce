"""Which boxes that a detector found overlap which true ones, worked out once: figures at any overlap are then quick."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.detection_metrics import Detections, TagMatches, match_images, overlaps

Places = NDArray[np.intp]


@dataclass(frozen=True)
class BoxPairs:
    """All boxes, images one after another, and all pairs of a found and a true one that overlap at all.

    Pairs by found box, and of each the most overlapping first; boxes by their places among all.
    `by_tag`: the found boxes of each tag, most probable first.
    """

    found: Places
    true: Places
    overlap: NDArray[np.float32]
    is_same_tag: NDArray[np.bool_]
    found_starts: Places
    true_starts: Places
    found_tags: NDArray[np.int64]
    true_tags: NDArray[np.int64]
    scores: NDArray[np.float32]
    by_tag: tuple[Places, ...]


def box_pairs(truths: Sequence[Detections], founds: Sequence[Detections], tag_count: int) -> BoxPairs:
    """Of images in the same order in both; `founds` each in falling score."""
    found_starts = np.cumsum([0, *(len(each.tags) for each in founds)])
    true_starts = np.cumsum([0, *(len(each.tags) for each in truths)])
    found_places, true_places, shares = [], [], []
    for image, (truth, found) in enumerate(zip(truths, founds, strict=True)):
        if not len(truth.tags) or not len(found.tags):
            continue
        common = overlaps(found.corners, truth.corners)
        rows, columns = np.nonzero(common > 0)
        found_places.append(rows + found_starts[image])
        true_places.append(columns + true_starts[image])
        shares.append(common[rows, columns])
    found_all = np.concatenate([np.zeros(0, np.intp), *found_places])
    true_all = np.concatenate([np.zeros(0, np.intp), *true_places])
    overlap = np.concatenate([np.zeros(0, np.float32), *shares])
    order = np.lexsort((true_all, -overlap, found_all))
    found_all, true_all = found_all[order], true_all[order]
    found_tags = np.concatenate([np.zeros(0, np.int64), *(each.tags for each in founds)])
    true_tags = np.concatenate([np.zeros(0, np.int64), *(each.tags for each in truths)])
    scores = np.concatenate([np.zeros(0, np.float32), *(each.scores for each in founds)])
    ranked = np.argsort(-scores, kind="stable")
    return BoxPairs(
        found=found_all,
        true=true_all,
        overlap=overlap[order],
        is_same_tag=found_tags[found_all] == true_tags[true_all],
        found_starts=found_starts,
        true_starts=true_starts,
        found_tags=found_tags,
        true_tags=true_tags,
        scores=scores,
        by_tag=tuple(ranked[found_tags[ranked] == tag] for tag in range(tag_count)),
    )


def pair_tag_matches(pairs: BoxPairs, matches: Sequence[Places]) -> list[TagMatches]:
    """`tag_matches` of `detection_metrics`, from the pairs."""
    is_right = np.concatenate([np.zeros(0, np.intp), *matches]) >= 0
    boxes = np.bincount(pairs.true_tags, minlength=len(pairs.by_tag))
    return [TagMatches(pairs.scores[own], is_right[own], int(boxes[tag])) for tag, own in enumerate(pairs.by_tag)]


def match_pairs(
    pairs: BoxPairs, truths: Sequence[Detections], founds: Sequence[Detections], overlap_threshold: float
) -> tuple[Places, ...]:
    """`match_images` of `detection_metrics`, from the pairs."""
    limit = np.float32(min(overlap_threshold, 1 - 1e-6))
    if limit <= 0:
        return match_images(truths, founds, overlap_threshold)  # boxes that share nothing match too
    is_enough = (pairs.overlap >= limit) & pairs.is_same_tag
    matches = [-1] * int(pairs.found_starts[-1])
    taken = bytearray(int(pairs.true_starts[-1]))
    for found, true in zip(pairs.found[is_enough].tolist(), pairs.true[is_enough].tolist(), strict=True):
        if matches[found] < 0 and not taken[true]:
            matches[found] = true
            taken[true] = 1
    flat = np.array(matches, dtype=np.intp)
    offsets = np.repeat(pairs.true_starts[:-1], np.diff(pairs.found_starts))
    return tuple(np.split(np.where(flat >= 0, flat - offsets, -1), pairs.found_starts[1:-1]))
