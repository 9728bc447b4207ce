"""The models that a training may ship, and which of them it does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.engine.calibration import fit_temperature, log_loss, probabilities
from training.engine.folds import Folds
from training.engine.probe import Task, fit_probe
from training.engine.result import CandidateResult, HeldOutResult, Shipped

DEFAULT_THRESHOLD = 0.5
# What replaces the first candidate must lower its log loss by this share, and by this much: a set on which the
# probe is already sure of everything has nothing to gain from a heavier model.
SMALLEST_GAIN_SHARE = 0.01
SMALLEST_GAIN = 0.01


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

    def calibrated_loss(self, targets: NDArray[np.float32]) -> float:
        """Log loss an image of the calibrated probabilities."""
        return log_loss(self._calibrated, targets, self.task)

    def hits(self, targets: NDArray[np.float32]) -> float:
        """Accuracy (multiclass) or mean average precision, 0..1."""
        truth = targets > 0
        if self.task == "multiclass":
            return metrics.accuracy(truth, self.logits)
        return metrics.mean_average_precision(truth, self.logits) or 0.0

    def result(self, truth: NDArray[np.bool_], targets: NDArray[np.float32]) -> CandidateResult:
        """How it does on the held-out images."""
        scores = self.scores
        return CandidateResult(
            accuracy=metrics.accuracy(truth, scores) if self.task == "multiclass" else None,
            average_precision=metrics.mean_average_precision(truth, scores),
            log_loss=self.calibrated_loss(targets),
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


def make_candidate(name: Shipped, logits: NDArray[np.float32], targets: NDArray[np.float32], task: Task) -> Candidate:
    """A candidate with its temperature fitted on its held-out logits."""
    return Candidate(name, logits, fit_temperature(logits, targets, task), task)


def held_out_probe_logits(
    views: NDArray[np.float32], targets: NDArray[np.float32], folds: Folds, task: Task, blocks: int = 1
) -> NDArray[np.float32]:
    """Logits [n, tags] of each image by the probe of the folds that it is not in."""
    logits = np.zeros(targets.shape, dtype=np.float32)
    for fold in range(folds.count):
        held_out = folds.fold == fold
        head = fit_probe(views[~held_out], targets[~held_out], task, blocks)
        logits[held_out] = head.logits(views[held_out, 0])
    return logits


def mean_logits(probe: Candidate, tuned: NDArray[np.float32], tuned_temperature: float) -> NDArray[np.float32]:
    """Logits of the mean of a probe and a fine-tuned model, each by its own temperature."""
    return ((probe.logits / probe.temperature + tuned / tuned_temperature) / 2).astype(np.float32)


def best(candidates: Sequence[Candidate], targets: NDArray[np.float32]) -> Candidate:
    """The candidate of least calibrated log loss; a later one must be clearly better than the first.

    The first is the probe. Log loss, because at a few hundred images accuracy moves by a point or two for no
    reason; but what is less accurate than the probe on the held-out images is not shipped either.
    """
    chosen, least = candidates[0], candidates[0].calibrated_loss(targets)
    floor = candidates[0].hits(targets)
    threshold = least - max(SMALLEST_GAIN, SMALLEST_GAIN_SHARE * least)
    for candidate in candidates[1:]:
        loss = candidate.calibrated_loss(targets)
        if loss < min(threshold, least) and candidate.hits(targets) >= floor:
            chosen, least = candidate, loss
    return chosen
