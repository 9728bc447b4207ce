"""Held-out folds: stratified by tag, near-duplicates together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
# Both must hold: the same gray layout, and features that point the same way. Burst photos and
# re-compressed, resized or lightly cropped copies pass; two photos of one scene seldom do.
_THUMBNAIL_CORRELATION = 0.97
_FEATURE_CORRELATION = 0.9
_NO_LENGTH = 1e-3
_CHUNK_ROWS = 1024
# A group above this share of all images (a fixed camera, say) would leave its fold's model too little to learn from.
_LARGEST_GROUP_SHARE = 0.4


@dataclass(frozen=True)
class Folds:
    """`fold` [images] int16; how many images have a near-duplicate; tags that were split all the same."""

    fold: NDArray[np.int16]
    count: int
    near_duplicates: int
    split_tags: tuple[int, ...]


def near_duplicate_groups(features: NDArray[np.float32], thumbnails: NDArray[np.float32]) -> NDArray[np.int64]:
    """Group number of each image: [images]; images that chain through near-duplicates share one.

    `features` [images, f], `thumbnails` [images, t] of unit length.
    """
    count = len(features)
    groups = np.arange(count)
    centered = features - features.mean(axis=0)
    lengths = np.linalg.norm(centered, axis=1, keepdims=True)
    unit = centered / np.maximum(lengths, 1e-6)
    for start in range(0, count, _CHUNK_ROWS):
        rows = slice(start, start + _CHUNK_ROWS)
        # Identical images all around leave nothing after centering: what is near the center goes by its thumbnail.
        alike = (unit[rows] @ unit[start:].T > _FEATURE_CORRELATION) | (
            (lengths[rows] < _NO_LENGTH) & (lengths[start:] < _NO_LENGTH).T
        )
        alike &= thumbnails[rows] @ thumbnails[start:].T > _THUMBNAIL_CORRELATION
        for place in np.flatnonzero(alike.sum(axis=1) > 1):
            own = groups[start:][alike[place]]
            lowest = own.min()
            if (own != lowest).any():
                groups[np.isin(groups, own)] = lowest
    return groups.astype(np.int64)


def make_folds(truth: NDArray[np.bool_], groups: NDArray[np.int64], seed: int, folds: int = FOLDS) -> Folds:
    """Spread groups over folds so that each fold has its share of every tag; the same seed, the same folds.

    `truth` [images, tags]. A group that holds all images of a tag would leave its fold's model without the tag: it
    is split, and the tag named in `split_tags`. So is one that holds more than 40 % of all images.
    """
    random = np.random.default_rng(seed)
    groups = groups.copy()
    split_tags: list[int] = []
    next_group = len(groups)
    sizes = np.bincount(groups, minlength=next_group)
    is_large = (sizes > max(1, _LARGEST_GROUP_SHARE * len(truth)))[groups]
    if is_large.any():
        split_tags.extend(int(tag) for tag in np.flatnonzero(truth[is_large].any(axis=0)))
        groups[is_large] = np.arange(next_group, next_group + int(is_large.sum()))
        next_group += int(is_large.sum())
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
    return Folds(fold_of_group[numbers], count, int(sizes[sizes > 1].sum()), tuple(sorted(set(split_tags))))
