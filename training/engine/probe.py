"""A linear head on features that stay as they are: regularized regression by L-BFGS."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

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


def fit_probe(views: NDArray[np.float32], targets: NDArray[np.float32], task: Task) -> Head:
    """The head of least penalized cross-entropy.

    `views` [n, v, f]: v views of each image count alike. `targets` [n, tags].
    """
    flat = views.reshape(-1, views.shape[2])
    center = flat.mean(axis=0, dtype=np.float64).astype(np.float32)
    deviation = float(np.sqrt(np.mean((flat - center) ** 2, dtype=np.float64)))
    scale = np.float32(_SCALE / (max(deviation, 1e-6) * np.sqrt(flat.shape[1])))
    inputs = torch.from_numpy((flat - center) * scale)
    wanted = torch.from_numpy(np.repeat(targets, views.shape[1], axis=0))
    weights = torch.zeros(inputs.shape[1], wanted.shape[1], requires_grad=True)
    biases = torch.zeros(wanted.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weights, biases], max_iter=_ITERATIONS, tolerance_grad=1e-6, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = cross_entropy(inputs @ weights + biases, wanted, task) + _PENALTY / 2 * weights.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    raw = weights.detach().numpy() * scale
    return Head(raw, (biases.detach().numpy() - center @ raw).astype(np.float32))


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor, task: Task) -> torch.Tensor:
    """Mean over images of the cross-entropy with soft targets; multilabel sums over tags."""
    if task == "multiclass":
        return -(logits.log_softmax(dim=1) * targets).sum(dim=1).mean()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return loss.sum(dim=1).mean()
