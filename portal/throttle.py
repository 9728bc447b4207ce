"""Calls a second, where a tier is set: what is over it is told to come back in a second."""

import threading
import time
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings

from portal.call_counts import CallCounts, counts_in
from portal.limits import TIER, CallKind

RETRY_AFTER_SECONDS = 1


class TooManyCalls(Exception):
    """The resource made too many calls in this second. The message is for whoever reads the client's log."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Throttle:
    """Lets so many calls of each kind through in a second, to each resource. Safe to share by threads.

    The seconds are the clock's: two bursts that meet at the turn of one both get through, as do calls of hosts whose
    clocks differ.
    """

    def __init__(self, tier_name: str, rates: Mapping[CallKind, int], counts: CallCounts | None = None) -> None:
        self._tier_name = tier_name
        self._rates = rates
        self._counts = counts
        self._starting = threading.Lock()

    def admit(self, resource_id: UUID, kind: CallKind) -> None:
        """Count the call. Raises TooManyCalls."""
        rate = self._rates[kind]
        if self._find_counts().count(f"{resource_id}:{kind.name}", int(time.time())) > rate:
            raise TooManyCalls(
                f"Too many calls: the tier {self._tier_name} lets a resource make {rate} {kind}"
                f"{'' if rate == 1 else 's'} a second. Try again in {RETRY_AFTER_SECONDS} second."
            )

    def _find_counts(self) -> CallCounts:
        """Connected with the first call, in the process that serves it."""
        if self._counts is None:
            with self._starting:
                self._counts = self._counts or counts_in(settings.CELERY_BROKER_URL)
        return self._counts


# None, and no cost, where no tier is set.
process_throttle = Throttle(TIER.name, TIER.calls_a_second) if TIER.calls_a_second is not None else None
