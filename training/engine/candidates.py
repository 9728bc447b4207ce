"""The models that a training may ship, and which of them it does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.engine.calibration import fit_temperature, log_loss, probabilities
from training.engine.folds import Folds
from training.engine.probe import Task, fit_probe
from training.engine.result import CandidateResult, HeldOutResult, Shipped

DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True)
class Candidate:
    """Held-out `logits` [n, tags], uncalibrated, and the temperature that calibrates them."""

    name: Shipped
    logits: NDArray[np.float32]
    temperature: float
    task: Task

    @property
    def scores(self) -> NDArray[np.float32]:
        """Calibrated held-out probabilities [n, tags]."""
        return probabilities(self._calibrated, self.task)

    @property
    def _calibrated(self) -> NDArray[np.float32]:
        return (self.logits / self.temperature).astype(np.float32)

    def result(self, truth: NDArray[np.bool_], targets: NDArray[np.float32]) -> CandidateResult:
        """How it does on the held-out images."""
        scores = self.scores
        return CandidateResult(
            accuracy=metrics.accuracy(truth, scores) if self.task == "multiclass" else None,
            average_precision=metrics.mean_average_precision(truth, scores),
            log_loss=log_loss(self._calibrated, targets, self.task),
            images=len(truth),
        )

    def held_out(self, truth: NDArray[np.bool_]) -> HeldOutResult:
        """Figures at threshold 0.5."""
        scores = self.scores
        figures = metrics.figures(truth, scores, DEFAULT_THRESHOLD)
        is_multiclass = self.task == "multiclass"
        return HeldOutResult(
            precision=figures.precision,
            recall=figures.recall,
            average_precision=figures.average_precision,
            accuracy=metrics.accuracy(truth, scores) if is_multiclass else None,
            calibration_error=metrics.calibration_error(truth, scores, multiclass=is_multiclass),
        )


def make_candidate(
    name: Shipped, logits: NDArray[np.float32], targets: NDArray[np.float32], task: Task
) -> Candidate:
    """A candidate with its temperature fitted on its held-out logits."""
    return Candidate(name, logits, fit_temperature(logits, targets, task), task)


def held_out_probe_logits(
    views: NDArray[np.float32], targets: NDArray[np.float32], folds: Folds, task: Task
) -> NDArray[np.float32]:
    """Logits [n, tags] of each image by the probe of the folds that it is not in."""
    logits = np.zeros(targets.shape, dtype=np.float32)
    for fold in range(folds.count):
        held_out = folds.fold == fold
        head = fit_probe(views[~held_out], targets[~held_out], task)
        logits[held_out] = head.logits(views[held_out, 0])
    return logits
