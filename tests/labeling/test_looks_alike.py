"""Looks of one set beside those of another."""

import numpy as np

from labeling.looks_alike import looks_alike


def changed(looks: np.ndarray, bits: int, random: np.random.Generator) -> np.ndarray:
    """The looks with so many bits of each turned over."""
    flips = np.zeros(len(looks), dtype=np.uint64)
    for row in range(len(looks)):
        for bit in random.choice(64, bits, replace=False):
            flips[row] |= np.uint64(1) << np.uint64(bit)
    return (looks.view(np.uint64) ^ flips).view(np.int64)


def by_all_pairs(looks: np.ndarray, others: np.ndarray) -> np.ndarray:
    bits = np.bitwise_count(looks.view(np.uint64)[:, None] ^ others.view(np.uint64)[None, :])
    return (bits <= 4).any(axis=1)


def test_says_what_a_comparison_of_all_pairs_says() -> None:
    random = np.random.default_rng(1)
    others = random.integers(-(2**63), 2**63 - 1, 800, dtype=np.int64)
    kinds = [changed(others[:100], bits, random) for bits in range(8)]
    looks = np.concatenate([*kinds, random.integers(-(2**63), 2**63 - 1, 200, dtype=np.int64)])

    found = looks_alike(looks, others)

    np.testing.assert_array_equal(found, by_all_pairs(looks, others))
    assert found[:500].all()
    assert not found[500:].any()


def test_a_crowd_that_agrees_in_many_blocks_is_looked_through(monkeypatch) -> None:
    monkeypatch.setattr("labeling.looks_alike.PAIRS_AT_ONCE", 1000)
    random = np.random.default_rng(2)
    crowd = (np.int64(7) << 40) + random.integers(0, 2**20, 600, dtype=np.int64)

    found = looks_alike(crowd[:300], crowd[300:])

    np.testing.assert_array_equal(found, by_all_pairs(crowd[:300], crowd[300:]))
    assert 0 < found.sum() < 300


def test_nothing_to_compare_with() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert looks_alike(none, none).tolist() == []
    assert looks_alike(np.array([1, 1, 2]), none).tolist() == [False, False, False]
    assert looks_alike(none, np.array([1])).tolist() == []
