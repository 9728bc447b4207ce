"""Which model ships: by held-out log loss, and never less accurate than the probe."""

import numpy as np
import pytest

from training.engine.candidates import Candidate, best, held_out_probe_logits, make_candidate, mean_logits
from training.engine.folds import make_folds

TARGETS = np.repeat(np.eye(2, dtype=np.float32), 10, axis=0)


def candidate(name: str, sureness: float, wrong: int = 0) -> Candidate:
    logits = (TARGETS * sureness).astype(np.float32)
    logits[:wrong] = logits[:wrong, ::-1]
    return Candidate(name, logits, 1.0, "multiclass")  # type: ignore[arg-type]


def test_the_surer_of_two_right_models_ships() -> None:
    assert best([candidate("probe", 1), candidate("fine-tuned", 3), candidate("mean", 2)], TARGETS).name == "fine-tuned"


def test_a_gain_below_one_percent_keeps_the_probe() -> None:
    assert best([candidate("probe", 1), candidate("fine-tuned", 1.005)], TARGETS).name == "probe"


def test_a_set_without_doubt_has_nothing_to_gain() -> None:
    assert best([candidate("probe", 7), candidate("fine-tuned", 9)], TARGETS).name == "probe"


def test_a_less_accurate_model_does_not_ship_for_its_log_loss() -> None:
    surer = candidate("fine-tuned", 1.5, wrong=1)
    probe = candidate("probe", 0.2)
    assert surer.calibrated_loss(TARGETS) < probe.calibrated_loss(TARGETS)
    assert best([probe, surer], TARGETS).name == "probe"


def test_the_mean_of_two_calibrated_models() -> None:
    probe = Candidate("probe", np.array([[2.0, 0.0]], np.float32), 2.0, "multiclass")
    assert mean_logits(probe, np.array([[0.0, 3.0]], np.float32), 1.5).tolist() == [[0.5, 1.0]]


def test_held_out_figures() -> None:
    result = candidate("probe", 4, wrong=5).held_out(TARGETS > 0)
    assert (result.accuracy, result.precision, result.recall) == (0.75, 0.75, 0.75)
    assert result.calibration_error == pytest.approx(1 / (1 + np.exp(-4)) - 0.75, abs=1e-6)


def test_multilabel_has_no_accuracy() -> None:
    scores = make_candidate("probe", TARGETS * 2 - 1, TARGETS, "multilabel")
    assert scores.held_out(TARGETS > 0).accuracy is None
    assert scores.result(TARGETS > 0, TARGETS).average_precision == 1.0


def test_no_image_is_scored_by_a_model_that_saw_it() -> None:
    # One-hot features: a model that has not seen an image knows nothing of it, one that has knows all.
    views = np.eye(20, dtype=np.float32)[:, None]
    targets = TARGETS[np.random.default_rng(0).permutation(20)]
    folds = make_folds(targets > 0, np.arange(20), seed=0)
    logits = held_out_probe_logits(views, targets, folds, "multiclass")
    for fold in range(folds.count):
        held_out = logits[folds.fold == fold]
        assert held_out == pytest.approx(np.tile(held_out[0], (len(held_out), 1)), abs=1e-5)
