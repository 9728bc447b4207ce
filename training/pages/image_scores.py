"""An iteration's probabilities for one image, for the image view."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse

from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right
from training import image_scores as domain
from training.iterations import get_iteration


@page(Right.VIEW)
def image_scores(request: PageRequest, project: Project, iteration_id: UUID, image_id: UUID) -> HttpResponse:
    """`{"iteration": name, "scores": [{"tag", "name", "probability"}]}`, most probable first."""
    iteration = get_iteration(project, iteration_id)
    scores = domain.image_scores(request.actor, iteration, image_id)
    return JsonResponse(
        {
            "iteration": iteration.name,
            "scores": [
                {"tag": each.tag.tag_id, "name": each.tag.name, "probability": each.probability} for each in scores
            ],
        }
    )
