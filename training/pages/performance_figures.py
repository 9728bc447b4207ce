"""Numbers of the Performance page's drawings, as SVG attributes and its script take them."""

from dataclasses import dataclass
from typing import Any

from training.confusion import confusion_record
from training.reliability import Reliability
from training.report_parts import Measure
from training.slider_sums import SliderSums
from training.statistics.ratios import Share
from training.threshold_table import ThresholdTable

BAR_HEIGHT = 32


@dataclass(frozen=True)
class Ring:
    """Arc of the value and of its interval, of 100 units around."""

    value: str
    interval_start: str
    interval_length: str


def ring(measure: Measure | Share) -> Ring:
    """The ring of a figure; empty without a value."""
    value = (measure.value or 0) * 100
    low, high = measure.interval or (0.0, 0.0)
    return Ring(f"{value:.2f}", f"{-low * 100:.2f}", f"{(high - low) * 100:.2f}")


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


def sums_record(sums: SliderSums) -> dict[str, Any]:
    """`SliderSums` of static/src/performance/sums.ts."""
    return {
        "pooled": sums.table.sums[:, 0].tolist(),
        # An image has a tag of a classifier once, so that counts say it all.
        "perTag": sums.table.sums[:, 1:, : 9 if sums.has_boxes else 3].tolist(),
        "bars": [[bar.right, bar.wrong] for bar in histogram_bars(sums.table)],
        "averages": [_measure_record(each) for each in sums.averages],
        "mean": _measure_record(sums.mean),
        "confusion": None if sums.confusion is None else confusion_record(sums.confusion),
        "reliability": _reliability_record(sums.reliability),
    }


def _measure_record(measure: Measure) -> dict[str, Any]:
    return {"value": measure.value, "interval": measure.interval}


def _reliability_record(reliability: Reliability) -> dict[str, Any]:
    bars = [
        {"count": bar.count, "probability": bar.probability, "right": bar.right, "interval": bar.interval}
        for bar in reliability.bars
    ]
    return {"bars": bars, "error": reliability.error, "predictions": reliability.predictions}
