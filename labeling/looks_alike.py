"""Which images of one set look nearly the same as one of another."""

from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from labeling.near_duplicates import BLOCK_EDGES, MOST_DIFFERENT_BITS

PAIRS_AT_ONCE = 500_000


def looks_alike(looks: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """For each of `looks` whether one of `others` is within 4 bits of it. Both are perceptual hashes, in any order.

    Compares only hashes that agree in two blocks of six, as two within 4 bits must; none is passed over.
    """
    kept, place = np.unique(looks, return_inverse=True)
    known = np.unique(others)
    is_alike = np.isin(kept, known, assume_unique=True)
    hashes, known_hashes = kept.view(np.uint64), known.view(np.uint64)
    blocks = [np.uint64(((1 << high) - 1) ^ ((1 << low) - 1)) for low, high in pairwise(BLOCK_EDGES)]
    for one, other in combinations(blocks, 2):
        open_places = np.flatnonzero(~is_alike)
        if not len(open_places) or not len(known):
            break
        order = np.argsort(known_hashes & (one | other), kind="stable")
        keys = (known_hashes & (one | other))[order]
        own = hashes[open_places] & (one | other)
        first, last = np.searchsorted(keys, own, side="left"), np.searchsorted(keys, own, side="right")
        for part in _parts(last - first):
            which, candidate = _pairs(first[part], last[part])
            rows = open_places[part][which]
            bits = np.bitwise_count(hashes[rows] ^ known_hashes[order[candidate]])
            is_alike[rows[bits <= MOST_DIFFERENT_BITS]] = True
    return is_alike[place]


def _parts(counts: NDArray[np.int64]) -> list[slice]:
    """Stretches of rows with so many pairs at once: a crowd that looks alike must not fill the memory."""
    batch = np.cumsum(counts) // PAIRS_AT_ONCE
    edges = [0, *(np.flatnonzero(np.diff(batch)) + 1).tolist(), len(counts)]
    return [slice(start, end) for start, end in pairwise(edges)]


def _pairs(first: NDArray[np.int64], last: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each row with each place from its `first` to its `last`."""
    counts = last - first
    rows = np.repeat(np.arange(len(counts)), counts)
    starts = np.repeat(first - (np.cumsum(counts) - counts), counts)
    return rows, starts + np.arange(len(rows))
