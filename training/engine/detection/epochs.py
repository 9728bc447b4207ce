"""Losses of steps, gathered into epochs for the curve."""

import logging
import math
from collections.abc import Callable

from training.engine.detection.steps import BATCH_IMAGES

logger = logging.getLogger(__name__)


class EpochLosses:
    """Tells the mean loss of each epoch: of the steps after which every image was shown once more.

    `tell` gets the epoch (1 ..), how many there will be, and the loss.
    """

    def __init__(self, steps: int, image_count: int, tell: Callable[[int, int, float], None]) -> None:
        self._image_count = image_count
        self._epochs = max(1, steps * BATCH_IMAGES // image_count)
        self._tell = tell
        self._losses: list[float] = []

    def add(self, step: int, loss: float) -> None:
        """Take the loss of a step (0 ..); a training that is continued begins in the middle of an epoch."""
        if math.isfinite(loss):
            self._losses.append(loss)
        before, now = (done * BATCH_IMAGES // self._image_count for done in (step, step + 1))
        if now > before and self._losses:
            mean = sum(self._losses) / len(self._losses)
            self._losses.clear()
            logger.info("epoch %d of %d: loss %.3f", now, self._epochs, mean)
            self._tell(min(now, self._epochs), self._epochs, mean)
