"""Fine-tuning of a backbone's upper part, started from a fitted probe (LP-FT)."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.engine.backbones import FeatureNetwork, pool
from training.engine.cache import atomic_path
from training.engine.maps import Maps
from training.engine.probe import Head, Task
from training.engine.recipes import Pooling

BATCH_IMAGES = 16
_BODY_RATE = 3e-4
_HEAD_RATE = 1e-3
_WEIGHT_DECAY = 0.02
_WARM_UP_STEPS = 10
_LABEL_SMOOTHING = 0.05
_LARGEST_GRADIENT = 10.0
_SCORING_IMAGES = 32
_SCALE = 16.0


class Diverged(Exception):
    """The loss is no number any more."""


@dataclass(frozen=True)
class Tuned:
    """A fine-tuned upper part, on the CPU, and its head on raw features."""

    upper: nn.Module
    head: Head


@dataclass(frozen=True)
class Setting:
    """What all fine-tunings of a job have in common."""

    network: FeatureNetwork
    pooling: Pooling
    task: Task
    device: torch.device
    epochs: int
    seed: int


class _Model(nn.Module):
    """Maps to logits. The head works on centered, scaled features, where one learning rate suits all."""

    def __init__(self, setting: Setting, head: Head, maps: Maps, rows: NDArray[np.intp]) -> None:
        super().__init__()
        self.pooling = setting.pooling
        # Batch norm stays in evaluation mode: batches of 16 say too little about the statistics.
        self.upper = copy.deepcopy(setting.network.upper).eval().to(setting.device)
        features = _batched(lambda batch: pool(self.upper(batch), self.pooling), maps, rows, setting.device)
        center = features.mean(axis=0)
        scale = _SCALE / (max(float(features.std()), 1e-6) * math.sqrt(features.shape[1]))
        self.register_buffer("center", torch.from_numpy(center).to(setting.device))
        self.scale = scale
        self.weights = nn.Parameter(torch.from_numpy(head.weights / np.float32(scale)).to(setting.device))
        self.biases = nn.Parameter(torch.from_numpy(head.biases + center @ head.weights).to(setting.device))

    def forward(self, maps: Tensor) -> Tensor:
        features = pool(self.upper(maps), self.pooling)
        logits: Tensor = (features - self.get_buffer("center")) * self.scale @ self.weights + self.biases
        return logits

    def tuned(self) -> Tuned:
        weights = self.weights.detach().cpu().numpy() * np.float32(self.scale)
        center = self.get_buffer("center").cpu().numpy()
        biases = self.biases.detach().cpu().numpy() - center @ weights
        return Tuned(copy.deepcopy(self.upper).cpu(), Head(weights, biases.astype(np.float32)))


def fine_tune(
    setting: Setting,
    head: Head,
    maps: Maps,
    rows: NDArray[np.intp],
    targets: NDArray[np.float32],
    checkpoint: Path | None,
    on_step: Callable[[int], None],
    on_epoch: Callable[[int, float], None] = lambda epoch, loss: None,
) -> Tuned:
    """Tune the upper part and `head` on the images `rows` of `maps` [n, v, c, h, w]; `targets` [n, tags].

    `checkpoint` is written after each epoch, and continued from where it exists. `on_step` gets the number of
    images of each step, and ends the work by raising. `on_epoch` gets each finished epoch (1 ..) and
    its mean training loss. Raises Diverged.
    """
    model = _Model(setting, head, maps, rows)
    body = list(model.upper.parameters())
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": _BODY_RATE}, {"params": [model.weights, model.biases], "lr": _HEAD_RATE}],
        weight_decay=_WEIGHT_DECAY,
    )
    is_cuda = setting.device.type == "cuda"
    # bfloat16 needs no loss scaling; cards without it get float16 and a scaler.
    half = torch.bfloat16 if not is_cuda or torch.cuda.is_bf16_supported() else torch.float16
    scaler = torch.amp.GradScaler("cuda", enabled=is_cuda and half is torch.float16)
    wanted = torch.from_numpy(targets).to(setting.device)
    steps_an_epoch = math.ceil(len(rows) / BATCH_IMAGES)
    for epoch in range(_resume(checkpoint, model, optimizer, scaler), setting.epochs):
        random = np.random.default_rng([setting.seed, epoch])
        order = random.permutation(len(rows))
        views = random.integers(1, maps.shape[1], len(rows))
        loss_sum = 0.0
        for step in range(steps_an_epoch):
            places = order[step * BATCH_IMAGES : (step + 1) * BATCH_IMAGES]
            chosen = rows[places]
            batch = torch.from_numpy(maps[chosen, views[places]]).to(setting.device)
            _set_rates(optimizer, epoch * steps_an_epoch + step, setting.epochs * steps_an_epoch)
            with torch.autocast(setting.device.type, dtype=half, enabled=is_cuda):
                logits = model(batch.contiguous(memory_format=torch.channels_last))
            loss = _loss(logits.float(), wanted[torch.from_numpy(chosen).to(setting.device)], setting.task)
            loss_value = loss.item()
            if not math.isfinite(loss_value):
                raise Diverged
            loss_sum += loss_value * len(places)
            optimizer.zero_grad()
            scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), _LARGEST_GRADIENT)
            scaler.step(optimizer)
            scaler.update()
            on_step(len(places))
        if checkpoint is not None:
            _save(checkpoint, model, optimizer, scaler, epoch + 1)
        on_epoch(epoch + 1, loss_sum / len(rows))
    return model.tuned()


def tuned_logits(setting: Setting, tuned: Tuned, maps: Maps, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """Logits [len(rows), tags] of the images as they are (view 0), in full precision."""
    upper = tuned.upper.to(setting.device)
    return tuned.head.logits(_batched(lambda batch: pool(upper(batch), setting.pooling), maps, rows, setting.device))


def _batched(
    run: Callable[[Tensor], Tensor], maps: Maps, rows: NDArray[np.intp], device: torch.device
) -> NDArray[np.float32]:
    results = []
    with torch.inference_mode():
        for start in range(0, len(rows), _SCORING_IMAGES):
            batch = torch.from_numpy(maps[rows[start : start + _SCORING_IMAGES], 0]).to(device)
            results.append(run(batch).cpu().numpy())
    return np.concatenate(results)


def _loss(logits: Tensor, targets: Tensor, task: Task) -> Tensor:
    if task == "multiclass":
        smooth = targets * (1 - _LABEL_SMOOTHING) + _LABEL_SMOOTHING / targets.shape[1]
        return -(logits.log_softmax(dim=1) * smooth).sum(dim=1).mean()
    losses = nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return losses.sum(dim=1).mean()


def _set_rates(optimizer: torch.optim.Optimizer, step: int, steps: int) -> None:
    factor = min(1.0, (step + 1) / _WARM_UP_STEPS) * 0.5 * (1 + math.cos(math.pi * step / steps))
    for group, rate in zip(optimizer.param_groups, (_BODY_RATE, _HEAD_RATE), strict=True):
        group["lr"] = rate * factor


def _save(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, scaler: Any, epoch: int) -> None:
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scaler": scaler.state_dict(),
        "epoch": epoch,
    }
    with atomic_path(path) as temporary:
        torch.save(state, temporary)


def _resume(path: Path | None, model: nn.Module, optimizer: torch.optim.Optimizer, scaler: Any) -> int:
    """Load a checkpoint if there is one; how many epochs it has behind it."""
    if path is None or not path.is_file():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    scaler.load_state_dict(state["scaler"])
    return int(state["epoch"])
