"""Creating training images from stored predictions."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from inference.predictions_to_images import WantedImage, images_from_predictions
from labeling.api.creation_views import ANSWERS, CODES, project_to_fill, summary_answer
from labeling.api.image_parameters import GROUP
from labeling.api.json_batches import boxes_of
from labeling.api.records import RegionBody
from portal.wire.bodies import read_record
from portal.wire.operations import operation
from portal.wire.records import WireBody
from portal.wire.views import WireView


class ImageIdCreateEntry(WireBody):
    """A stored prediction by its id."""

    id: UUID
    tag_ids: list[UUID] = []
    regions: list[RegionBody] = []


class ImageIdCreateBatch(WireBody):
    """Body of `create_images_from_predictions`: at most 64 images."""

    images: list[ImageIdCreateEntry] = []
    tag_ids: list[UUID] = []
    metadata: dict[str, str] = {}


class PredictionImagesView(WireView):
    @operation(
        "create_images_from_predictions",
        "Move up to 64 images of stored predictions to the training images, each with tags and regions",
        group=GROUP,
        body=ImageIdCreateBatch,
        answers=ANSWERS,
        codes=CODES,
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        project = project_to_fill(self.actor, project_id)
        body = read_record(self.wire, ImageIdCreateBatch)
        wanted = [WantedImage(each.id, tuple(each.tag_ids), boxes_of(each.regions)) for each in body.images]
        return summary_answer(
            project, images_from_predictions(self.actor, project, wanted, body.tag_ids, body.metadata)
        )
