"""Training one detector for a fixed number of steps, continued after an interruption."""

import copy
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from training.engine.cache import atomic_path
from training.engine.detection.frozen import quick_maps
from training.engine.detection.network import Detector, LiteBody, Target
from training.engine.detection.steps import BATCH_IMAGES
from training.engine.detection.truth import Boxes
from training.engine.detection.views import View, random_view
from training.engine.errors import TrainingError
from training.engine.images import Pixels

logger = logging.getLogger(__name__)

_BODY_RATE = 1e-4
_NEW_RATE = 1.5e-3
_WEIGHT_DECAY = 0.05
_WARM_UP_STEPS = 20
_LARGEST_GRADIENT = 10.0
_AVERAGE_DECAY = 0.95
_BATCHES_AHEAD = 3
# Losses in a row that are no number before the training is given up.
_MOST_LOST_STEPS = 10

# Pixels uint8 [R, R, 3] of an image by its row.
Source = Callable[[int], Pixels]


@dataclass(frozen=True)
class Examples:
    """What is trained on: `rows` of the job's images, their pixels and boxes; sizes in pixels."""

    rows: Sequence[int]
    source: Source
    boxes: Sequence[Boxes]
    input_size: int
    window: int


@dataclass(frozen=True)
class Fit:
    """How long and from which seed; `name` tells the fits of a job apart."""

    name: str
    steps: int
    seed: int
    threads: int
    device: torch.device
    checkpoint: Path | None
    steps_between_checkpoints: int


@dataclass(frozen=True)
class Fitted:
    """The averaged detector, on the CPU, and images a step as they fitted into memory."""

    detector: Detector
    images_at_once: int


def fit(detector: Detector, examples: Examples, wanted: Fit, on_step: Callable[[int, float], None]) -> Fitted:
    """Train `detector` in place. `on_step` gets the step and its loss, and ends the work by raising.

    Raises TrainingError where the losses are no numbers, or where a single image does not fit into memory.
    """
    fitting = _Fitting(detector, examples, wanted)
    with ThreadPoolExecutor(max(1, wanted.threads), thread_name_prefix="views") as pool:
        waiting: deque[list[Future[View]]] = deque()
        for step in range(fitting.first_step, wanted.steps):
            while len(waiting) < _BATCHES_AHEAD and step + len(waiting) < wanted.steps:
                waiting.append(fitting.submit(pool, step + len(waiting)))
            on_step(step, fitting.step(step, [future.result() for future in waiting.popleft()]))
            is_due = (step + 1) % wanted.steps_between_checkpoints == 0 and step + 1 < wanted.steps
            if wanted.checkpoint is not None and is_due:
                fitting.save(wanted.checkpoint, step + 1)
    return Fitted(fitting.averaged(), fitting.images_at_once)


