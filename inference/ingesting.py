"""From the spool into storage and database: the image first, then its row, then the segment goes.

Every step can be repeated: files and rows are named by the prediction's id. Killed anywhere, the next run starts
the segment again and ends with the same files and rows.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError, transaction

from inference.daily_counts import beyond_the_day
from inference.files import delete_prediction_files, original_name, put_file, resized_name, thumbnail_name
from inference.models import DeletedPrediction, PredictionTag, StoredPrediction
from inference.segments import SpooledPrediction, read_records, remove_dead_drafts, taken_segment, waiting_segments
from inference.tag_probabilities import answer_uncertainty, tag_probabilities
from portal.imaging import ImageRejected, make_copies
from portal.models import Project

logger = logging.getLogger(__name__)

ROWS_PER_COMMIT = 64


def ingest_waiting(folder: Path) -> int:
    """Ingest every segment that its writer is through with; how many predictions that were.

    Raises what storage or database raise; nothing is lost then, call again.
    """
    remove_dead_drafts(folder)
    return sum(_ingest_segment(path) for path in waiting_segments(folder))


def store_now(facts: bytes, image: bytes) -> None:
    """Keep one prediction at once, without the spool. Raises what storage or database raise."""
    _ingest_batch([SpooledPrediction(json.loads(facts), image)])


def _ingest_segment(path: Path) -> int:
    with taken_segment(path) as file:
        if file is None:
            return 0
        count = 0
        records = read_records(file)
        while batch := list(islice(records, ROWS_PER_COMMIT)):
            _ingest_batch(batch)
            count += len(batch)
        path.unlink()
        return count


def _ingest_batch(batch: Sequence[SpooledPrediction]) -> None:
    rows = [row for record in batch if (row := _store_files(record)) is not None]
    most_a_day = {UUID(each.facts["id"]): each.facts["most_a_day"] for each in batch if "most_a_day" in each.facts}
    try:
        kept = _insert(rows, most_a_day)
    except IntegrityError:
        # A project was removed between the look and the insert: look again.
        kept = _insert(rows, most_a_day)
    # A deletion that was asked for while these rows were being written has not seen them.
    kept -= _drop_deleted(rows)
    for row in rows:
        if row.pk not in kept:
            delete_prediction_files(row.project_id, [(row.pk, row.media_type)])


def _store_files(record: SpooledPrediction) -> StoredPrediction | None:
    """The row of a record whose files are now in storage; None for an image that turns out damaged."""
    row = _row(record)
    try:
        copies = make_copies(record.image)
    except ImageRejected:
        logger.exception("the image of prediction %s is damaged; it is not kept", row.pk)
        return None
    put_file(original_name(row.project_id, row.pk, row.media_type), record.image)
    put_file(resized_name(row.project_id, row.pk), copies.resized_jpeg)
    put_file(thumbnail_name(row.project_id, row.pk), copies.thumbnail_jpeg)
    return row


def _row(record: SpooledPrediction) -> StoredPrediction:
    facts = record.facts
    return StoredPrediction(
        id=UUID(facts["id"]),
        project_id=UUID(facts["project"]),
        iteration_id=UUID(facts["iteration"]),
        resource_id=UUID(facts["resource"]) if facts["resource"] else None,
        published_name=facts["published_name"],
        application=facts["application"],
        domain_id=UUID(facts["domain"]),
        image_sha256=hashlib.sha256(record.image).hexdigest(),
        media_type=facts["media_type"],
        width=facts["width"],
        height=facts["height"],
        size_bytes=len(record.image),
        predictions=facts["predictions"],
        uncertainty=answer_uncertainty(facts["predictions"]),
        created=datetime.fromisoformat(facts["created"]),
    )


def _insert(rows: list[StoredPrediction], most_a_day: Mapping[UUID, int]) -> set[UUID]:
    """Write the rows of living projects that nobody has deleted, so many a day of those in `most_a_day`.

    Returns the ids of those that are now in the database.
    """
    with transaction.atomic():
        projects = {row.project_id for row in rows}
        living = set(Project.objects.filter(pk__in=projects, deleted__isnull=True).values_list("pk", flat=True))
        deleted = _deleted_ids(rows)
        wanted = [row for row in rows if row.project_id in living and row.pk not in deleted]
        beyond = beyond_the_day(wanted, most_a_day)
        wanted = [row for row in wanted if row.pk not in beyond]
        StoredPrediction.objects.bulk_create(wanted, ignore_conflicts=True)
        PredictionTag.objects.bulk_create((tag for row in wanted for tag in tag_rows(row)), ignore_conflicts=True)
    return {row.pk for row in wanted}


def tag_rows(row: StoredPrediction) -> Iterator[PredictionTag]:
    """What queries for a tag find the prediction by."""
    for tag_id, probability in tag_probabilities(row.predictions).items():
        yield PredictionTag(
            prediction_id=row.pk,
            project_id=row.project_id,
            tag_id=tag_id,
            probability=probability,
            uncertainty=row.uncertainty,
            iteration_id=row.iteration_id,
            published_name=row.published_name,
            application=row.application,
            created=row.created,
        )


def _drop_deleted(rows: list[StoredPrediction]) -> set[UUID]:
    deleted = _deleted_ids(rows)
    if deleted:
        StoredPrediction.objects.filter(pk__in=deleted).delete()
    return deleted


def _deleted_ids(rows: list[StoredPrediction]) -> set[UUID]:
    project_of = {row.pk: row.project_id for row in rows}
    tombstones = DeletedPrediction.objects.filter(pk__in=list(project_of)).values_list("pk", "project_id")
    return {pk for pk, project_id in tombstones if project_of[pk] == project_id}
