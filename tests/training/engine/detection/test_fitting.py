"""Fitting: continued after an interruption as if there had been none, and in smaller parts where memory ends."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from training.engine.detection.anchors import Anchors
from training.engine.detection.fitting import Examples, Fit, Fitted, fit
from training.engine.detection.network import Detector, Target, make_detector
from training.engine.detection.truth import Boxes
from training.engine.recipes import LITE0

SIDE = 64
STEPS = 5
ANCHORS = Anchors(((8.0, 16.0), (24.0, 32.0), (40.0, 56.0)), (0.5, 1.0, 2.0))


class Interrupted(Exception):
    pass


def new_detector() -> Detector:
    torch.manual_seed(1)
    return make_detector(LITE0, None, 2, ANCHORS, SIDE)


def examples() -> Examples:
    random = np.random.default_rng(2)
    pixels = random.integers(0, 255, (3, SIDE, SIDE, 3), dtype=np.uint8)
    boxes = [Boxes(np.array([[0.1, 0.2, 0.6, 0.8]], np.float32), np.array([row % 2])) for row in range(3)]
    return Examples([0, 1, 2], lambda row: pixels[row], boxes, SIDE, SIDE)


def run(
    checkpoint: Path | None, on_step: Callable[[int, float], None], detector: Detector | None = None
) -> tuple[Fitted, list[Tensor]]:
    wanted = Fit("test", STEPS, 3, 1, torch.device("cpu"), checkpoint, steps_between_checkpoints=2)
    fitted = fit(detector or new_detector(), examples(), wanted, on_step)
    return fitted, [weight.detach() for weight in fitted.detector.parameters()]


def test_a_killed_fit_is_continued_to_the_same_weights(tmp_path: Path) -> None:
    _, expected = run(None, lambda step, loss: None)

    def stop(step: int, loss: float) -> None:
        if step == 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        run(tmp_path / "fit.pt", stop)
    steps: list[int] = []
    _, found = run(tmp_path / "fit.pt", lambda step, loss: steps.append(step))
    assert steps == [2, 3, 4]
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


class SmallMemory(Detector):
    """A card that holds two images at once."""

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        if len(images) > 2:
            raise torch.cuda.OutOfMemoryError
        return super().losses(images, targets)


def test_fewer_images_at_once_where_memory_ends() -> None:
    detector = new_detector()
    detector.__class__ = SmallMemory
    losses: list[float] = []
    fitted, _ = run(None, lambda step, loss: losses.append(loss), detector)
    assert fitted.images_at_once == 2
    assert len(losses) == STEPS
    assert np.isfinite(losses).all()
