"""Boxes put on images, as the wire has them."""

from collections.abc import Sequence
from uuid import UUID

from labeling.regions import Boxing, ImageBox
from portal.wire.records import WireBody, WireDate, WireRecord


class ImageRegionEntryBody(WireBody):
    """A box to put on an image: fractions 0..1."""

    image_id: UUID
    tag_id: UUID
    left: float
    top: float
    width: float
    height: float


class ImageRegionCreateBatch(WireBody):
    """Body of `create_image_regions`: at most 64 entries."""

    regions: list[ImageRegionEntryBody] = []


class ImageRegionCreateEntry(WireRecord):
    """A box that was asked for."""

    image_id: UUID
    tag_id: UUID
    left: float
    top: float
    width: float
    height: float


class ImageRegionCreateResult(WireRecord):
    """A box that was created."""

    image_id: UUID
    region_id: UUID
    tag_name: str
    created: WireDate
    tag_id: UUID
    left: float
    top: float
    width: float
    height: float


class ImageRegionCreateSummary(WireRecord):
    """What became of each entry."""

    created: list[ImageRegionCreateResult]
    duplicated: list[ImageRegionCreateEntry]
    exceeded: list[ImageRegionCreateEntry]


def boxing_record(boxing: Boxing) -> ImageRegionCreateSummary:
    """The answer to `create_image_regions`."""

    def entries(boxes: Sequence[ImageBox]) -> list[ImageRegionCreateEntry]:
        return [
            ImageRegionCreateEntry(
                image_id=each.image_id,
                tag_id=each.box.tag_id,
                left=each.box.left,
                top=each.box.top,
                width=each.box.width,
                height=each.box.height,
            )
            for each in boxes
        ]

    return ImageRegionCreateSummary(
        created=[
            ImageRegionCreateResult(
                image_id=region.image_id,
                region_id=region.pk,
                tag_name=region.tag.name,
                created=region.created,
                tag_id=region.tag_id,
                left=region.left,
                top=region.top,
                width=region.width,
                height=region.height,
            )
            for region in boxing.created
        ],
        duplicated=entries(boxing.duplicated),
        exceeded=entries(boxing.exceeded),
    )
