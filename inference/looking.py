"""Untagged images that an iteration has not looked at yet: how many there are, and the next of them looked at."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from inference.models import Suggestion
from inference.retention import SUGGESTION_LIFETIME
from inference.tag_suggestions import MOST_IMAGES, open_images, suggest_tags, trained_iteration
from labeling.models import Image
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Right
from training.models import Iteration


@dataclass(frozen=True)
class Looked:
    """How many images were looked at; `last` is what the next look goes on after, None when there are no more.

    `trouble` names an image whose file cannot be read: it counts as looked at.
    """

    count: int
    last: UUID | None
    trouble: str = ""


def look_at_next(actor: Actor, project: Project, iteration_id: UUID, count: int, after: UUID | None = None) -> Looked:
    """Let a trained iteration look at the next untagged images, the newest first; up to 64 a call.

    `after` is the last image of the call before: what lies before it is not walked through again. Raises Refusal as
    `suggest_tags` does, and `BadRequestExceededBatchSize` for a count that is not 1 to 64.
    """
    require(actor, Right.EDIT_IMAGES, project)
    if not 1 <= count <= MOST_IMAGES:
        raise Refusal("BadRequestExceededBatchSize", f"1 to {MOST_IMAGES} images are looked at in a call, not {count}.")
    image_ids = images_to_look_at(project, trained_iteration(project, iteration_id), count, after)
    if not image_ids:
        return Looked(0, None)
    last = image_ids[-1] if len(image_ids) == count else None
    try:
        suggest_tags(actor, project, iteration_id, image_ids)
    except Refusal as refusal:
        # The others are kept: one file that cannot be read must not stand in the way of all.
        if refusal.code != "ErrorPrediction":
            raise
        return Looked(len(image_ids), last, refusal.message)
    return Looked(len(image_ids), last)


def images_to_look_at(project: Project, iteration: Iteration, count: int, after: UUID | None = None) -> list[UUID]:
    """The first untagged images, newest first, that the iteration says nothing of yet (one query; two with `after`)."""
    images = _not_looked_at(project, iteration)
    place = _place(after) if after else None
    if place is not None:
        created, image_id = place
        # The first condition is what an index is entered by.
        images = images.filter(Q(created__lte=created), Q(created__lt=created) | Q(pk__gt=image_id))
    return list(images.order_by("-created", "pk").values_list("pk", flat=True)[:count])


def looked_at(iteration: Iteration) -> QuerySet[Suggestion]:
    """What the iteration said of images that are still untagged, as far as it is kept."""
    return _kept(iteration).filter(Exists(open_images().filter(pk=OuterRef("image_id"))))


def _not_looked_at(project: Project, iteration: Iteration) -> QuerySet[Image]:
    return open_images().filter(~Exists(_kept(iteration).filter(image=OuterRef("pk"))), project=project)


def _kept(iteration: Iteration) -> QuerySet[Suggestion]:
    return Suggestion.objects.filter(iteration=iteration, created__gte=timezone.now() - SUGGESTION_LIFETIME)


def _place(image_id: UUID) -> tuple[datetime, UUID] | None:
    """Where the image is in the order; None for one that is gone, so that the walk begins anew."""
    return Image.objects.filter(pk=image_id).values_list("created", "pk").first()
