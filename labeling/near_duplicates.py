"""Images of a workspace that look nearly the same."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import combinations, pairwise
from uuid import UUID

import numpy as np
from django.db.models import Count, F, Max, QuerySet, Sum
from numpy.typing import NDArray

from labeling.models import Image
from portal.models import Project

# Copies that were scaled, compressed or brightened stay within 4 bits of 64 (92 to 100 of 100 photos; cropped by 2 %:
# 72); of 162,000 pairs of different photos on plain ground one does.
MOST_DIFFERENT_BITS = 4
# Two hashes that differ in 4 bits agree in at least 2 of 6 blocks.
BLOCK_EDGES = (0, 11, 22, 33, 44, 54, 64)
# In a crowd that looks alike, a film for one, each is compared with so many: no more pairs than anybody looks at.
NEIGHBORS = 40
PAIRS_AT_ONCE = 1000
_FINGERPRINT = 1_000_003


@dataclass(frozen=True)
class NearPair:
    """Two images and in how many bits of 64 their looks differ, 0 to 4."""

    first: UUID
    second: UUID
    different_bits: int


def near_duplicates(project: Project) -> list[NearPair]:
    """Pairs of current images that look nearly the same, the nearest first, at most 1,000.

    Of several that look exactly the same, one is paired with each other one. One query while the images are those
    of the last time, three where they are others.
    """
    looks = _current(project).aggregate(
        count=Count("pk"), sum=Sum(F("perceptual_hash") % _FINGERPRINT), newest=Max("created")
    )
    return list(_pairs(project.pk, *looks.values()))


# Count, sum and newest stand for the set of images.
@lru_cache(maxsize=64)
def _pairs(project_id: UUID, _count: int, _sum: int | None, _newest: datetime | None) -> tuple[NearPair, ...]:
    current = _current(project_id)
    hashes = np.fromiter(
        (look for look in current.values_list("perceptual_hash", flat=True) if look is not None), dtype=np.int64
    )
    looks, counts = np.unique(hashes, return_counts=True)
    near = near_hashes(looks.view(np.uint64)).tolist()[:PAIRS_AT_ONCE]
    same = looks[counts > 1][:PAIRS_AT_ONCE].tolist()
    if not near and not same:
        return ()
    wanted = {*same, *(int(looks[index]) for pair in near for index in pair[:2])}
    images: dict[int, list[UUID]] = {}
    for look, image_id in (
        current.filter(perceptual_hash__in=wanted).order_by("created", "pk").values_list("perceptual_hash", "pk")
    ):
        assert look is not None
        images.setdefault(look, []).append(image_id)
    pairs = [NearPair(alike[0], other, 0) for alike in images.values() for other in alike[1:]]
    for one, other, bits in near:
        firsts, seconds = images.get(int(looks[one])), images.get(int(looks[other]))
        if firsts and seconds:  # they were there a moment ago
            pairs.append(NearPair(firsts[0], seconds[0], bits))
    return tuple(pairs[:PAIRS_AT_ONCE])


def near_hashes(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """[pairs, 3] of two indices and their different bits, fewest first; `hashes` [n] are sorted and each is there once.

    Looks only at hashes that agree in two blocks: no comparison of all with all.
    """
    found = [np.empty((0, 3), dtype=np.int64)]
    blocks = [np.uint64(((1 << high) - 1) ^ ((1 << low) - 1)) for low, high in pairwise(BLOCK_EDGES)]
    for one, other in combinations(blocks, 2):
        keys = hashes & (one | other)
        order = np.argsort(keys, kind="stable")
        keys, ordered = keys[order], hashes[order]
        starts = np.arange(len(order))
        for step in range(1, NEIGHBORS + 1):
            starts = starts[starts < len(order) - step]
            starts = starts[keys[starts] == keys[starts + step]]
            if not len(starts):
                break
            bits = np.bitwise_count(ordered[starts] ^ ordered[starts + step])
            near = bits <= MOST_DIFFERENT_BITS
            pair = np.sort(np.stack([order[starts[near]], order[starts[near] + step]], axis=1), axis=1)
            found.append(np.concatenate([pair, bits[near, None].astype(np.int64)], axis=1))
    pairs = np.unique(np.concatenate(found), axis=0)
    return pairs[np.argsort(pairs[:, 2], kind="stable")]


def _current(project: Project | UUID) -> QuerySet[Image]:
    return Image.objects.filter(project=project, removed__isnull=True, perceptual_hash__isnull=False)
