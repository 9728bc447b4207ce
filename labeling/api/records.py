"""Tags and images as the wire has them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import Field

from labeling.files import original_name, resized_name, thumbnail_name
from labeling.ingest_plan import Ingested
from labeling.selection import LabeledImage
from labeling.tagging import Tagging
from labeling.tags import CountedTag
from portal.signed_files import signed_address
from portal.wire.records import WireBody, WireDate, WireRecord


class TagRecord(WireRecord):
    """One tag. `description` is never null: the Python SDK refuses to send a null back on update."""

    id: UUID
    name: str
    description: str
    type: str
    image_count: int


def tag_record(tag: CountedTag) -> TagRecord:
    """A tag as the wire has it."""
    return TagRecord(id=tag.id, name=tag.name, description=tag.description, type=tag.type, image_count=tag.image_count)


class TagBody(WireBody):
    """Body of `update_tag`: clients send the whole tag back; read-only fields are passed over."""

    name: str | None = None
    description: str | None = None
    type: str | None = None


class ImageTagRecord(WireRecord):
    """A tag on an image."""

    tag_id: UUID
    tag_name: str
    created: WireDate


class ImageRegionRecord(WireRecord):
    """A box on an image: fractions 0..1."""

    region_id: UUID
    tag_name: str
    created: WireDate
    tag_id: UUID
    left: float
    top: float
    width: float
    height: float


class ImageRecord(WireRecord):
    """One image with its labels. The addresses need no key and live for a day at least."""

    id: UUID
    created: WireDate
    width: int
    height: int
    resized_image_uri: str
    thumbnail_uri: str
    original_image_uri: str
    tags: list[ImageTagRecord]
    regions: list[ImageRegionRecord]
    metadata: dict[str, str]


def image_record(labeled: LabeledImage) -> ImageRecord:
    """An image as the wire has it."""
    image = labeled.image
    return ImageRecord(
        id=image.pk,
        created=image.created,
        width=image.width,
        height=image.height,
        resized_image_uri=signed_address(resized_name(image.project_id, image.sha256)),
        thumbnail_uri=signed_address(thumbnail_name(image.project_id, image.sha256)),
        original_image_uri=signed_address(original_name(image.project_id, image.sha256, image.media_type)),
        tags=[ImageTagRecord(tag_id=tag.tag_id, tag_name=tag.name, created=tag.created) for tag in labeled.tags],
        regions=[
            ImageRegionRecord(
                region_id=region.region_id,
                tag_name=region.tag_name,
                created=region.created,
                tag_id=region.tag_id,
                left=region.left,
                top=region.top,
                width=region.width,
                height=region.height,
            )
            for region in labeled.regions
        ],
        metadata=image.metadata,
    )


class ImageCreateResult(WireRecord):
    """What became of one image of a batch; `image` is there on success."""

    source_url: str
    status: str
    image: ImageRecord | None


class ImageCreateSummary(WireRecord):
    """What became of a batch. An image that was there already counts as a success."""

    is_batch_successful: bool
    images: list[ImageCreateResult]


def create_summary(results: Sequence[Ingested], images: Sequence[LabeledImage]) -> ImageCreateSummary:
    """The answer to a batch, in its order."""
    by_id = {labeled.image.pk: image_record(labeled) for labeled in images}
    return ImageCreateSummary(
        is_batch_successful=all(result.status.is_success for result in results),
        images=[
            ImageCreateResult(
                source_url=result.source_name,
                status=result.status,
                image=by_id.get(result.image_id) if result.image_id else None,
            )
            for result in results
        ],
    )


class RegionBody(WireBody):
    """A box with its tag: fractions 0..1."""

    tag_id: UUID
    left: float
    top: float
    width: float
    height: float


class ImageFileCreateEntry(WireBody):
    """One image in base64."""

    name: str = ""
    contents: str = Field(default="", json_schema_extra={"format": "byte"})
    tag_ids: list[UUID] = []
    regions: list[RegionBody] = []


class ImageFileCreateBatch(WireBody):
    """Body of `create_images_from_files`: at most 64 images."""

    images: list[ImageFileCreateEntry] = []
    tag_ids: list[UUID] = []
    metadata: dict[str, str] = {}


class ImageUrlCreateEntry(WireBody):
    """One image by its address."""

    url: str
    tag_ids: list[UUID] = []
    regions: list[RegionBody] = []


class ImageUrlCreateBatch(WireBody):
    """Body of `create_images_from_urls`: at most 64 images."""

    images: list[ImageUrlCreateEntry] = []
    tag_ids: list[UUID] = []
    metadata: dict[str, str] = {}


class ImageTagCreateEntryBody(WireBody):
    """A tag to put on an image."""

    image_id: UUID
    tag_id: UUID


class ImageTagCreateBatch(WireBody):
    """Body of `create_image_tags`: at most 128 entries."""

    tags: list[ImageTagCreateEntryBody] = []


class ImageTagCreateEntry(WireRecord):
    """An image and a tag."""

    image_id: UUID
    tag_id: UUID


class ImageTagCreateSummary(WireRecord):
    """What became of each entry."""

    created: list[ImageTagCreateEntry]
    duplicated: list[ImageTagCreateEntry]
    exceeded: list[ImageTagCreateEntry]


def tagging_record(tagging: Tagging) -> ImageTagCreateSummary:
    """The answer to `create_image_tags`."""

    def entries(pairs: Sequence[tuple[UUID, UUID]]) -> list[Any]:
        return [ImageTagCreateEntry(image_id=image_id, tag_id=tag_id) for image_id, tag_id in pairs]

    return ImageTagCreateSummary(
        created=entries(tagging.created),
        duplicated=entries(tagging.duplicated),
        exceeded=entries(tagging.exceeded),
    )
