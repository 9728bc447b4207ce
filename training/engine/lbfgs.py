"""L-BFGS for smooth convex functions, in numpy.

torch's own imports its compiler on first use: more than a second, longer than most fits here take.
"""

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

_MEMORY = 10
_SUFFICIENT_DECREASE = 1e-4
_CURVATURE = 0.9
_LINE_SEARCH_STEPS = 20


def minimize(
    function: Callable[[Vector], tuple[float, Vector]],
    start: Vector,
    *,
    iterations: int,
    tolerance: float = 1e-6,
) -> Vector:
    """The point where `function` (value and gradient) is least, from `start` [d].

    Ends after `iterations`, or where no part of the gradient is above `tolerance`.
    """
    point = start.copy()
    value, gradient = function(point)
    pairs: deque[tuple[Vector, Vector]] = deque(maxlen=_MEMORY)
    for _ in range(iterations):
        if np.abs(gradient).max() <= tolerance:
            break
        direction = -_inverse_hessian_times(gradient, pairs)
        slope = float(direction @ gradient)
        first_step = 1.0 if pairs else min(1.0, 1.0 / float(np.abs(gradient).sum()))
        found = _line_search(function, point, value, direction, slope, first_step)
        if found is None:
            break
        new_point, value, new_gradient = found
        step, change = new_point - point, new_gradient - gradient
        if float(step @ change) > 1e-10 * float(change @ change):
            pairs.append((step, change))
        point, gradient = new_point, new_gradient
    return point


def _inverse_hessian_times(gradient: Vector, pairs: deque[tuple[Vector, Vector]]) -> Vector:
    result = gradient.copy()
    weights = []
    for step, change in reversed(pairs):
        weight = float(step @ result) / float(step @ change)
        weights.append(weight)
        result -= weight * change
    if pairs:
        step, change = pairs[-1]
        result *= float(step @ change) / float(change @ change)
    for (step, change), weight in zip(pairs, reversed(weights), strict=True):
        result += (weight - float(change @ result) / float(step @ change)) * step
    return result


def _line_search(
    function: Callable[[Vector], tuple[float, Vector]],
    point: Vector,
    value: float,
    direction: Vector,
    slope: float,
    step: float,
) -> tuple[Vector, float, Vector] | None:
    """A step that fulfils the weak Wolfe conditions, by bisection; None where there is no descent."""
    shortest, longest = 0.0, np.inf
    best: tuple[Vector, float, Vector] | None = None
    for _ in range(_LINE_SEARCH_STEPS):
        candidate = point + step * direction
        new_value, new_gradient = function(candidate)
        if not new_value <= value + _SUFFICIENT_DECREASE * step * slope:
            longest = step
        else:
            best = (candidate, new_value, new_gradient)
            if float(new_gradient @ direction) >= _CURVATURE * slope:
                return best
            shortest = step
        step = (shortest + longest) / 2 if np.isfinite(longest) else 2 * step
    return best
