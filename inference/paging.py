"""Pages that go on where the last one ended, whatever comes in meanwhile.

Nothing is kept on the server. A session is the moment at which the first page was asked for: what came later is in none
of its pages. A continuation names the last row of a page, and the question that it belongs to.
"""

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.utils import timezone

from portal.errors import Refusal

DEFAULT_COUNT = 50
MOST_RESULTS = 256

Row = TypeVar("Row")


@dataclass(frozen=True)
class PageToken:
    """Where a client is. Both parts are empty at the start; the session alone is the end."""

    session: str = ""
    continuation: str = ""


@dataclass(frozen=True)
class Place:
    """Where a page begins: after the row of that `value` and id, among what was there at `moment`."""

    moment: datetime
    value: Any = None
    row_id: UUID | None = None
    is_end: bool = False


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows, and the token that the next page is asked for with."""

    rows: Sequence[Row]
    token: PageToken


def checked_count(count: int | None) -> int:
    """How many results a page has. Raises Refusal `BadRequestPrediction...`."""
    if count is None:
        return DEFAULT_COUNT
    if count < 1:
        raise Refusal("BadRequestPredictionInvalidQueryParameters", f"maxCount is 1 to {MOST_RESULTS}, not {count}.")
    if count > MOST_RESULTS:
        raise Refusal(
            "BadRequestPredictionResultsExceededCount",
            f"maxCount is 1 to {MOST_RESULTS}, not {count}: ask for the next page with the token of the last.",
        )
    return count


def find_place(token: PageToken, question: object, *, is_by_time: bool, newest: Callable[[], datetime | None]) -> Place:
    """Where the page begins that the token asks for; rows go by moments, or by numbers.

    `newest` says when the newest row is dated, and is asked for a first page alone: where a clock was set back since,
    that is ahead of now, and the row is there all the same.

    Raises Refusal `BadRequestPredictionInvalidQueryParameters` for a token that is not ours or belongs to another
    question.
    """
    if not token.session and not token.continuation:
        now = timezone.now()
        return Place(max(now, newest() or now))
    try:
        moment = _read_moment(token.session)
        if not token.continuation:
            return Place(moment, is_end=True)
        asked, value, row_id = json.loads(base64.urlsafe_b64decode(token.continuation.encode("ascii")))
        place = Place(moment, _read_moment(value) if is_by_time else _read_number(value), UUID(row_id))
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, binascii.Error) as error:
        raise _refusal("session and continuation are not those of an earlier answer.") from error
    if asked != _digest(question):
        raise _refusal("the continuation belongs to another query.")
    return place


def token_after(place: Place, question: object, last: tuple[Any, UUID] | None) -> PageToken:
    """The token of the page that follows; `last` is the value and id of this one's last row, None: it was the end."""
    session = _write_moment(place.moment)
    if last is None:
        return PageToken(session)
    value, row_id = last
    content = [_digest(question), _write_moment(value) if isinstance(value, datetime) else value, row_id.hex]
    return PageToken(session, base64.urlsafe_b64encode(json.dumps(content).encode()).decode())


def _digest(question: object) -> str:
    return hashlib.blake2b(repr(question).encode(), digest_size=8).hexdigest()


def _write_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S%f")


def _read_moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)


def _read_number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} orders nothing")
    return number


def _refusal(what: str) -> Refusal:
    return Refusal(
        "BadRequestPredictionInvalidQueryParameters",
        f"The query cannot go on: {what} Send the token of the last answer back whole, or begin without both.",
    )
