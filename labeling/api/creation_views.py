"""Creating images: from data, from base64 files, from addresses."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from labeling.api import image_parameters as query
from labeling.api.json_batches import boxes_of, read_file_batch
from labeling.api.records import ImageCreateSummary, ImageFileCreateBatch, ImageUrlCreateBatch, create_summary
from labeling.fetching import fetch_uploads
from labeling.image_bodies import read_image_parts
from labeling.ingest import check_batch, ingest
from labeling.ingest_plan import Ingested
from labeling.selection import images_by_ids
from labeling.uploads import Batch, Upload, upload_folder
from portal.actors import Actor, require
from portal.models import Project
from portal.permissions import Right
from portal.projects import get_project
from portal.wire.bodies import read_record
from portal.wire.operations import IMAGE_BODY, operation
from portal.wire.records import MULTI_STATUS, answer
from portal.wire.views import WireView

ANSWERS = {200: ImageCreateSummary, 207: ImageCreateSummary}
CODES = (
    "BadRequestImageBatch",
    "BadRequestExceededBatchSize",
    "BadRequestInvalidIds",
    "BadRequestImageRegions",
    "BadRequestImageMetadataKey",
    "BadRequestImageMetadataValue",
    "UnsupportedMediaType",
    "ForbiddenUserInsufficientCapability",
)

CREATE_FROM_DATA = operation(
    "create_images_from_data",
    "Add up to 64 images: parts named imageData, or one image as the body",
    group=query.GROUP,
    parameters=(query.TAGS_FOR_ALL,),
    body=IMAGE_BODY,
    answers=ANSWERS,
    codes=CODES,
)


def create_from_data(actor: Actor, request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Answer `create_images_from_data`."""
    project = project_to_fill(actor, project_id)
    tag_ids = query.TAGS_FOR_ALL.read(request)
    with upload_folder() as folder:
        return ingested_answer(actor, project, Batch(read_image_parts(request, folder), tag_ids))


def project_to_fill(actor: Actor, project_id: UUID) -> Project:
    """The project, with the right to add images checked before a long body is received."""
    project = get_project(actor, project_id)
    require(actor, Right.EDIT_IMAGES, project)
    return project


def ingested_answer(actor: Actor, project: Project, batch: Batch) -> HttpResponse:
    """Take the batch in and answer with what became of each image."""
    return summary_answer(project, ingest(actor, project, batch))


def summary_answer(project: Project, results: Sequence[Ingested]) -> HttpResponse:
    """What became of each image of a batch."""
    image_ids = dict.fromkeys(result.image_id for result in results if result.image_id)
    summary = create_summary(results, images_by_ids(project, list(image_ids)))
    return answer(summary, 200 if summary.is_batch_successful else MULTI_STATUS)


class ImageFilesView(WireView):
    @operation(
        "create_images_from_files",
        "Add up to 64 images in base64, each with tags and regions",
        group=query.GROUP,
        body=ImageFileCreateBatch,
        answers=ANSWERS,
        codes=CODES,
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        project = project_to_fill(self.actor, project_id)
        with upload_folder() as folder:
            return ingested_answer(self.actor, project, read_file_batch(self.wire, folder))


class ImageUrlsView(WireView):
    @operation(
        "create_images_from_urls",
        "Add up to 64 images by their addresses, each with tags and regions",
        group=query.GROUP,
        body=ImageUrlCreateBatch,
        answers=ANSWERS,
        codes=CODES,
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        project = project_to_fill(self.actor, project_id)
        body = read_record(self.wire, ImageUrlCreateBatch)
        uploads = [
            Upload(entry.url, tag_ids=tuple(entry.tag_ids), boxes=boxes_of(entry.regions)) for entry in body.images
        ]
        batch = Batch(uploads, tuple(body.tag_ids), body.metadata)
        check_batch(project, batch)
        with upload_folder() as folder:
            fetch_uploads(batch.uploads, folder)
            return ingested_answer(self.actor, project, batch)
