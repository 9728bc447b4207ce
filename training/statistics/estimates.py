"""A figure from a sample of images, its 95% interval, and that of a difference of two."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.959964

# Student's t at 97.5% for 1 to 10 degrees of freedom; beyond, an expansion around the normal one.
_T_95 = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281)

Interval = tuple[float, float]
Parts = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure 0..1 with its interval, and how much each image moves it: `parts` [images], adding up to zero."""

    value: float
    parts: Parts
    interval: Interval


def wilson(share: float, cases: float, z: float = Z_95) -> Interval:
    """Wilson's score interval of a share of so many cases. Source: Wilson, JASA 22 (1927)."""
    spread = z**2 / cases
    middle = (share + spread / 2) / (1 + spread)
    half = z * float(np.sqrt(share * (1 - share) / cases + spread / (4 * cases))) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def student_95(freedom: float) -> float:
    """Student's t at 97.5%, for degrees of freedom from 1 up that need not be whole.

    Source: Abramowitz and Stegun, 26.7.5.
    """
    if freedom < len(_T_95):
        lower = max(1, int(freedom))
        share = (1 / lower - 1 / max(1.0, freedom)) / (1 / lower - 1 / (lower + 1))
        return _T_95[lower - 1] + share * (_T_95[lower] - _T_95[lower - 1])
    z = Z_95
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


def difference_interval(first: Estimate, second: Estimate) -> Interval:
    """Of second less first on the same images, from both intervals and how far the images move both alike.

    Source: Zou and Donner, Construction of confidence limits about effect measures (2008), after Newcombe (1998).
    """
    alike = _correlation(first.parts, second.parts)
    change = second.value - first.value
    down = _combined(second.value - second.interval[0], first.interval[1] - first.value, alike)
    up = _combined(second.interval[1] - second.value, first.value - first.interval[0], alike)
    return max(-1.0, change - down), min(1.0, change + up)


def _combined(one: float, other: float, alike: float) -> float:
    return float(np.sqrt(max(0.0, one**2 + other**2 - 2 * alike * one * other)))


def _correlation(first: Parts, second: Parts) -> float:
    scale = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / scale if scale > 0 else 0.0
