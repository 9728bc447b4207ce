"""The thresholds that a published name carries: from which probability each tag counts."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from labeling.models import SnapshotTag
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.permissions import Right
from portal.registry_version import bump_registry_version
from training.models import Iteration, PublishedName

Thresholds = Mapping[UUID, float] | Mapping[str, float]


def set_thresholds(actor: Actor, published: PublishedName, thresholds: Thresholds) -> None:
    """Let the name carry these from now on; none takes them away. Answers stay as they are without `applyThresholds`.

    Raises Refusal `BadRequest` for thresholds.
    """
    require(actor, Right.PUBLISH, published.project)
    kept = checked_thresholds(published.iteration, thresholds)
    with transaction.atomic():
        changed = PublishedName.objects.filter(pk=published.pk).update(thresholds=kept)
        if not changed:
            raise Refusal(
                "BadRequestIterationNotPublished",
                f"The name {published.name} was just taken away or moved: load the page again.",
            )
        published.thresholds = kept
        audit.record(
            actor,
            "set_thresholds",
            project_id=published.project_id,
            object_id=published.iteration_id,
            name=published.name,
            thresholds=kept,
        )
        bump_registry_version()


def checked_thresholds(iteration: Iteration, thresholds: Thresholds) -> dict[str, float]:
    """As they are kept: by tag id in hyphens, in the order of the iteration's tags.

    Raises Refusal `BadRequest` for thresholds for a tag that the iteration does not know, and outside 0..1.
    """
    wanted = {_tag_id(key): value for key, value in thresholds.items()}
    known = _tag_ids(iteration)
    if unknown := [tag_id for tag_id in wanted if tag_id not in known]:
        raise Refusal("BadRequest", f"{iteration.name} has no tag {unknown[0]}: leave it out.")
    if any(not 0 <= value <= 1 for value in wanted.values()):
        raise Refusal("BadRequest", "A threshold is a probability from 0 to 1: correct it.")
    return {str(tag_id): float(wanted[tag_id]) for tag_id in known if tag_id in wanted}


def carried_thresholds(iteration: Iteration, before: Mapping[str, float]) -> dict[str, float]:
    """What a name takes along to another iteration: the thresholds of the tags that this one knows."""
    known = [str(tag_id) for tag_id in _tag_ids(iteration)] if before else []
    return {tag_id: before[tag_id] for tag_id in known if tag_id in before}


def _tag_ids(iteration: Iteration) -> list[UUID]:
    return list(
        SnapshotTag.objects.filter(snapshot_id=iteration.pk).order_by("position").values_list("tag_id", flat=True)
    )


def _tag_id(key: UUID | str) -> UUID:
    try:
        return key if isinstance(key, UUID) else UUID(key)
    except ValueError:
        raise Refusal("BadRequest", f"{str(key)[:64]!r} is no tag's id: leave it out.") from None
