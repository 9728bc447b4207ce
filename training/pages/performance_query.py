"""What the address of an iteration's Results says: thresholds, and what it is judged on."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.judged import JudgedOn
from training.report import DEFAULT_OVERLAP_PERCENT

DEFAULT_THRESHOLD_PERCENT = 50


@dataclass(frozen=True)
class PerformanceQuery:
    """`?threshold=&overlap=&judged=`; what makes no sense is as if it were not there."""

    threshold_percent: int
    overlap_percent: int
    judged_on: JudgedOn


def read_performance_query(parameters: Mapping[str, str]) -> PerformanceQuery:
    """Of an address or a form."""
    is_locked = parameters.get("judged") == JudgedOn.LOCKED
    return PerformanceQuery(
        _percent(parameters.get("threshold"), DEFAULT_THRESHOLD_PERCENT),
        _percent(parameters.get("overlap"), DEFAULT_OVERLAP_PERCENT),
        JudgedOn.LOCKED if is_locked else JudgedOn.UNSEEN,
    )


def _percent(text: str | None, default: int) -> int:
    try:
        return min(100, max(0, int(text or default)))
    except ValueError:
        return default
