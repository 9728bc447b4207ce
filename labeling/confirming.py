"""Labels that a person looked at, since a model doubted them, and kept."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import F

from labeling.models import ConfirmedLabels, Image
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project


def confirm_labels(actor: Actor, project: Project, image_id: UUID, version: int) -> None:
    """Say that the image's labels are right as they are at `version`.

    Raises Refusal `NotFoundImage`; `BadRequestInvalid` where they are others by now, with nothing changed.
    """
    require(actor, Right.EDIT_IMAGES, project)
    with transaction.atomic():
        lock_project(project)
        image = Image.objects.filter(project=project, pk=image_id, removed__isnull=True).first()
        if image is None:
            raise Refusal("NotFoundImage", "This image is not in the project, or was deleted: choose another.")
        if image.version != version:
            who = image.labels_changed_by or "Somebody"
            raise Refusal("BadRequestInvalid", f"{who} changed the labels meanwhile. Load the page again.")
        ConfirmedLabels.objects.update_or_create(image=image, defaults={"version": version, "created_by": actor.name})
        audit.record(actor, "confirm_labels", project_id=project.pk, object_id=image_id, version=version)


def take_confirmation_back(actor: Actor, project: Project, image_id: UUID) -> None:
    """Undo `confirm_labels`; nothing where there is nothing to undo."""
    require(actor, Right.EDIT_IMAGES, project)
    with transaction.atomic():
        lock_project(project)
        gone, _ = ConfirmedLabels.objects.filter(image__project=project, image_id=image_id).delete()
        if gone:
            audit.record(actor, "take_confirmation_back", project_id=project.pk, object_id=image_id)


def confirmed_images(project: Project, image_ids: Collection[UUID]) -> set[UUID]:
    """Those of the ids whose labels, as they are now, were confirmed (one query)."""
    confirmed = ConfirmedLabels.objects.filter(
        image__project=project, image_id__in=image_ids, version=F("image__version")
    )
    return set(confirmed.values_list("image_id", flat=True))
