"""What the image view asks of the image that it shows."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse

from labeling.image_view import image_details
from portal.domains import DomainType
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right
from portal.projects import project_domain


@page(Right.VIEW)
def image_state(request: PageRequest, project: Project, image_id: UUID) -> HttpResponse:
    """Facts, tags and boxes of an image as JSON (`ImageDetails` in static/src/image_view/types.ts).

    `?iteration=` asks for the image as it is frozen there.
    """
    details = image_details(request.actor, project, image_id, _iteration_id(request.GET.get("iteration", "")))
    image = details.image
    return JsonResponse(
        {
            "image": image.pk,
            "version": image.version,
            "name": image.source_name,
            "mediaType": image.media_type,
            "width": image.width,
            "height": image.height,
            "sizeBytes": image.size_bytes,
            "added": image.created,
            "addedBy": image.created_by,
            "isDetection": project_domain(project).type is DomainType.OBJECT_DETECTION,
            "tags": [{"tag": tag.tag_id, "name": tag.name, "by": tag.by, "since": tag.since} for tag in details.tags],
            "boxes": [
                {
                    "id": box.region_id,
                    "tag": box.tag_id,
                    "name": box.tag_name,
                    "left": box.left,
                    "top": box.top,
                    "width": box.width,
                    "height": box.height,
                }
                for box in details.boxes
            ],
            "hasNoObjects": details.has_no_objects,
            "metadata": image.metadata,
            "testSet": details.test_choice,
        }
    )


def _iteration_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Refusal("NotFoundIteration", "This project has no such iteration.") from error
