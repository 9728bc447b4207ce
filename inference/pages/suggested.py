"""Suggested tags: what a trained iteration says of untagged images, to be confirmed; and what to label next."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from inference.looking import look_at_next, looked_at
from inference.pages.suggested_query import SuggestedQuery, read_query
from inference.suggestion_query import count_suggestions, suggested_ids, suggestions_for
from labeling.gallery import SHOWN_AT_ONCE, GalleryImage, gallery_images, tagging_counts
from labeling.pages.tags import tag_record
from portal.domains import DomainType
from portal.errors import Refusal
from portal.models import ClassificationType, Project
from portal.pages.access import PageRequest, page
from portal.pages.project_bar import project_context
from portal.permissions import Right
from portal.projects import project_domain
from training.pages.gallery import PART_HEADER, item_record, read_ids
from training.pages.gallery import gallery_states as states_of_images

FIRST_IMAGES = 60
# To count more would take longer than to show the page.
MOST_COUNTED = 1_000
# As many as anybody works through before the page is asked anew.
MOST_IN_ORDER = 5_000


@page(Right.VIEW)
def suggested(request: PageRequest, project: Project) -> HttpResponse:
    """The page, or to its own script only the parts that depend on the filter."""
    query = read_query(project, request.GET)
    counts = tagging_counts(project)
    is_detection = project_domain(project).type is DomainType.OBJECT_DETECTION
    can_edit = request.actor.may(Right.EDIT_IMAGES, project)
    context = {
        "query": query,
        "counts": counts,
        "is_detection": is_detection,
        "is_multiclass": project.classification_type == ClassificationType.MULTICLASS,
        "is_read_only": not can_edit,
        "mode": _mode(query, is_detection=is_detection, can_edit=can_edit),
        **_shown(request, project, query, is_detection=is_detection),
    }
    if request.headers.get(PART_HEADER):
        parts = {"project": project, "can": {"edit_images": can_edit}, **context}
        answer = render(request, "inference/suggested_parts.html", parts)
    else:
        answer = render(request, "inference/suggested.html", project_context(request, project, "images", **context))
    # The two differ by a header; a browser going back must not show the one for the other.
    answer["Vary"] = f"{PART_HEADER}, Cookie"
    answer["Cache-Control"] = "no-store"
    return answer


@page(Right.VIEW)
def suggested_order(request: PageRequest, project: Project) -> HttpResponse:
    """The ids of the first 5,000 images that match, in order: 16 bytes each."""
    query = read_query(project, request.GET)
    found = suggested_ids(request.actor, project, query.question(), MOST_IN_ORDER)
    return HttpResponse(b"".join(image_id.bytes for image_id in found), content_type="application/octet-stream")


@page(Right.VIEW, methods=("POST",))
def suggested_items(request: PageRequest, project: Project) -> HttpResponse:
    """What tiles need of the images `{"images": [ids]}`, under the address's iteration and threshold."""
    image_ids = read_ids(request, SHOWN_AT_ONCE)
    query = read_query(project, request.GET)
    is_detection = project_domain(project).type is DomainType.OBJECT_DETECTION
    return JsonResponse({"items": _items(request, project, query, image_ids, is_detection=is_detection)})


# The same answer as on the gallery; a grid asks below its own address.
suggested_states = states_of_images


@page(Right.VIEW)
def suggested_counts(request: PageRequest, project: Project) -> HttpResponse:
    """Untagged images that the iteration has looked at, in all and by suggested tag, as the page's script fills in."""
    query = read_query(project, request.GET)
    question = query.question()
    tag_ids = [tag.id for tag in query.known]
    counts = count_suggestions(request.actor, project, question.iteration_id, tag_ids, query.threshold_percent / 100)
    said = looked_at(query.iteration).count() if query.iteration else 0
    return JsonResponse({"tags": {str(tag_id): counts[tag_id] for tag_id in tag_ids}, "lookedAt": said})


