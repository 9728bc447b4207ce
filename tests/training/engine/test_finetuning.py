"""Fine-tuning of a tiny network: learns, repeats itself, goes on after an interruption."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from training.engine.finetuning import Setting, Tuned, fine_tune, tuned_logits
from training.engine.probe import Head


class TinyNetwork(nn.Module):
    """Four channels out of maps of two."""

    feature_channels = 4

    def __init__(self) -> None:
        super().__init__()
        self.trunk: nn.Module = nn.Identity()
        self.upper: nn.Module = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())

    def normalize(self, images: Tensor) -> Tensor:
        return images


@pytest.fixture
def setting() -> Setting:
    torch.manual_seed(0)
    return Setting(TinyNetwork().eval(), "mean", "multiclass", torch.device("cpu"), epochs=3, seed=5)


def data() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    targets = np.repeat(np.eye(2, dtype=np.float32), 20, axis=0)
    maps = random.normal(size=(40, 3, 2, 6, 6)).astype(np.float32)
    maps[:, :, 0] += targets[:, 0, None, None, None]
    return maps, targets


HEAD = Head(np.zeros((4, 2), np.float32), np.zeros(2, np.float32))
ROWS = np.arange(40, dtype=np.intp)


def state(tuned: Tuned) -> list[bytes]:
    return [tensor.numpy().tobytes() for tensor in tuned.upper.state_dict().values()] + [tuned.head.weights.tobytes()]


def test_the_loss_falls(setting: Setting) -> None:
    maps, targets = data()
    tuned = fine_tune(setting, HEAD, maps, ROWS, targets, None, lambda _: None)
    logits = tuned_logits(setting, tuned, maps, ROWS)
    right = logits[np.arange(40), targets.argmax(axis=1)]
    assert (right - logits.mean(axis=1)).mean() > 0


def test_it_starts_from_the_probe(setting: Setting) -> None:
    maps, targets = data()
    head = Head(np.random.default_rng(1).normal(size=(4, 2)).astype(np.float32), np.array([0.3, -0.3], np.float32))
    untouched = Setting(setting.network, "mean", "multiclass", setting.device, epochs=0, seed=5)
    tuned = fine_tune(untouched, head, maps, ROWS, targets, None, lambda _: None)
    assert tuned.head.weights == pytest.approx(head.weights, abs=1e-5)
    assert tuned.head.biases == pytest.approx(head.biases, abs=1e-5)


def test_same_seed_same_weights(setting: Setting) -> None:
    maps, targets = data()
    first, again = (state(fine_tune(setting, HEAD, maps, ROWS, targets, None, lambda _: None)) for _ in range(2))
    assert first == again


def test_the_network_it_started_from_stays_as_it_was(setting: Setting) -> None:
    maps, targets = data()
    before = [tensor.clone() for tensor in setting.network.upper.state_dict().values()]
    fine_tune(setting, HEAD, maps, ROWS, targets, None, lambda _: None)
    for old, new in zip(before, setting.network.upper.state_dict().values(), strict=True):
        assert torch.equal(old, new)


def test_interrupted_and_continued_is_as_if_never_interrupted(setting: Setting, tmp_path: Path) -> None:
    maps, targets = data()
    whole = fine_tune(setting, HEAD, maps, ROWS, targets, None, lambda _: None)

    class Killed(Exception):
        pass

    steps = 0

    def on_step(_: int) -> None:
        nonlocal steps
        steps += 1
        if steps == 5:  # in the second epoch of three steps each
            raise Killed

    checkpoint = tmp_path / "fold-0.pt"
    with pytest.raises(Killed):
        fine_tune(setting, HEAD, maps, ROWS, targets, checkpoint, on_step)
    continued_steps: list[int] = []
    continued = fine_tune(setting, HEAD, maps, ROWS, targets, checkpoint, continued_steps.append)
    assert len(continued_steps) == 6
    assert state(continued) == state(whole)
