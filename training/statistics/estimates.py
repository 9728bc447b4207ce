"""A figure from a sample of images, and the 95% interval around it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.959964

Interval = tuple[float, float]
Parts = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure 0..1 and how much each image moves it: `parts` [images], whose squares add up to its variance.

    `units` is how many independent cases it rests on, which is all there is to go by where no image moves it, as when
    every case is right. `center` is where the interval is laid around, when the figure itself is a little off.
    """

    value: float
    parts: Parts
    units: float
    center: float


def interval(estimate: Estimate) -> Interval:
    """Wilson's score interval for the number of independent cases that would vary as much as the images do."""
    return wilson(estimate.center, effective_cases(estimate))


def effective_cases(estimate: Estimate) -> float:
    """How many independent cases would vary as much as the figure does."""
    variance = float(estimate.parts @ estimate.parts)
    if variance <= 0 or not 0 < estimate.center < 1:
        return estimate.units
    return estimate.center * (1 - estimate.center) / variance


def wilson(share: float, cases: float, z: float = Z_95) -> Interval:
    """Wilson's score interval of a share of so many cases. Source: Wilson, JASA 22 (1927)."""
    spread = z**2 / cases
    middle = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / cases + spread / (4 * cases)) / (1 + spread)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def difference_interval(first: Estimate, second: Estimate) -> Interval:
    """Of second less first on the same images, from both intervals and how far the images move both alike.

    Source: Zou and Donner, Construction of confidence limits about effect measures (2008), after Newcombe (1998).
    """
    lows, highs = zip(interval(first), interval(second), strict=True)
    alike = _correlation(first.parts, second.parts)
    change = second.center - first.center
    down = (second.center - lows[1], highs[0] - first.center)
    up = (highs[1] - second.center, first.center - lows[0])
    return max(-1.0, change - _combined(*down, alike)), min(1.0, change + _combined(*up, alike))


def _combined(one: float, other: float, alike: float) -> float:
    return float(np.sqrt(max(0.0, one**2 + other**2 - 2 * alike * one * other)))


def _correlation(first: Parts, second: Parts) -> float:
    scale = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / scale if scale > 0 else 0.0
