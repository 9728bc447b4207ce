"""The download of an iteration's manifest."""

from uuid import UUID

from django.http import HttpResponse

from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right
from training.iterations import get_iteration
from training.manifest import iteration_manifest, manifest_file_name


@page(Right.VIEW)
def manifest(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """The manifest as a JSON file."""
    iteration = get_iteration(project, iteration_id)
    content = iteration_manifest(request.actor, iteration).as_json()
    answer = HttpResponse(content, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{manifest_file_name(iteration)}"'
    return answer
