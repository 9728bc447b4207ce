"""Temperature: found, shrunk where images are few, kept in bounds."""

import numpy as np
import pytest

from training.engine.calibration import fit_temperature, log_loss, probabilities


def overconfident(images: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits of a two-tag model that promises 88 % and is right in 73 %: a temperature of 2 mends it."""
    right = np.arange(images) % 1000 < 731
    targets = np.zeros((images, 2), dtype=np.float32)
    targets[right, 0] = targets[~right, 1] = 1
    return np.tile(np.array([[2.0, 0.0]], dtype=np.float32), (images, 1)), targets


def test_probabilities() -> None:
    logits = np.array([[0.0, np.log(3.0)]], dtype=np.float32)
    assert probabilities(logits, "multiclass")[0] == pytest.approx([0.25, 0.75])
    assert probabilities(logits, "multilabel")[0] == pytest.approx([0.5, 0.75])
    extreme = probabilities(np.array([[-1e4, 1e4]], dtype=np.float32), "multilabel")
    assert extreme[0] == pytest.approx([0.0, 1.0])


def test_log_loss() -> None:
    logits = np.array([[0.0, np.log(3.0)]], dtype=np.float32)
    targets = np.array([[0.0, 1.0]], dtype=np.float32)
    assert log_loss(logits, targets, "multiclass") == pytest.approx(-np.log(0.75))
    assert log_loss(logits, targets, "multilabel") == pytest.approx(-np.log(0.5) - np.log(0.75))


def test_temperature_is_bounded() -> None:
    assert fit_temperature(*overconfident(50_000), "multiclass") == 1.6


def test_few_images_move_it_little() -> None:
    logits, targets = overconfident(1000)
    few = fit_temperature(logits[::100], targets[::100], "multiclass")
    assert 1.0 < few < 1.2


def test_no_images_leave_it() -> None:
    assert fit_temperature(np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32), "multiclass") == 1.0
