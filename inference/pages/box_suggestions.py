"""What the box editor asks for: boxes that may be on the image."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse

from inference.box_suggestions import suggest_boxes
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right


@page(Right.EDIT_IMAGES)
def suggestions(request: PageRequest, project: Project, image_id: UUID) -> HttpResponse:
    """Suggested boxes as JSON (`Suggestions` in static/src/editor/suggestions.ts)."""
    suggested = suggest_boxes(request.actor, project, image_id)
    return JsonResponse(
        {
            "source": suggested.source,
            "by": suggested.by,
            "note": suggested.note,
            "reason": suggested.reason,
            "boxes": [
                {
                    "tag": box.tag_id,
                    # What a method without classes gives is no probability of a tag.
                    "probability": box.confidence if box.tag_id else None,
                    "left": box.left,
                    "top": box.top,
                    "width": box.width,
                    "height": box.height,
                }
                for box in suggested.boxes
            ],
        }
    )
