"""The linear head: at the minimum of its loss, on targets that mean what the tags mean."""

import numpy as np
import pytest

from training.engine import lbfgs
from training.engine.probe import Head, fit_probe, soft_targets


def test_lbfgs_finds_the_minimum_of_a_quadratic() -> None:
    scales = np.array([1.0, 10.0, 100.0])
    target = np.array([3.0, -2.0, 0.5])

    def function(point: np.ndarray) -> tuple[float, np.ndarray]:
        return float(scales @ (point - target) ** 2) / 2, scales * (point - target)

    found = lbfgs.minimize(function, np.zeros(3), iterations=100, tolerance=1e-9)
    assert found == pytest.approx(target, abs=1e-8)


def test_lbfgs_stays_where_there_is_nothing_to_gain() -> None:
    found = lbfgs.minimize(lambda point: (0.0, np.zeros(2)), np.ones(2), iterations=5)
    assert found.tolist() == [1.0, 1.0]


def test_multiclass_spreads_over_an_images_tags() -> None:
    truth = np.array([[1, 0, 0], [1, 0, 1]], dtype=bool)
    assert soft_targets(truth, "multiclass").tolist() == [[1, 0, 0], [0.5, 0, 0.5]]


def test_a_negative_image_has_no_other_target() -> None:
    truth = np.array([[1, 1, 0], [0, 0, 1]], dtype=bool)
    assert soft_targets(truth, "multilabel", negative=2).tolist() == [[1, 1, 0], [0, 0, 1]]
    assert soft_targets(truth, "multiclass", negative=2).tolist() == [[0.5, 0.5, 0], [0, 0, 1]]


@pytest.mark.parametrize("blocks", [1, 2])
def test_the_head_separates_what_can_be_separated(blocks: int) -> None:
    random = np.random.default_rng(0)
    truth = np.repeat(np.eye(3, dtype=bool), 20, axis=0)
    features = (random.normal(size=(60, 8)) + 4 * truth @ random.normal(size=(3, 8))).astype(np.float32)
    features[:, 4:] *= 50  # the second block has another scale, as maxima have beside means
    head = fit_probe(features[:, None], soft_targets(truth, "multiclass"), "multiclass", blocks)
    assert head.weights.shape == (8, 3)
    assert (head.logits(features).argmax(axis=1) == truth.argmax(axis=1)).mean() > 0.95


def test_multilabel_outputs_are_independent() -> None:
    random = np.random.default_rng(1)
    features = random.normal(size=(200, 2)).astype(np.float32)
    truth = features > 0
    head = fit_probe(features[:, None], soft_targets(truth, "multilabel"), "multilabel")
    assert ((head.logits(features) > 0) == truth).mean() > 0.95


def test_a_tag_without_images_is_improbable_and_finite() -> None:
    features = np.random.default_rng(2).normal(size=(10, 4)).astype(np.float32)
    targets = np.zeros((10, 3), dtype=np.float32)
    targets[:5, 0] = targets[5:, 1] = 1
    logits = fit_probe(features[:, None], targets, "multiclass").logits(features)
    assert np.isfinite(logits).all()
    assert (logits[:, 2] < logits.max(axis=1)).all()


def test_identical_images_do_not_divide_by_zero() -> None:
    features = np.ones((10, 1, 4), dtype=np.float32)
    targets = np.repeat(np.eye(2, dtype=np.float32), 5, axis=0)
    assert np.isfinite(fit_probe(features, targets, "multiclass").weights).all()


def test_scaling_a_head_scales_its_logits() -> None:
    head = Head(np.array([[2.0]], dtype=np.float32), np.array([4.0], dtype=np.float32))
    assert head.scaled(0.5).logits(np.array([[3.0]], dtype=np.float32)).tolist() == [[5.0]]
