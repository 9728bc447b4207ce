"""A linear head on features that stay as they are: regularized regression by L-BFGS."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.engine import lbfgs

Task = Literal["multiclass", "multilabel"]

# Features are centered and scaled as one, so that these numbers fit every data set; accuracy moves
# by less than a point over a factor of ten in the penalty, so there is no search.
_SCALE = 16.0
_PENALTY = 1e-2
_ITERATIONS = 60


@dataclass(frozen=True)
class Head:
    """A linear layer on raw features: logits = features @ weights + biases; [f, tags], [tags]."""

    weights: NDArray[np.float32]
    biases: NDArray[np.float32]

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits [n, tags] of features [n, f]."""
        return features @ self.weights + self.biases

    def scaled(self, factor: float) -> "Head":
        """The head whose logits are `factor` times these."""
        return Head(self.weights * np.float32(factor), self.biases * np.float32(factor))


def soft_targets(truth: NDArray[np.bool_], task: Task, negative: int | None = None) -> NDArray[np.float32]:
    """Training targets [n, tags]: multiclass spreads evenly over an image's tags, multilabel is 0 or 1.

    In multilabel an image of the tag `negative` ("none of these") has no other target.
    """
    targets = truth.astype(np.float32)
    if task == "multiclass":
        return targets / np.maximum(targets.sum(axis=1, keepdims=True), 1)
    if negative is not None:
        rows = truth[:, negative]
        targets[rows] = 0
        targets[rows, negative] = 1
    return targets


def fit_probe(views: NDArray[np.float32], targets: NDArray[np.float32], task: Task, blocks: int = 1) -> Head:
    """The head of least penalized cross-entropy.

    `views` [n, v, f]: v views of each image count alike. `targets` [n, tags]. `blocks`: the features are this
    many equal parts of different scale (mean and max pooling), each brought to the same deviation.
    """
    flat = views.reshape(-1, views.shape[2])
    center = flat.mean(axis=0, dtype=np.float64).astype(np.float32)
    squares = np.mean((flat - center) ** 2, axis=0, dtype=np.float64).reshape(blocks, -1)
    deviation = np.maximum(np.sqrt(squares.mean(axis=1)), 1e-6)
    scale = np.repeat(_SCALE / (deviation * np.sqrt(flat.shape[1])), flat.shape[1] // blocks).astype(np.float32)
    inputs = (flat - center) * scale
    wanted = np.repeat(targets, views.shape[1], axis=0)
    shape = (inputs.shape[1] + 1, targets.shape[1])

    def loss(flattened: lbfgs.Vector) -> tuple[float, lbfgs.Vector]:
        parameters = flattened.reshape(shape)
        weights = parameters[:-1]
        value, slope = _cross_entropy(inputs @ weights.astype(np.float32) + parameters[-1], wanted, task)
        gradient = np.empty(shape)
        gradient[:-1] = inputs.T @ slope.astype(np.float32) + _PENALTY * weights
        gradient[-1] = slope.sum(axis=0)
        return value + _PENALTY / 2 * float(np.square(weights).sum()), gradient.ravel()

    fitted = lbfgs.minimize(loss, np.zeros(shape[0] * shape[1]), iterations=_ITERATIONS).reshape(shape)
    raw = (fitted[:-1] * scale[:, None]).astype(np.float32)
    return Head(raw, (fitted[-1] - center.astype(np.float64) @ raw).astype(np.float32))


def _cross_entropy(
    logits: NDArray[np.float64], targets: NDArray[np.float32], task: Task
) -> tuple[float, NDArray[np.float64]]:
    """Mean over images of the cross-entropy (multilabel sums over tags), and its gradient by logits."""
    if task == "multiclass":
        shifted = logits - logits.max(axis=1, keepdims=True)
        exponents = np.exp(shifted)
        totals = exponents.sum(axis=1, keepdims=True)
        losses = (targets * (np.log(totals) - shifted)).sum(axis=1)
        return float(losses.mean()), (exponents / totals - targets) / len(logits)
    losses = (np.logaddexp(0, logits) - targets * logits).sum(axis=1)
    return float(losses.mean()), (1 / (1 + np.exp(-np.clip(logits, -60, 60))) - targets) / len(logits)
