"""All that is known of one image: for the view that shows it large."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from labeling.models import Image, ImageTag, LockedTestImage, SnapshotImage
from labeling.selection import RegionOnImage, images_by_ids
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Right


@dataclass(frozen=True)
class PutOn:
    """Who put a tag on the image, and when; `by` is empty for a frozen image, which does not keep it."""

    tag_id: UUID
    name: str
    by: str
    since: datetime


@dataclass(frozen=True)
class ImageDetails:
    """An image, its tags and its boxes (fractions 0..1), of now or of a snapshot.

    `test_choice`: how it came into today's locked test set; empty where it is not in it.
    """

    image: Image
    tags: tuple[PutOn, ...]
    boxes: tuple[RegionOnImage, ...]
    has_no_objects: bool
    test_choice: str = ""


def image_details(actor: Actor, project: Project, image_id: UUID, snapshot_id: UUID | None = None) -> ImageDetails:
    """The image of the workspace, or of a snapshot, in seven queries at most.

    Raises Refusal `NotFoundImage`, `NotFoundIteration`.
    """
    require(actor, Right.VIEW, project)
    found = images_by_ids(project, [image_id], snapshot_id)
    if not found:
        raise Refusal("NotFoundImage", "This image is not in the project, or was deleted: choose another.")
    labeled = found[0]
    by: dict[UUID, str] = {}
    if snapshot_id is None:
        rows = ImageTag.objects.filter(image_id=image_id, removed__isnull=True)
        by = dict(rows.values_list("tag_id", "created_by"))
    tags = tuple(PutOn(tag.tag_id, tag.name, by.get(tag.tag_id, ""), tag.created) for tag in labeled.tags)
    has_no_objects = labeled.image.has_no_objects
    if snapshot_id is not None:
        frozen = SnapshotImage.objects.filter(snapshot_id=snapshot_id, image_id=image_id, has_no_objects=True)
        has_no_objects = frozen.exists()
    choice = LockedTestImage.objects.filter(pk=image_id).values_list("choice", flat=True).first() or ""
    return ImageDetails(labeled.image, tags, tuple(labeled.regions), has_no_objects, choice)