@page(Right.EDIT_IMAGES, methods=("POST",))
def look(request: PageRequest, project: Project) -> HttpResponse:
    """Look at the next untagged images, `{"by": iteration, "count": 1 to 64, "after": image or null}`.

    Answers with how many were looked at, and where the next call goes on (null: there are no more).
    """
    try:
        body = json.loads(request.body)
        iteration_id, count = UUID(body["by"]), int(body["count"])
        after = UUID(body["after"]) if body.get("after") else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal("BadRequestInvalid", "Name an iteration and how many images. Load the page again.") from error
    looked = look_at_next(request.actor, project, iteration_id, count, after)
    return JsonResponse({"count": looked.count, "after": looked.last, "trouble": looked.trouble})


def _mode(query: SuggestedQuery, *, is_detection: bool, can_edit: bool) -> str:
    """What the hand does here: `Mode` in static/src/suggested/mode.ts."""
    if query.is_blind:
        return "blind"
    return "boxes" if is_detection else "confirm" if can_edit else "look"


def _shown(request: PageRequest, project: Project, query: SuggestedQuery, *, is_detection: bool) -> dict[str, Any]:
    """What there is under the filter: a constant number of queries, none without a trained iteration."""
    image_ids: list[UUID] = []
    if query.iteration is not None:
        image_ids = suggested_ids(request.actor, project, query.question(), MOST_COUNTED + 1)
    first = _items(request, project, query, image_ids[:FIRST_IMAGES], is_detection=is_detection)
    return {
        "total": min(len(image_ids), MOST_COUNTED),
        "is_more": len(image_ids) > MOST_COUNTED,
        "is_looked_at": bool(image_ids) or (query.iteration is not None and looked_at(query.iteration).exists()),
        "data": {
            "filter": json.dumps(_filter_record(query)),
            "tags": json.dumps([tag_record(tag) for tag in query.tags]),
            "first": json.dumps(first),
        },
    }


def _items(
    request: PageRequest, project: Project, query: SuggestedQuery, image_ids: Sequence[UUID], *, is_detection: bool
) -> list[dict[str, Any]]:
    """`GalleryItem`s of static/src/gallery/types.ts; where nobody is to be led, without what was suggested."""
    images = gallery_images(project, image_ids)
    records = [item_record(each, {}, is_detection=is_detection) for each in images]
    if query.iteration is None or query.is_blind:
        return records
    said = suggestions_for(request.actor, project, query.iteration.pk, image_ids)
    least = query.threshold_percent / 100
    return [
        {**record, "suggested": _suggested(image, said[image.id].predictions, least) if image.id in said else []}
        for record, image in zip(records, images, strict=True)
    ]


def _suggested(image: GalleryImage, predictions: Sequence[Mapping[str, Any]], least: float) -> list[dict[str, Any]]:
    """`SuggestedTag`s; a box is cut to the picture."""
    found = []
    for each in predictions:
        if each["probability"] < least:
            continue
        record: dict[str, Any] = {"tag": each["tagId"], "probability": each["probability"]}
        if box := each.get("boundingBox"):
            left, top = max(0.0, box["left"]), max(0.0, box["top"])
            right, bottom = min(1.0, box["left"] + box["width"]), min(1.0, box["top"] + box["height"])
            # A box of less than a pixel cannot be drawn.
            if (right - left) * image.width < 1 or (bottom - top) * image.height < 1:
                continue
            record |= {"left": left, "top": top, "width": right - left, "height": bottom - top}
        found.append(record)
    return found


def _filter_record(query: SuggestedQuery) -> dict[str, object]:
    """`GalleryFilter` of static/src/gallery/types.ts: the untagged images of the workspace."""
    return {
        "tagging": "untagged",
        "tags": [],
        "iteration": "",
        "name": "",
        "order": "newest",
        "isOnlyWrong": False,
        "threshold": query.threshold_percent,
    }
