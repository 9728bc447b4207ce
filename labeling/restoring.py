"""Bringing deleted images back, while their rows and files are there."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from labeling.models import Image, SnapshotImage
from labeling.removal import replace_thumbnail
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.limits import IMAGES_PER_PROJECT
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project


@dataclass
class Restoration:
    """What became of each image that was to come back."""

    restored: set[UUID] = field(default_factory=set)
    already_there: set[UUID] = field(default_factory=set)
    gone: set[UUID] = field(default_factory=set)
    # The same bytes came in again meanwhile: id of the deleted image, and the one that has its place.
    uploaded_again: dict[UUID, Image] = field(default_factory=dict)


def restore_images(actor: Actor, project: Project, image_ids: Collection[UUID]) -> Restoration:
    """Bring images back into the workspace with the labels that they had.

    Possible until `kept_until`, and for as long as an iteration holds the image. One whose bytes were uploaded again
    stays deleted, and is told. Raises Refusal `BadRequestExceededQuota` when the project has no room for them.
    """
    require(actor, Right.EDIT_IMAGES, project)
    with transaction.atomic():
        lock_project(project)
        restoration = _plan(project, image_ids)
        _require_room(project, len(restoration.restored))
        coming = Image.objects.filter(pk__in=restoration.restored)
        coming.update(removed=None, removed_by="", kept_until=None)
        replace_thumbnail(project)
        restored = sorted(map(str, restoration.restored))
        audit.record(actor, "restore_images", project_id=project.pk, count=len(restored), image_ids=restored)
    return restoration


def _plan(project: Project, image_ids: Collection[UUID]) -> Restoration:
    restoration = Restoration()
    here = Image.objects.filter(project=project, pk__in=image_ids)
    present = set(here.filter(removed__isnull=True).values_list("pk", flat=True))
    restoration.already_there = present
    is_held = Exists(SnapshotImage.objects.filter(image=OuterRef("pk")))
    kept = here.filter(Q(kept_until__gt=timezone.now()) | is_held, removed__isnull=False).order_by("-removed", "id")
    removed = list(kept.values_list("pk", "sha256"))
    digests = [sha256 for _, sha256 in removed]
    workspace = Image.objects.filter(project=project, sha256__in=digests, removed__isnull=True)
    places = {image.sha256: image for image in workspace}
    came_back: dict[str, Image] = {}
    for image_id, sha256 in removed:
        twin = places.get(sha256) or came_back.get(sha256)
        if twin is not None:
            restoration.uploaded_again[image_id] = twin
            continue
        restoration.restored.add(image_id)
        came_back[sha256] = Image(pk=image_id, sha256=sha256, created_by="", created=timezone.now())
    restoration.gone = set(image_ids) - present - {image_id for image_id, _ in removed}
    return restoration


def _require_room(project: Project, count: int) -> None:
    there = Image.objects.filter(project=project, removed__isnull=True).count()
    if count and there + count > IMAGES_PER_PROJECT:
        raise Refusal(
            "BadRequestExceededQuota", f"A project holds at most {IMAGES_PER_PROJECT:,} images: delete some first."
        )
