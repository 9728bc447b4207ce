"""Held-out folds: stratified by tag, near-duplicates together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
# Both must hold: the same gray layout, and features that point the same way. Burst photos and
# re-compressed, resized or lightly cropped copies pass; two photos of one scene seldom do.
_THUMBNAIL_CORRELATION = 0.97
_FEATURE_CORRELATION = 0.9
_CHUNK_ROWS = 1024


@dataclass(frozen=True)
class Folds:
    """`fold` [images] int16; how many images have a near-duplicate; tags whose images all look alike."""

    fold: NDArray[np.int16]
    count: int
    near_duplicates: int
    split_tags: tuple[int, ...]


def near_duplicate_groups(features: NDArray[np.float32], thumbnails: NDArray[np.float32]) -> NDArray[np.int64]:
    """Group number of each image: [images]; images that chain through near-duplicates share one.

    `features` [images, f], `thumbnails` [images, t] of unit length.
    """
    count = len(features)
    parent = np.arange(count)

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = int(parent[node])
        return node

    centered = features - features.mean(axis=0)
    lengths = np.linalg.norm(centered, axis=1, keepdims=True)
    # Identical images all around leave nothing after centering; they are one group by their thumbnails.
    unit = centered / np.maximum(lengths, 1e-6)
    for start in range(0, count, _CHUNK_ROWS):
        rows = slice(start, start + _CHUNK_ROWS)
        alike = thumbnails[rows] @ thumbnails[start:].T > _THUMBNAIL_CORRELATION
        first, second = np.nonzero(alike)
        for one, other in zip(first + start, second + start, strict=True):
            if one < other and (
                float(unit[one] @ unit[other]) > _FEATURE_CORRELATION
                or float(np.abs(features[one] - features[other]).max()) < 1e-4
            ):
                low, high = sorted((root(int(one)), root(int(other))))
                parent[high] = low
    return np.array([root(index) for index in range(count)], dtype=np.int64)


def make_folds(truth: NDArray[np.bool_], groups: NDArray[np.int64], seed: int, folds: int = FOLDS) -> Folds:
    """Spread groups over folds so that each fold has its share of every tag; the same seed, the same folds.

    `truth` [images, tags]. A group that holds all images of a tag would leave its fold's model
    without the tag: it is split, and the tag named in `split_tags`.
    """
    random = np.random.default_rng(seed)
    groups = groups.copy()
    split_tags = []
    next_group = len(groups)
    for tag in range(truth.shape[1]):
        rows = np.flatnonzero(truth[:, tag])
        if len(rows) > 1 and len(np.unique(groups[rows])) == 1:
            split_tags.append(tag)
            groups[rows] = np.arange(next_group, next_group + len(rows))
            next_group += len(rows)
    _, numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    tags_in_group = np.zeros((len(sizes), truth.shape[1]))
    np.add.at(tags_in_group, numbers, truth)
    rarity = 1 / np.maximum(truth.sum(axis=0), 1)
    count = min(folds, len(sizes))
    wanted = np.tile(truth.sum(axis=0) / count, (count, 1))
    room = np.full(count, len(truth) / count)
    fold_of_group = np.zeros(len(sizes), dtype=np.int16)
    # Big groups and rare tags first; what is common fits anywhere at the end.
    weight = np.where(tags_in_group > 0, rarity, 0).max(axis=1)
    for group in np.lexsort((random.random(len(sizes)), -weight, -sizes)):
        need = wanted @ (tags_in_group[group] * rarity) + 1e-3 * room / max(len(truth), 1)
        fold = int(np.argmax(need))
        fold_of_group[group] = fold
        wanted[fold] -= tags_in_group[group]
        room[fold] -= sizes[group]
    return Folds(fold_of_group[numbers], count, int(sizes[sizes > 1].sum()), tuple(split_tags))
