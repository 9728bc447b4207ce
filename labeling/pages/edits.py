"""Where pages send the edits that people make."""

import json

from django.http import HttpResponse, JsonResponse

from labeling.edit_types import edit_from_json
from labeling.edits import apply_edit
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right


@page(Right.EDIT_IMAGES, methods=("POST",))
def edits(request: PageRequest, project: Project) -> HttpResponse:
    """Do one edit, `Edit` in static/src/edits/types.ts, and answer as `EditAnswer`.

    An edit kept for somebody else who used this browser is not done in the name of who is signed in now.
    """
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise Refusal(
            "BadRequestInvalid", "This is not an edit that the server understands. Load the page again."
        ) from error
    edit = edit_from_json(body)
    if body.get("person", request.actor.id) != request.actor.id:
        raise Refusal("UnauthorizedOtherPerson", f"You are signed in as {request.actor.name}.")
    return JsonResponse(apply_edit(request.actor, project, edit))
