"""Predictions a month, where the tier has a quota: counted in memory, added up in the database off the request path.

What other processes counted is known a moment later, so a resource may get some calls more than its quota.
"""

import threading
import time
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import F

from portal.errors import Refusal
from portal.limits import TIER
from portal.models import PredictionUse, Resource

LOOK_EVERY_SECONDS = 1.0


class PredictionQuota:
    """What the resources may still ask for in this month. Safe to share by threads.

    Whoever watches the database in this process calls `flush` now and then.
    """

    def __init__(self, tier_name: str, most: int) -> None:
        self._tier_name = tier_name
        self._most = most
        self._lock = threading.Lock()
        self._new: Counter[UUID] = Counter()
        self._known: dict[UUID, int] = {}
        self._looked_at = -LOOK_EVERY_SECONDS

    def check(self, resource_id: UUID) -> None:
        """Raises Refusal `BadRequestExceededQuota` where the month's predictions are used up."""
        if self._known.get(resource_id, 0) + self._new[resource_id] >= self._most:
            raise Refusal(
                "BadRequestExceededQuota",
                f"This resource has had its {self._most:,} predictions of this month (tier {self._tier_name})."
                " Wait for the first of the next month (UTC).",
            )

    def note(self, resource_id: UUID) -> None:
        """Count a prediction that was answered."""
        with self._lock:
            self._new[resource_id] += 1

    def flush(self) -> None:
        """Add what is new to the database, and look at most once a second what all processes have counted."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_EVERY_SECONDS:
            return
        self._looked_at = now
        month = f"{datetime.now(UTC):%Y-%m}"
        for resource_id, count in list(self._new.items()):
            if count:
                _add(resource_id, month, count)
                with self._lock:
                    self._new[resource_id] -= count
                    self._known[resource_id] = self._known.get(resource_id, 0) + count
        self._known = dict(PredictionUse.objects.filter(month=month).values_list("resource_id", "count"))


def _add(resource_id: UUID, month: str, count: int) -> None:
    """Does nothing for a resource that was deleted meanwhile."""
    if not Resource.objects.filter(pk=resource_id).exists():
        return
    PredictionUse.objects.get_or_create(resource_id=resource_id, month=month)
    PredictionUse.objects.filter(resource_id=resource_id, month=month).update(count=F("count") + count)


# None, and no cost, where the tier has no quota.
process_quota = PredictionQuota(TIER.name, TIER.predictions_a_month) if TIER.predictions_a_month is not None else None
