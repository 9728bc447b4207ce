"""Boxes that may be on an image."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from inference.box_suggestions import suggest_boxes
from labeling.api.image_parameters import GROUP
from portal.projects import get_project
from portal.wire.operations import operation
from portal.wire.records import WireRecord, answer
from portal.wire.views import WireView
from training.api.records import BoundingBoxRecord


class RegionProposal(WireRecord):
    """A box that may frame an object."""

    confidence: float
    bounding_box: BoundingBoxRecord


class ImageRegionProposal(WireRecord):
    """Boxes that may frame objects of an image, most likely first; none where nothing can be told."""

    project_id: UUID
    image_id: UUID
    proposals: list[RegionProposal]


class RegionProposalsView(WireView):
    @operation(
        "get_image_region_proposals",
        "Suggest boxes for an image: by the last trained iteration, else by what stands out",
        group=GROUP,
        answers={200: ImageRegionProposal},
        codes=("NotFoundImage", "BadRequestNotSupported", "ErrorRegionProposal", "ForbiddenUserInsufficientCapability"),
    )
    def post(self, request: Request, project_id: UUID, image_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        suggested = suggest_boxes(self.actor, project, image_id)
        proposals = [
            RegionProposal(
                confidence=box.confidence,
                bounding_box=BoundingBoxRecord(left=box.left, top=box.top, width=box.width, height=box.height),
            )
            for box in suggested.boxes
        ]
        return answer(ImageRegionProposal(project_id=project.pk, image_id=image_id, proposals=proposals))
