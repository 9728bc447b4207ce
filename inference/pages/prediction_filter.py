"""The address of the Predictions page: every filter is in its query."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.http import QueryDict

from inference.prediction_query import PredictionOrder, PredictionQuestion, TagRange
from portal.errors import Refusal

ORDERS = {"newest": PredictionOrder.NEWEST, "oldest": PredictionOrder.OLDEST}
QUICK_TEST = "quick-test"
NAMED = "name:"
# Boxes that a detector is unsure of are what one looks for here, so they are drawn as well.
DEFAULT_THRESHOLD_PERCENT = 30
LEAST_THRESHOLD_PERCENT = 10
# Who chooses a tag means to see it, unless the other end is moved as well.
LEAST_OF_TAG_PERCENT = 50


@dataclass(frozen=True)
class PredictionFilter:
    """What the address says. Dates are days in UTC, both included; `source` is a published name or Quick Test."""

    order: PredictionOrder = PredictionOrder.SUGGESTED
    iteration_id: UUID | None = None
    source: str = ""
    tag_id: UUID | None = None
    least_percent: int = LEAST_OF_TAG_PERCENT
    most_percent: int = 100
    first_day: date | None = None
    last_day: date | None = None
    application: str = ""
    threshold_percent: int = DEFAULT_THRESHOLD_PERCENT

    @property
    def published_name(self) -> str | None:
        """As queries ask for it: None for any, "" for Quick Test."""
        if self.source == QUICK_TEST:
            return ""
        return self.source.removeprefix(NAMED) if self.source else None

    @property
    def has_any(self) -> bool:
        """Whether it leaves anything out."""
        return self.question() != PredictionQuestion(order=self.order)

    def question(self) -> PredictionQuestion:
        """What is asked for."""
        midnight = time(tzinfo=UTC)
        start = datetime.combine(self.first_day, midnight) if self.first_day else None
        end = datetime.combine(self.last_day, midnight) + timedelta(days=1, microseconds=-1) if self.last_day else None
        tags: tuple[TagRange, ...] = ()
        if self.tag_id is not None:
            tags = (TagRange(self.tag_id, self.least_percent / 100, self.most_percent / 100),)
        return PredictionQuestion(
            self.order, tags, self.iteration_id, start, end, self.application, self.published_name
        )


def read_filter(parameters: QueryDict) -> PredictionFilter:
    """`?order=&iteration=&source=&tag=&least=&most=&from=&to=&application=&threshold=`. Raises Refusal `BadRequest`."""
    source = parameters.get("source", "")
    if source and source != QUICK_TEST and not source.startswith(NAMED):
        raise Refusal("BadRequest", f"source is {QUICK_TEST}, or {NAMED} and a published name.")
    least = _percent(parameters, "least", LEAST_OF_TAG_PERCENT)
    most = _percent(parameters, "most", 100)
    return PredictionFilter(
        order=ORDERS.get(parameters.get("order", ""), PredictionOrder.SUGGESTED),
        iteration_id=_id(parameters, "iteration"),
        source=source.replace("\0", ""),
        tag_id=_id(parameters, "tag"),
        least_percent=min(least, most),
        most_percent=max(least, most),
        first_day=_day(parameters, "from"),
        last_day=_day(parameters, "to"),
        application=parameters.get("application", "").strip().replace("\0", ""),
        threshold_percent=max(LEAST_THRESHOLD_PERCENT, _percent(parameters, "threshold", DEFAULT_THRESHOLD_PERCENT)),
    )


def _percent(parameters: QueryDict, name: str, default: int) -> int:
    text = parameters.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text) <= 100):
        raise Refusal("BadRequest", f"{name} is a number from 0 to 100.")
    return int(text)


def _id(parameters: QueryDict, name: str) -> UUID | None:
    text = parameters.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Refusal("BadRequest", f"{text[:64]!r} is not the id of a {name}.") from None


def _day(parameters: QueryDict, name: str) -> date | None:
    text = parameters.get(name, "")
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal("BadRequest", f"{name} is a day, as 2026-11-29.") from None
    # The last day of the calendar has no next one.
    return day if day is None or day.year < date.max.year else None