class _Fitting:
    def __init__(self, detector: Detector, examples: Examples, wanted: Fit) -> None:
        self._examples = examples
        self._wanted = wanted
        self._detector = detector.to(wanted.device).to(memory_format=torch.channels_last)
        self._body = detector.pyramid.body
        if isinstance(self._body, LiteBody) and wanted.device.type == "cpu":
            self._body.quick_first = quick_maps(self._body.first_maps(), examples.window, wanted.threads)
        body, new = detector.trained_parameters()
        self._trained = [*body, *new]
        self._optimizer = torch.optim.AdamW(
            [{"params": body, "lr": _BODY_RATE}, {"params": new, "lr": _NEW_RATE}], weight_decay=_WEIGHT_DECAY
        )
        self._average = [weight.detach().clone() for weight in self._trained]
        self.images_at_once = BATCH_IMAGES
        self._lost_steps = 0
        self.first_step = self._resume()

    def submit(self, pool: ThreadPoolExecutor, step: int) -> list["Future[View]"]:
        """Start making the views of a step: which images and how follows from seed and step alone."""
        rows, examples = self._examples.rows, self._examples
        count = len(rows)
        futures = []
        for place in range(step * BATCH_IMAGES, (step + 1) * BATCH_IMAGES):
            order = np.random.default_rng([self._wanted.seed, place // count, 1]).permutation(count)
            row = rows[order[place % count]]
            random = np.random.default_rng([self._wanted.seed, place, 2])
            futures.append(pool.submit(_view, examples, row, random))
        return futures

    def step(self, step: int, views: list[View]) -> float:
        """One step over the views; fewer at once where memory ends, to the same gradient. The loss."""
        self._set_rates(step)
        while True:
            try:
                loss = self._gradient(step, views)
                break
            except torch.cuda.OutOfMemoryError:
                if self.images_at_once == 1:
                    raise TrainingError(
                        "The graphics card has too little memory for a single image of this training.",
                        "Free its memory, choose the General domain, or train on a CPU.",
                    ) from None
                self.images_at_once //= 2
                self._optimizer.zero_grad(set_to_none=True)
                torch.cuda.empty_cache()
                logger.warning("out of GPU memory: %d images at once from here on", self.images_at_once)
        if not math.isfinite(loss):
            self._lost_steps += 1
            if self._lost_steps >= _MOST_LOST_STEPS:
                raise TrainingError(
                    "The training diverged: its loss is not a number.", "Train again; look for wrong boxes first."
                )
            return loss
        self._lost_steps = 0
        torch.nn.utils.clip_grad_norm_(self._trained, _LARGEST_GRADIENT)
        self._optimizer.step()
        decay = min(_AVERAGE_DECAY, (step + 1) / (step + 10))
        with torch.no_grad():
            for average, weight in zip(self._average, self._trained, strict=True):
                average.lerp_(weight, 1 - decay)
        return loss

    def _gradient(self, step: int, views: list[View]) -> float:
        # torchvision draws its samples of proposals from torch's own generator.
        torch.manual_seed((self._wanted.seed * 1_000_003 + step) % (1 << 31))
        self._optimizer.zero_grad(set_to_none=True)
        total = 0.0
        window = self._examples.window
        for start in range(0, len(views), self.images_at_once):
            part = views[start : start + self.images_at_once]
            stacked = np.stack([view.pixels for view in part]).transpose(0, 3, 1, 2)
            images = torch.from_numpy(np.ascontiguousarray(stacked)).to(self._wanted.device).float().div_(255)
            images = images.contiguous(memory_format=torch.channels_last)
            targets = [self._target(view, window) for view in part]
            losses = self._detector.losses(images, targets)
            loss: Tensor = torch.stack(list(losses.values())).sum() * (len(part) / len(views))
            total += loss.item()
            loss.backward()  # type: ignore[no-untyped-call]
        return total

    def _target(self, view: View, window: int) -> Target:
        corners = torch.from_numpy(view.boxes.corners * np.float32(window))
        return Target(corners.to(self._wanted.device), torch.from_numpy(view.boxes.tags).to(self._wanted.device))

    def _set_rates(self, step: int) -> None:
        factor = min(1.0, (step + 1) / _WARM_UP_STEPS) * 0.5 * (1 + math.cos(math.pi * step / self._wanted.steps))
        for group, rate in zip(self._optimizer.param_groups, (_BODY_RATE, _NEW_RATE), strict=True):
            group["lr"] = rate * factor

    def averaged(self) -> Detector:
        """The detector with the moving average of its weights."""
        if isinstance(self._body, LiteBody):
            self._body.quick_first = None
        with torch.no_grad():
            for weight, average in zip(self._trained, self._average, strict=True):
                weight.copy_(average)
        return self._detector.to("cpu").to(memory_format=torch.contiguous_format).eval()

    def save(self, path: Path, steps_done: int) -> None:
        """Write the state whole or not at all."""
        state: dict[str, Any] = {
            "weights": [weight.detach().cpu() for weight in self._trained],
            "average": [weight.cpu() for weight in self._average],
            "optimizer": self._optimizer.state_dict(),
            "images_at_once": self.images_at_once,
            "steps_done": steps_done,
        }
        with atomic_path(path) as temporary:
            torch.save(state, temporary)

    def _resume(self) -> int:
        path = self._wanted.checkpoint
        if path is None or not path.is_file():
            return 0
        state = torch.load(path, map_location="cpu", weights_only=True)
        with torch.no_grad():
            for weight, average, saved, saved_average in zip(
                self._trained, self._average, state["weights"], state["average"], strict=True
            ):
                weight.copy_(saved)
                average.copy_(saved_average)
        self._optimizer.load_state_dict(state["optimizer"])
        self.images_at_once = int(state["images_at_once"])
        return int(state["steps_done"])


def _view(examples: Examples, row: int, random: np.random.Generator) -> View:
    return random_view(examples.source(row), examples.boxes[row], examples.input_size, examples.window, random)


def seconds_a_step(detector: Detector, examples: Examples, threads: int, device: torch.device) -> float:
    """What a step takes here, timed on a copy that is thrown away."""
    moments: list[float] = []
    wanted = Fit("timing", 5, 0, threads, device, None, 100)
    fit(copy.deepcopy(detector), examples, wanted, lambda _step, _loss: moments.append(time.monotonic()))
    return float(np.median(np.diff(moments)))
