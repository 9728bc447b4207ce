"""In which order a person may be shown unlabeled images: the shipped rule, and others to measure it against."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.uncertainty import tag_uncertainty

# Those that spread what they show choose from this many times as many of the most uncertain.
SPREAD_FROM = 4
# Pictures whose features point the same way closer than this show the same thing.
TWINS = 0.9

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pool:
    """What is not labeled yet: what the model says of each image, and its centered features of unit length."""

    probabilities: NDArray[np.float32]
    features: NDArray[np.float32]
    chance: np.random.Generator

    def __len__(self) -> int:
        return len(self.probabilities)


def margin(pool: Pool) -> Floats:
    """How close the two most probable tags are, by the product's own function: the suggested order."""
    return np.array([tag_uncertainty([float(each) for each in row]) for row in pool.probabilities])


def entropy(pool: Pool) -> Floats:
    """The entropy of the answer."""
    likely = np.maximum(pool.probabilities.astype(np.float64), 1e-12)
    return -(likely * np.log2(likely)).sum(axis=1)


def least_confidence(pool: Pool) -> Floats:
    """How improbable the most probable tag is."""
    return 1 - pool.probabilities.max(axis=1).astype(np.float64)


def by(score: Callable[[Pool], Floats]) -> Callable[[Pool, int], Rows]:
    """The highest of a score that each image has by itself, as a sorted column gives them."""
    return lambda pool, count: np.argsort(-score(pool), kind="stable")[:count]


def at_random(pool: Pool, count: int) -> Rows:
    """Any."""
    return pool.chance.permutation(len(pool))[:count]


def spread(score: Callable[[Pool], Floats]) -> Callable[[Pool, int], Rows]:
    """Of the highest, those that lie farthest from one another (greedy k-center), the highest first."""

    def choose(pool: Pool, count: int) -> Rows:
        best = np.argsort(-score(pool), kind="stable")[: SPREAD_FROM * count]
        alike = pool.features[best] @ pool.features[best].T
        chosen = [0]
        nearest = alike[0].copy()
        while len(chosen) < min(count, len(best)):
            nearest[chosen] = np.inf
            chosen.append(int(np.argmin(nearest)))
            nearest = np.maximum(nearest, alike[chosen[-1]])
        return best[chosen]

    return choose


def without_twins(score: Callable[[Pool], Floats]) -> Callable[[Pool, int], Rows]:
    """The highest, but of pictures that look nearly the same one only."""

    def choose(pool: Pool, count: int) -> Rows:
        order = np.argsort(-score(pool), kind="stable")
        chosen: list[int] = []
        for place in order:
            if len(chosen) < count and (not chosen or (pool.features[chosen] @ pool.features[place]).max() < TWINS):
                chosen.append(int(place))
        rest = [int(place) for place in order if int(place) not in set(chosen)]
        return np.array([*chosen, *rest[: count - len(chosen)]], dtype=np.intp)

    return choose


def dense(score: Callable[[Pool], Floats]) -> Callable[[Pool], Floats]:
    """A score that counts more for pictures that look like many others."""

    def weighted(pool: Pool) -> Floats:
        alike = (1 + pool.features @ pool.features.mean(axis=0)).astype(np.float64)
        return score(pool) * alike

    return weighted


ORDERS: dict[str, Callable[[Pool, int], Rows]] = {
    "random": at_random,
    "entropy": by(entropy),
    "margin": by(margin),
    "margin, no twins": without_twins(margin),
    "least confidence": by(least_confidence),
    "entropy, spread": spread(entropy),
    "entropy, no twins": without_twins(entropy),
    "entropy, dense": by(dense(entropy)),
}
