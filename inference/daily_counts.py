"""So many stored predictions a day of each application: counted once, where they are stored.

The ingester counts in the transaction that writes the rows, so the number holds exactly, whatever is restarted and
however many processes and hosts there are. Web processes look at its counts once a second and take no more to the
spool than they must.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from uuid import UUID

from django.db.models import F

from inference.models import KeptCount, StoredPrediction

LOOK_EVERY_SECONDS = 1.0
# A client that gives each call a name of its own must not have everything stored: further names count as one.
APPLICATIONS_COUNTED = 50
OTHERS = "(all others)"

Name = tuple[UUID, str]


class DailyCounts:
    """What this process knows of today's numbers. Safe to share by threads; `look` is called off the request path."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._day = date.min
        self._stored: Mapping[Name, Mapping[str, int]] = {}
        self._taken: dict[Name, Counter[str]] = {}
        self._looked_at = -LOOK_EVERY_SECONDS

    def take(self, name: Name, application: str, most: int, created: datetime) -> bool:
        """Whether the application's number for the day is not used up yet, as far as is known here; counts it."""
        day = created.astimezone(UTC).date()
        with self._lock:
            if day != self._day:
                self._day, self._stored, self._taken = day, {}, {}
            stored, taken = self._stored.get(name, {}), self._taken.setdefault(name, Counter())
            counted_as = _counted_as(application, stored.keys() | taken.keys())
            if max(stored.get(counted_as, 0), taken[counted_as]) >= most:
                return False
            taken[counted_as] += 1
            return True

    def look(self, names: Iterable[Name]) -> None:
        """See, at most once a second, what was stored under these names today; without any, nothing is asked."""
        now = time.monotonic()
        wanted = set(names)
        if not wanted or now - self._looked_at < LOOK_EVERY_SECONDS:
            return
        self._looked_at = now
        day = datetime.now(UTC).date()
        stored: dict[Name, dict[str, int]] = {}
        rows = KeptCount.objects.filter(day=day).values_list("project_id", "published_name", "application", "count")
        for project_id, published_name, application, count in rows:
            stored.setdefault((project_id, published_name), {})[application] = count
        with self._lock:
            if day != self._day:
                self._day, self._taken = day, {}
            self._stored = stored


def beyond_the_day(rows: Iterable[StoredPrediction], most_a_day: Mapping[UUID, int]) -> set[UUID]:
    """Ids of those rows that come after their day's last one; the others are counted.

    `most_a_day` is by the rows' ids. Call it in the transaction that stores them. A row that is stored already, since
    its segment is ingested again, was counted then.
    """
    limited = [row for row in rows if row.pk in most_a_day]
    if not limited:
        return set()
    known = set(StoredPrediction.objects.filter(pk__in=[row.pk for row in limited]).values_list("pk", flat=True))
    beyond: set[UUID] = set()
    # In one order everywhere: hosts that ingest at once wait for one another's counts, never in a circle.
    for row in sorted(
        limited, key=lambda row: (row.project_id, row.published_name, row.created.date(), row.application)
    ):
        if row.pk not in known and not _count(row, most_a_day[row.pk]):
            beyond.add(row.pk)
    return beyond


def _count(row: StoredPrediction, most: int) -> bool:
    """One more of that day, unless it has had its number: one statement, so no two ingesters take the last place."""
    day = row.created.astimezone(UTC).date()
    of_name = KeptCount.objects.filter(day=day, project_id=row.project_id, published_name=row.published_name)
    own = of_name.filter(application=row.application)
    if own.filter(count__lt=most).update(count=F("count") + 1):
        return True
    if own.exists():
        return False
    counted_as = _counted_as(row.application, set(of_name.values_list("application", flat=True)))
    KeptCount.objects.bulk_create(
        [KeptCount(day=day, project_id=row.project_id, published_name=row.published_name, application=counted_as)],
        ignore_conflicts=True,
    )
    return bool(of_name.filter(application=counted_as, count__lt=most).update(count=F("count") + 1))


def _counted_as(application: str, counted: set[str]) -> str:
    return application if application in counted or len(counted) < APPLICATIONS_COUNTED else OTHERS
