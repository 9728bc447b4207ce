"""Metadata put on images."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from labeling.api import image_parameters as query
from labeling.metadata import Described, MetadataStatus, update_metadata
from portal.errors import Refusal
from portal.projects import get_project
from portal.wire.bodies import read_json
from portal.wire.operations import operation
from portal.wire.records import MULTI_STATUS, WireRecord, answer
from portal.wire.views import WireView

BODY: dict[str, Any] = {
    "application/json": {
        "type": "object",
        "description": "Pairs to set; a null takes the pair off.",
        "additionalProperties": {"type": ["string", "null"]},
    }
}


class ImageMetadataUpdateEntry(WireRecord):
    """What became of one image; `metadata` is all that it has now."""

    image_id: UUID
    status: str
    metadata: dict[str, str] | None


class ImageMetadataUpdateSummary(WireRecord):
    """What became of each image, in the order asked for."""

    is_batch_successful: bool
    images: list[ImageMetadataUpdateEntry]


class ImageMetadataView(WireView):
    @operation(
        "update_image_metadata",
        "Set pairs of metadata on images",
        group=query.GROUP,
        parameters=(query.IMAGES_TO_DESCRIBE,),
        body=BODY,
        answers={200: ImageMetadataUpdateSummary, MULTI_STATUS: ImageMetadataUpdateSummary},
        codes=(
            "BadRequestImageMetadataKey",
            "BadRequestImageMetadataValue",
            "BadRequestInvalidIds",
            "BadRequestExceededBatchSize",
            "BadRequestRequiredParamIsNull",
            "UnsupportedMediaType",
            "ForbiddenUserInsufficientCapability",
        ),
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        image_ids = query.IMAGES_TO_DESCRIBE.read(self.wire)
        summary = _summary(update_metadata(self.actor, project, image_ids, _pairs(read_json(self.wire))))
        return answer(summary, 200 if summary.is_batch_successful else MULTI_STATUS)


def _pairs(body: Any) -> dict[str, str | None]:
    if body is None:
        raise Refusal("BadRequestRequiredParamIsNull", 'The body is missing: send the pairs, as {"key": "value"}.')
    if not isinstance(body, dict):
        raise Refusal("BadRequest", 'The body is not a JSON object of pairs, as {"key": "value"}.')
    for key, value in body.items():
        if value is not None and not isinstance(value, str):
            raise Refusal(
                "BadRequestImageMetadataValue", f"The value of {key[:40]!r} is not text: put it in double quotes."
            )
    return body


def _summary(images: Sequence[Described]) -> ImageMetadataUpdateSummary:
    return ImageMetadataUpdateSummary(
        is_batch_successful=all(image.status is MetadataStatus.OK for image in images),
        images=[
            ImageMetadataUpdateEntry(
                image_id=image.image_id,
                status=image.status,
                metadata=dict(image.metadata) if image.metadata is not None else None,
            )
            for image in images
        ],
    )
