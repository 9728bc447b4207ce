"""The loss of a training by epoch, as it arrives and as it is kept."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.models import UNFINISHED_STATES, Iteration

WRITE_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class EpochLoss:
    """Mean training loss of one epoch (1 .. `epochs`) of one fine-tuning, the `series`: a fold, or all images."""

    series: str
    epoch: int
    epochs: int
    loss: float


def curve_of(iteration: Iteration) -> list[EpochLoss]:
    """What is known so far, in the order in which it came; empty for a training that tunes no network."""
    return [EpochLoss(**point) for point in iteration.curve]


class CurveWriter:
    """Collects epochs and writes them to the iteration, at most once a second.

    A second attempt begins with what the first has written: an epoch that comes again takes its old place.
    """

    def __init__(self, iteration: Iteration) -> None:
        self._iteration_id = iteration.pk
        self._by_epoch = {(point.series, point.epoch): point for point in curve_of(iteration)}
        self._written_at = float("-inf")

    @property
    def points(self) -> list[dict[str, Any]]:
        """As the iteration keeps them."""
        return [asdict(point) for point in self._by_epoch.values()]

    def add(self, event: Mapping[str, Any]) -> None:
        """Take the engine's `epoch` event."""
        point = EpochLoss(str(event["series"]), int(event["epoch"]), int(event["epochs"]), float(event["loss"]))
        self._by_epoch[point.series, point.epoch] = point
        now = time.monotonic()
        if now - self._written_at >= WRITE_EVERY_SECONDS:
            self._written_at = now
            unfinished = Iteration.objects.filter(pk=self._iteration_id, state__in=UNFINISHED_STATES)
            unfinished.update(curve=self.points)
