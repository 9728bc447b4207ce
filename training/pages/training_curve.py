"""The loss curve of a training, as SVG attributes take it."""

from dataclasses import dataclass
from itertools import groupby

from training.curve import EpochLoss

WIDTH, HEIGHT = 320, 96


@dataclass(frozen=True)
class CurveDrawing:
    """One path for each fine-tuning, the newest apart, in a box of 320 by 96; `last` is its newest epoch."""

    older: tuple[str, ...]
    newest: str
    last: EpochLoss
    x: str
    y: str
    highest: float


def draw_curve(points: list[EpochLoss]) -> CurveDrawing | None:
    """Loss over epochs, from zero to the highest; None before the first epoch."""
    if not points:
        return None
    highest = max(point.loss for point in points) or 1.0
    series = [list(one) for _, one in groupby(points, key=lambda point: point.series)]
    paths = ["M" + "L".join(" ".join(_place(point, highest)) for point in one) for one in series]
    last = points[-1]
    return CurveDrawing(tuple(paths[:-1]), paths[-1], last, *_place(last, highest), highest)


def _place(point: EpochLoss, highest: float) -> tuple[str, str]:
    across = (point.epoch - 1) / max(point.epochs - 1, 1)
    return f"{across * WIDTH:.1f}", f"{(1 - point.loss / highest) * HEIGHT:.1f}"
