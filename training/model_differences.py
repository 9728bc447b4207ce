"""How much the weights of two models differ."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper


@dataclass(frozen=True)
class ModelDifference:
    """`unlike` are the names of weights that differ, or that one model lacks; `largest` is the largest difference."""

    unlike: tuple[str, ...]
    weights: int
    largest: float

    @property
    def is_none(self) -> bool:
        return not self.unlike


def compare_models(first: Path, second: Path) -> ModelDifference:
    """Compare the weights of two ONNX files bit for bit, by their names."""
    weights, others = _weights(first), _weights(second)
    unlike, largest = [], 0.0
    for name in sorted(weights.keys() | others.keys()):
        one, other = weights.get(name), others.get(name)
        if one is None or other is None or one.shape != other.shape or one.dtype != other.dtype:
            unlike.append(name)
        elif one.tobytes() != other.tobytes():
            unlike.append(name)
            largest = max(largest, float(np.abs(one.astype(np.float64) - other.astype(np.float64)).max()))
    return ModelDifference(tuple(unlike), len(weights), largest)


def _weights(path: Path) -> dict[str, NDArray[np.generic]]:
    return {each.name: numpy_helper.to_array(each) for each in onnx.load(str(path)).graph.initializer}
