"""Numbers of the Performance page's drawings, as SVG attributes take them."""

from dataclasses import dataclass
from typing import Any

from training.detection_report import OverlapFigures
from training.report_parts import Measure
from training.threshold_table import ThresholdTable

RING_RADIUS = 40
CURVE_SIDE = 200
BAR_HEIGHT = 32


@dataclass(frozen=True)
class Ring:
    """Arc of the value and of its interval, of 100 units around."""

    value: str
    interval_start: str
    interval_length: str


def ring(measure: Measure) -> Ring:
    """The ring of a figure; empty without a value."""
    value = (measure.value or 0) * 100
    low, high = measure.interval or (0.0, 0.0)
    return Ring(f"{value:.2f}", f"{-low * 100:.2f}", f"{(high - low) * 100:.2f}")


@dataclass(frozen=True)
class Curve:
    """Precision over recall, all tags pooled, as a path in a square of 200."""

    path: str
    points: list[tuple[int, float, float]]  # threshold in percent, recall, precision


def curve_path(table: ThresholdTable) -> Curve:
    """A point for each threshold at which anything is predicted."""
    points = []
    for percent, (right, false, missed) in enumerate(
        zip(table.true_positives, table.false_positives, table.false_negatives, strict=True)
    ):
        predicted, carried = sum(right) + sum(false), sum(right) + sum(missed)
        if predicted and carried:
            points.append((percent, sum(right) / carried, sum(right) / predicted))
    steps = [f"{recall * CURVE_SIDE:.1f} {(1 - precision) * CURVE_SIDE:.1f}" for _, recall, precision in points]
    return Curve("M" + "L".join(steps) if steps else "", points)


@dataclass(frozen=True)
class Bar:
    """One bin of the scores: heights of right and wrong, of 32."""

    x: int
    right: float
    wrong: float

    @property
    def right_top(self) -> float:
        return BAR_HEIGHT - self.right

    @property
    def wrong_top(self) -> float:
        return BAR_HEIGHT - self.wrong


def histogram_bars(table: ThresholdTable) -> list[Bar]:
    """Bars 4 wide; right and wrong scores each against their own largest, so that the few are seen beside the many."""
    most_right, most_wrong = max(table.right_scores, default=0) or 1, max(table.wrong_scores, default=0) or 1
    return [
        Bar(
            4 * index,
            round(BAR_HEIGHT * (right / most_right) ** 0.5, 1),
            round(BAR_HEIGHT * (wrong / most_wrong) ** 0.5, 1),
        )
        for index, (right, wrong) in enumerate(zip(table.right_scores, table.wrong_scores, strict=True))
    ]


def overlap_record(figures: OverlapFigures) -> dict[str, Any]:
    """`OverlapFigures` of static/src/performance/overlap.ts."""
    return {
        **figures.table.as_json(),
        "bars": [[bar.right, bar.wrong] for bar in histogram_bars(figures.table)],
        "averages": [_measure_record(each) for each in figures.per_tag],
        "mean": _measure_record(figures.mean),
    }


def _measure_record(measure: Measure) -> dict[str, Any]:
    return {"value": measure.value, "interval": measure.interval}
