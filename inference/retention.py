"""What is kept for a time only: stored predictions, suggestions, tombstones, counts of a day.

All of it in small batches, files before rows: killed anywhere, the next run finds what is left and goes on.
"""

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from inference.files import delete_prediction_files
from inference.models import DeletedPrediction, KeptCount, StoredPrediction, Suggestion
from portal.models import Project

ROWS_PER_BATCH = 64
# Longer than a spool may wait for its ingester.
TOMBSTONE_LIFETIME = timedelta(days=30)
SUGGESTION_LIFETIME = timedelta(days=30)
# A spool that waits longer for its ingester may have more stored than its day allows.
COUNT_LIFETIME = timedelta(days=7)


def sweep(most_seconds: float) -> None:
    """Remove what has outlived its time; what does not fit into that many seconds waits for the next sweep."""
    end = time.monotonic() + most_seconds

    def has_time() -> bool:
        return time.monotonic() < end

    finish_deletions(has_time)
    remove_expired_predictions(has_time)
    _remove_expired_suggestions(has_time)
    forget_old_tombstones()
    KeptCount.objects.filter(day__lt=(timezone.now() - COUNT_LIFETIME).date()).delete()


def kept_days(project: Project) -> int:
    """How many days the project's stored predictions are kept: its own number or the install's; 0 is for ever."""
    return settings.SIGHTLINE_PREDICTION_DAYS if project.prediction_days is None else project.prediction_days


def remove_expired_predictions(has_time: Callable[[], bool] = lambda: True) -> int:
    """Remove stored predictions older than their project keeps them; returns how many.

    Projects that keep them equally long are looked at together, each by its own stretch of an index.
    """
    now, count = timezone.now(), 0
    for own_days in list(Project.objects.order_by().values_list("prediction_days", flat=True).distinct()):
        days = settings.SIGHTLINE_PREDICTION_DAYS if own_days is None else own_days
        if days:
            alike = Project.objects.filter(prediction_days=own_days)
            expired = StoredPrediction.objects.filter(project__in=alike, created__lt=now - timedelta(days=days))
            count += _remove_in_batches(expired, has_time)
    return count


def finish_deletions(has_time: Callable[[], bool] = lambda: True) -> int:
    """Remove what somebody deleted and whoever did it did not live to finish; returns how many."""
    # Two conditions: the first is what the index is entered by. A tombstone of another project has no effect.
    own = DeletedPrediction.objects.filter(pk=OuterRef("pk"), project_id=OuterRef("project_id"))
    left = StoredPrediction.objects.filter(Exists(own), pk__in=DeletedPrediction.objects.values("pk"))
    return _remove_in_batches(left, has_time)


def forget_old_tombstones() -> None:
    """Remove tombstones that no spool can need any more."""
    DeletedPrediction.objects.filter(deleted__lt=timezone.now() - TOMBSTONE_LIFETIME).delete()


def _remove_expired_suggestions(has_time: Callable[[], bool]) -> None:
    expired = Suggestion.objects.filter(created__lt=timezone.now() - SUGGESTION_LIFETIME)
    while has_time() and (keys := list(expired.values_list("pk", flat=True)[:ROWS_PER_BATCH])):
        Suggestion.objects.filter(pk__in=keys).delete()


def _remove_in_batches(rows: QuerySet[StoredPrediction], has_time: Callable[[], bool]) -> int:
    count = 0
    columns = rows.values_list("project_id", "pk", "media_type")
    while has_time() and (batch := list(columns[:ROWS_PER_BATCH])):
        _delete_files(batch)
        StoredPrediction.objects.filter(pk__in=[pk for _, pk, _ in batch]).delete()
        count += len(batch)
    return count


def _delete_files(batch: Iterable[tuple[UUID, UUID, str]]) -> None:
    for project_id, rows in groupby(sorted(batch), key=itemgetter(0)):
        delete_prediction_files(project_id, [(pk, media_type) for _, pk, media_type in rows])
