"""Putting boxes on images and taking them off."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from labeling import regions
from labeling.api import image_parameters as query
from labeling.api.region_records import ImageRegionCreateBatch, ImageRegionCreateSummary, boxing_record
from labeling.boxes import Box
from portal.projects import get_project
from portal.wire.bodies import read_record
from portal.wire.operations import operation
from portal.wire.records import MULTI_STATUS, answer
from portal.wire.views import WireView


class ImageRegionsView(WireView):
    @operation(
        "create_image_regions",
        "Put boxes on images; each brings its tag",
        group=query.GROUP,
        body=ImageRegionCreateBatch,
        answers={200: ImageRegionCreateSummary, MULTI_STATUS: ImageRegionCreateSummary},
        codes=(
            "BadRequestExceededBatchSize",
            "BadRequestImageRegions",
            "NotFoundImage",
            "NotFoundTag",
            "ForbiddenUserInsufficientCapability",
        ),
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        batch = read_record(self.wire, ImageRegionCreateBatch)
        wanted = [
            regions.ImageBox(each.image_id, Box(each.tag_id, each.left, each.top, each.width, each.height))
            for each in batch.regions
        ]
        boxing = regions.add_regions(self.actor, project, wanted)
        return answer(boxing_record(boxing), status=MULTI_STATUS if boxing.exceeded else 200)

    @operation(
        "delete_image_regions",
        "Take boxes off images",
        group=query.GROUP,
        parameters=(query.REGION_IDS,),
        answers={204: None},
        codes=(
            "BadRequestInvalidIds",
            "BadRequestExceededBatchSize",
            "BadRequestRequiredParamIsNull",
            "ForbiddenUserInsufficientCapability",
        ),
    )
    def delete(self, request: Request, project_id: UUID) -> HttpResponse:
        region_ids = query.REGION_IDS.read(self.wire)
        regions.delete_regions(self.actor, get_project(self.actor, project_id), region_ids)
        return HttpResponse(status=204)
