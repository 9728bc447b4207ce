"""Stored predictions: deleting them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction

from inference.files import delete_prediction_files
from inference.models import DeletedPrediction, StoredPrediction
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Right

MOST_IDS = 64


def delete_predictions(actor: Actor, project: Project, prediction_ids: Sequence[UUID]) -> None:
    """Delete stored predictions of the project, also those that still wait in a spool.

    Ids of another project, and unknown ones, are passed over. Raises Refusal `BadRequestPredictionIdsMissing`,
    `BadRequestPredictionIdsExceededCount`.
    """
    require(actor, Right.EDIT_IMAGES, project)
    if not prediction_ids:
        raise Refusal("BadRequestPredictionIdsMissing", "Name the predictions to delete.")
    if len(prediction_ids) > MOST_IDS:
        raise Refusal(
            "BadRequestPredictionIdsExceededCount", f"At most {MOST_IDS} predictions a call: send the rest in another."
        )
    ids = set(prediction_ids)
    # The tombstones are committed before the rows go: an ingester that inserts a row meanwhile either sees its
    # tombstone after its commit, or has committed early enough for what follows to see the row.
    _put_up_tombstones(project, ids)
    media_types = media_types_of(project, ids)
    # Files first: cut off between, the row is still there for the sweep to find (inference.retention).
    delete_prediction_files(project.pk, media_types.items())
    with transaction.atomic():
        _delete_rows(actor, project, media_types)


def delete_rows_of(actor: Actor, project: Project, media_types: Mapping[UUID, str]) -> None:
    """Delete the rows of ingested predictions in the caller's transaction; their files are the caller's, afterwards.

    What is cut off between leaves files that the nightly sweep finds (inference.orphans).
    """
    _put_up_tombstones(project, media_types)
    _delete_rows(actor, project, media_types)


def _put_up_tombstones(project: Project, ids: Iterable[UUID]) -> None:
    tombstones = [DeletedPrediction(pk=each, project_id=project.pk) for each in ids]
    DeletedPrediction.objects.bulk_create(tombstones, ignore_conflicts=True)


def _delete_rows(actor: Actor, project: Project, ids: Collection[UUID]) -> None:
    StoredPrediction.objects.filter(pk__in=list(ids)).delete()
    audit.record(actor, "delete_predictions", project_id=project.pk, count=len(ids))


def media_types_of(project: Project, prediction_ids: Collection[UUID]) -> dict[UUID, str]:
    """Media types of those of the ids that are stored predictions of the project."""
    # By the ids alone: told the project too, SQLite would walk through all of its predictions.
    rows = StoredPrediction.objects.filter(pk__in=prediction_ids).values_list("pk", "project_id", "media_type")
    return {pk: media_type for pk, project_id, media_type in rows if project_id == project.pk}
