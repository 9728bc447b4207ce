"""Fine-tuning judged on held-out folds, inside a budget, and ended early where it does not help."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from training.engine.backbones import load_backbone
from training.engine.candidates import Candidate, make_candidate, mean_logits
from training.engine.checkpoints import Checkpoints
from training.engine.finetuning import BATCH_IMAGES, Diverged, Setting, Tuned, fine_tune, tuned_logits
from training.engine.maps import Maps, TooManyImages, frozen_maps, map_shape
from training.engine.preparation import Prepared
from training.engine.probe import Head, fit_probe
from training.engine.progress import Progress

logger = logging.getLogger(__name__)

EPOCHS = 8
FEWEST_EPOCHS = 3
# Folds after which fine-tuning that improved nothing is given up.
FOLDS_BEFORE_VERDICT = 2
_TIMED_STEPS = 4
# Eight views through the trunk take about this many times as long as reading and extracting an image did.
_VIEWS_PER_READING = 2.5
# Share of what is left of the budget that the plan may fill; machines slow down under others' load.
_PLANNED_SHARE = 0.8


@dataclass(frozen=True)
class Outcome:
    """What fine-tuning came to.

    `candidates`: "fine-tuned" and "mean" over all held-out images; empty where it ended early. `final`: a model
    tuned on all images, None likewise. `judged` are the candidates on the folds done, for the record. `epochs` are
    those of each fine-tuning; 0 where the clock or the memory ended it, which the same labels do not repeat.
    """

    candidates: tuple[Candidate, ...]
    judged: tuple[Candidate, ...]
    judged_rows: NDArray[np.intp]
    final: Callable[[], Tuned] | None
    stopped_by: str
    epochs: int


class _BudgetSpent(Exception):
    pass


class _Clock:
    """Seconds against a budget, those of earlier attempts included."""

    def __init__(self, started: float, budget_seconds: int | None, spent_before: float) -> None:
        self._started = started - spent_before
        self.budget_seconds = budget_seconds

    def spent(self) -> float:
        return time.monotonic() - self._started

    def left(self) -> float:
        return float("inf") if self.budget_seconds is None else self.budget_seconds - self.spent()


class HeldOutTuning:
    """Fine-tunes once a fold, and once on all images if that is worth it."""

    def __init__(
        self,
        prepared: Prepared,
        probe: Candidate,
        targets: NDArray[np.float32],
        device: torch.device,
        checkpoints: Checkpoints,
        progress: Progress,
        started: float,
    ) -> None:
        plan = prepared.plan
        self._prepared = prepared
        self._probe = probe
        self._targets = targets
        self._checkpoints = checkpoints
        self._progress = progress
        self._setting = Setting(
            load_backbone(plan.backbone, plan.weights.path), plan.pooling, plan.task, device, EPOCHS, plan.job.seed
        )
        saved = checkpoints.load_schedule()
        settled = plan.job.settled
        budget_seconds = plan.job.budget_seconds if settled is None else None
        self._clock = _Clock(started, budget_seconds, saved[1] if saved else 0.0)
        self._epochs = settled.epochs if settled is not None else saved[0] if saved else None
        self._total_images = 0
        self._images_done = 0
        self._tuning_started = 0.0

    def run(self) -> Outcome:
        """Judge fine-tuning fold by fold. The clock ends it between steps; nothing of it is then shipped."""
        rows_of = [np.flatnonzero(self._prepared.folds.fold == fold) for fold in range(self._prepared.folds.count)]
        logits = np.zeros_like(self._targets)
        judged = np.zeros(0, dtype=np.intp)

        def ended(reason: str, epochs: int = 0) -> Outcome:
            return Outcome((), self._candidates(logits, judged), judged, None, reason, epochs)

        try:
            if not self._settle_epochs():
                return ended("the budget is too small to fine-tune; only the last layer was trained")
            maps = self._maps()
            self._tuning_started = time.monotonic()
            for fold, held_out in enumerate(rows_of):
                logits[held_out] = self._fold(maps, fold, held_out)
                judged = np.sort(np.concatenate([judged, held_out]))
                self._checkpoints.save_schedule(self._setting.epochs, self._clock.spent())
                if fold + 1 == FOLDS_BEFORE_VERDICT and not self._helps(logits, judged):
                    words = f"fine-tuning improved nothing on {FOLDS_BEFORE_VERDICT} folds of {len(rows_of)}"
                    return ended(words, self._setting.epochs)
        except TooManyImages:
            return ended("there are too many images to fine-tune on this machine; only the last layer was trained")
        except _BudgetSpent:
            return ended("the budget was spent before fine-tuning could be judged on all folds")
        except Diverged:
            return ended("fine-tuning diverged; only the last layer was trained", self._setting.epochs)
        candidates = self._candidates(logits, judged)
        return Outcome(candidates, candidates, judged, lambda: self._final(maps), "finished", self._setting.epochs)

    def _maps(self) -> Maps:
        count = len(self._prepared.images)
        started = time.monotonic()

        def tell(done: int) -> None:
            if self._clock.left() <= 0:
                raise _BudgetSpent
            seconds_left = (time.monotonic() - started) / done * (count - done)
            self._progress.tell("Making views", 20 + 10 * done / count, seconds_left)

        return frozen_maps(self._prepared, self._setting.network, self._setting.device, self._checkpoints.maps(), tell)

    def _settle_epochs(self) -> bool:
        """Turn the budget into a number of epochs, once a job; False where too few would fit."""
        count = len(self._prepared.images)
        images_an_epoch = count * self._prepared.folds.count  # every fold trains on the others, and then all at once
        if self._epochs is None:
            self._epochs = EPOCHS
            if self._clock.budget_seconds is not None:
                seconds_an_epoch = self._seconds_an_image() * images_an_epoch
                making_views = _VIEWS_PER_READING * count / self._prepared.images_per_second
                affordable = int((self._clock.left() * _PLANNED_SHARE - making_views) / seconds_an_epoch)
                logger.info("fine-tuning: %.1f s an epoch of all folds, %d affordable", seconds_an_epoch, affordable)
                if affordable < FEWEST_EPOCHS:
                    return False
                self._epochs = min(EPOCHS, affordable)
            self._checkpoints.save_schedule(self._epochs, self._clock.spent())
        self._setting = replace(self._setting, epochs=self._epochs)
        self._total_images = images_an_epoch * self._epochs
        return True

    def _seconds_an_image(self) -> float:
        """Seconds that one image takes in one epoch, timed on noise of the right shape."""
        size, tags = self._prepared.plan.size, self._targets.shape[1]
        count = BATCH_IMAGES * _TIMED_STEPS
        noise = np.random.default_rng(0)
        maps = noise.random((count, 2, *map_shape(self._setting.network, size)), dtype=np.float32)
        targets = np.full((count, tags), 1 / tags, dtype=np.float32)
        features = self._prepared.features.views.shape[2]
        head = Head(np.zeros((features, tags), np.float32), np.zeros(tags, np.float32))
        moments: list[float] = []
        fine_tune(
            replace(self._setting, epochs=1),
            head,
            maps,
            np.arange(count, dtype=np.intp),
            targets,
            None,
            lambda _: moments.append(time.monotonic()),
        )
        return float(np.median(np.diff(moments))) / BATCH_IMAGES

    def _fold(self, maps: Maps, fold: int, held_out: NDArray[np.intp]) -> NDArray[np.float32]:
        rows = np.setdiff1d(np.arange(len(self._prepared.images), dtype=np.intp), held_out)
        done = self._checkpoints.load_fold(fold)
        if done is not None:
            self._images_done += len(rows) * self._setting.epochs
            return done
        stage = f"Fine-tuning, fold {fold + 1} of {self._prepared.folds.count}"
        path = self._checkpoints.training(f"fold-{fold}")
        tuned = fine_tune(
            self._setting,
            self._head(rows),
            maps,
            rows,
            self._targets,
            path,
            self._teller(stage, must_end=True),
            self._epoch_teller(f"Fold {fold + 1} of {self._prepared.folds.count}"),
        )
        logits = tuned_logits(self._setting, tuned, maps, held_out)
        self._checkpoints.save_fold(fold, logits)
        return logits

    def _final(self, maps: Maps) -> Tuned:
        rows = np.arange(len(self._prepared.images), dtype=np.intp)
        tell = self._teller("Fine-tuning on all images", must_end=False)
        tell_epoch = self._epoch_teller("All images")
        path = self._checkpoints.training("final")
        return fine_tune(self._setting, self._head(rows), maps, rows, self._targets, path, tell, tell_epoch)

    def _head(self, rows: NDArray[np.intp]) -> Head:
        views = self._prepared.features.views
        return fit_probe(views[rows], self._targets[rows], self._probe.task, self._prepared.plan.blocks)

    def _teller(self, stage: str, *, must_end: bool) -> Callable[[int], None]:
        started_at = self._images_done

        def on_step(images: int) -> None:
            if must_end and self._clock.left() <= 0:
                raise _BudgetSpent
            self._images_done += images
            seen = self._images_done - started_at
            seconds_left = None
            if seen and self._images_done:
                speed = self._images_done / max(time.monotonic() - self._tuning_started, 1e-6)
                seconds_left = (self._total_images - self._images_done) / speed
            self._progress.tell(stage, 30 + 60 * self._images_done / self._total_images, seconds_left)

        return on_step

    def _epoch_teller(self, series: str) -> Callable[[int, float], None]:
        return lambda epoch, loss: self._progress.epoch(series, epoch, self._setting.epochs, loss)

    def _candidates(self, logits: NDArray[np.float32], rows: NDArray[np.intp]) -> tuple[Candidate, ...]:
        if len(rows) == 0:
            return ()
        task, targets = self._probe.task, self._targets[rows]
        tuned = make_candidate("fine-tuned", logits[rows], targets, task)
        probe = Candidate("probe", self._probe.logits[rows], self._probe.temperature, task)
        mean = make_candidate("mean", mean_logits(probe, tuned.logits, tuned.temperature), targets, task)
        return tuned, mean

    def _helps(self, logits: NDArray[np.float32], rows: NDArray[np.intp]) -> bool:
        targets = self._targets[rows]
        probe = Candidate("probe", self._probe.logits[rows], self._probe.temperature, self._probe.task)
        least = min(candidate.calibrated_loss(targets) for candidate in self._candidates(logits, rows))
        return least < probe.calibrated_loss(targets)
