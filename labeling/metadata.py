"""Metadata: a few pairs of text on an image."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from labeling.models import Image, MetadataPair
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project

PAIRS = 10
KEY_CHARACTERS = 128
VALUE_CHARACTERS = 256
IMAGES_PER_CALL = 256


class MetadataStatus(StrEnum):
    """What became of one image."""

    OK = "OK"
    NOT_FOUND = "ErrorImageNotFound"
    ERROR_LIMIT = "ErrorLimitExceed"


@dataclass(frozen=True)
class Described:
    """One image of a call, and the metadata that it has now; None where it is not in the project."""

    image_id: UUID
    status: MetadataStatus
    metadata: Mapping[str, str] | None


def checked_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """The pairs. Raises Refusal `BadRequestImageMetadataKey`, `BadRequestImageMetadataValue`, `BadRequest`."""
    if len(metadata) > PAIRS:
        raise Refusal("BadRequest", f"An image has at most {PAIRS} pairs of metadata: leave some out.")
    for key, value in metadata.items():
        check_key(key)
        if len(value) > VALUE_CHARACTERS or "\0" in value:
            raise Refusal(
                "BadRequestImageMetadataValue",
                f"A metadata value has at most {VALUE_CHARACTERS} characters: shorten it.",
            )
    return dict(metadata)


def check_key(key: str) -> None:
    """Raises Refusal `BadRequestImageMetadataKey`."""
    if not key or len(key) > KEY_CHARACTERS or "\0" in key:
        raise Refusal(
            "BadRequestImageMetadataKey", f"A metadata key has 1 to {KEY_CHARACTERS} characters: choose another."
        )


def merged(existing: Mapping[str, str], pairs: Mapping[str, str | None]) -> dict[str, str] | None:
    """`existing` with the pairs set, those without a value taken off; None where an image cannot hold so many."""
    together = {**existing, **pairs}
    kept = {key: value for key, value in together.items() if value is not None}
    return kept if len(kept) <= PAIRS else None


def update_metadata(
    actor: Actor, project: Project, image_ids: Sequence[UUID], pairs: Mapping[str, str | None]
) -> list[Described]:
    """Set pairs on images of the workspace, in the order given; a pair without a value is taken off.

    Other pairs stay. An image that would get more than ten keeps what it has and is told by its status.
    Raises Refusal `BadRequestExceededBatchSize`, and what `checked_metadata` raises; then nothing was changed.
    """
    require(actor, Right.EDIT_IMAGES, project)
    if len(image_ids) > IMAGES_PER_CALL:
        raise Refusal(
            "BadRequestExceededBatchSize",
            f"At most {IMAGES_PER_CALL} images are described in one call: send the rest in another.",
        )
    checked_metadata({key: value for key, value in pairs.items() if value is not None})
    for key in pairs:
        check_key(key)
    with transaction.atomic():
        lock_project(project)
        here = (
            Image.objects.filter(project=project, removed__isnull=True).only("metadata", "project").in_bulk(image_ids)
        )
        results = [_describe(image_id, here.get(image_id), pairs) for image_id in image_ids]
        changed = [
            here[result.image_id]
            for result in results
            if result.status is MetadataStatus.OK and here[result.image_id].metadata != result.metadata
        ]
        after = {result.image_id: result.metadata for result in results}
        for image in changed:
            image.metadata = after[image.pk]
        write_metadata(changed)
        audit.record(actor, "update_metadata", project_id=project.pk, keys=sorted(pairs), image_count=len(changed))
    return results


def _describe(image_id: UUID, image: Image | None, pairs: Mapping[str, str | None]) -> Described:
    if image is None:
        return Described(image_id, MetadataStatus.NOT_FOUND, None)
    after = merged(image.metadata, pairs)
    if after is None:
        return Described(image_id, MetadataStatus.ERROR_LIMIT, image.metadata)
    return Described(image_id, MetadataStatus.OK, after)


def write_metadata(images: Collection[Image]) -> None:
    """Save the changed metadata of images, and what filters look in (three queries)."""
    if not images:
        return
    Image.objects.bulk_update(images, ["metadata"])
    MetadataPair.objects.filter(image__in=images).delete()
    index_metadata(images)


def index_metadata(images: Iterable[Image]) -> None:
    """Make the metadata of new images known to filters: whoever makes image rows calls this, and may call it again."""
    MetadataPair.objects.bulk_create(
        (
            MetadataPair(project_id=image.project_id, image=image, key=key, value=value)
            for image in images
            for key, value in image.metadata.items()
        ),
        ignore_conflicts=True,
    )
