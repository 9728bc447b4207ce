"""The digest of a copied snapshot: tags have other ids there, so it is made anew."""

from uuid import UUID

from labeling.models import SnapshotImage, SnapshotImageTag, SnapshotRegion, SnapshotTag, Tag
from labeling.snapshots import Gathered, GatheredImage, GatheredRegion
from portal.models import Project


def snapshot_digest(project: Project, snapshot_id: UUID) -> str:
    """What `gather` would give for a workspace that holds just this (four queries)."""
    rows = SnapshotTag.objects.filter(snapshot_id=snapshot_id).order_by("position")
    tags = [Tag(id=row.tag_id, project=project, name=row.name, type=row.type) for row in rows]
    images = {
        key: GatheredImage(image_id, sha256, has_no_objects)
        for key, image_id, sha256, has_no_objects in SnapshotImage.objects.filter(snapshot_id=snapshot_id).values_list(
            "pk", "image_id", "image__sha256", "has_no_objects"
        )
    }
    labels = SnapshotImageTag.objects.filter(snapshot_image__snapshot_id=snapshot_id)
    for key, tag_id, created in labels.values_list("snapshot_image_id", "snapshot_tag__tag_id", "created"):
        images[key].tags[tag_id] = created
    boxes = SnapshotRegion.objects.filter(snapshot_image__snapshot_id=snapshot_id)
    columns = ("region_id", "snapshot_tag__tag_id", "left", "top", "width", "height", "created")
    for key, *box in boxes.values_list("snapshot_image_id", *columns):
        images[key].regions.append(GatheredRegion(*box))
    return Gathered(project, tags, list(images.values())).digest()
