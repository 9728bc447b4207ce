"""The Predictions page: stored predictions under a filter, page by page, and those that came meanwhile."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from inference.models import StoredPrediction
from inference.pages.prediction_filter import LEAST_THRESHOLD_PERCENT, QUICK_TEST, PredictionFilter, read_filter
from inference.pages.prediction_items import prediction_items
from inference.paging import PageToken
from inference.prediction_choices import prediction_choices
from inference.prediction_query import count_predictions, query_predictions
from inference.stored_predictions import MOST_IDS
from labeling.pages.tags import tag_record
from labeling.tag_keys import project_tags
from portal.domains import DomainType
from portal.errors import Refusal
from portal.models import ClassificationType, Project
from portal.pages.access import PageRequest, page
from portal.pages.project_bar import project_context
from portal.permissions import Right
from portal.projects import project_domain
from training.models import Iteration

PREDICTIONS_A_PAGE = 60
# A prediction is there some tenths of a second after the moment that it says: one that was on its way while the page
# was drawn is told as new by counting what is younger than that.
ON_ITS_WAY = timedelta(seconds=10)
# To count all of many costs as much as a page; "10,000+" says as much.
COUNTED_TO = 10_000
MOST_NEW = 100
# The page's script asks with it for the parts that a filter changes.
PART_HEADER = "X-Gallery-Part"


@page(Right.VIEW)
def predictions(request: PageRequest, project: Project) -> HttpResponse:
    """The page, or to its own script only the parts that depend on the filter."""
    wanted = read_filter(request.GET)
    since = timezone.now() - ON_ITS_WAY
    recent = _count_since(request, project, wanted, since)
    content = _content(request, project, wanted, PageToken())
    tags = project_tags(project)
    choices = prediction_choices(project, wanted.iteration_id, wanted.published_name or "")
    can_edit = request.actor.may(Right.EDIT_IMAGES, project)
    total = min(count_predictions(request.actor, project, wanted.question(), COUNTED_TO + 1), COUNTED_TO + 1)
    context = {
        "filter": wanted,
        "choices": choices,
        "tags": tags,
        "chosen_tag": next((tag for tag in tags if tag.id == wanted.tag_id), None),
        "quick_test_source": QUICK_TEST,
        "least_threshold": LEAST_THRESHOLD_PERCENT,
        "total": min(total, COUNTED_TO),
        "is_more": total > COUNTED_TO,
        "has_iteration": bool(choices.iterations),
        "is_detection": project_domain(project).type is DomainType.OBJECT_DETECTION,
        "is_multiclass": project.classification_type == ClassificationType.MULTICLASS,
        "is_read_only": not can_edit,
        "most_at_once": MOST_IDS,
        "since": since.isoformat(),
        "recent": recent,
        "content": json.dumps(content),
        "tag_records": json.dumps([tag_record(tag) for tag in tags]),
    }
    if request.headers.get(PART_HEADER):
        rights = {"can": {"edit_images": can_edit, "train": request.actor.may(Right.TRAIN, project)}}
        stored = StoredPrediction.objects.filter(project=project).count()
        context |= {"project": project, "bar": {"prediction_count": stored}}
        answer = render(request, "inference/predictions_parts.html", context | rights)
    else:
        answer = render(
            request, "inference/predictions.html", project_context(request, project, "predictions", **context)
        )
    # The two differ by a header; a browser going back must not show the one for the other.
    answer["Vary"] = f"{PART_HEADER}, Cookie"
    answer["Cache-Control"] = "no-store"
    return answer


@page(Right.VIEW)
def more_predictions(request: PageRequest, project: Project) -> HttpResponse:
    """The next page under the filter: `?session=&continuation=` as the last one gave them."""
    token = PageToken(request.GET.get("session", ""), request.GET.get("continuation", ""))
    return JsonResponse(_content(request, project, read_filter(request.GET), token))


@page(Right.VIEW)
def one_prediction(request: PageRequest, project: Project, prediction_id: UUID) -> HttpResponse:
    """All that was said of one picture."""
    row = StoredPrediction.objects.filter(pk=prediction_id, project=project).first()
    if row is None:
        raise Refusal("NotFound", "This prediction is not here any more: it was moved, deleted, or its time was over.")
    (item,) = prediction_items(project, [row], _iteration_names(project), is_whole=True)
    return JsonResponse(item)


@page(Right.VIEW)
def new_predictions(request: PageRequest, project: Project) -> HttpResponse:
    """How many under the filter came after `?since=`, up to a hundred more than `recent`."""
    try:
        since = datetime.fromisoformat(request.GET.get("since", ""))
        if since.tzinfo is None:
            raise ValueError("a moment without its time zone")
    except ValueError as error:
        raise Refusal("BadRequest", "since is a moment, as the page was given it.") from error
    return JsonResponse({"count": _count_since(request, project, read_filter(request.GET), since)})


def _content(request: PageRequest, project: Project, wanted: PredictionFilter, token: PageToken) -> dict[str, Any]:
    found = query_predictions(request.actor, project, wanted.question(), token, PREDICTIONS_A_PAGE)
    return {
        "items": prediction_items(project, found.rows, _iteration_names(project)),
        "session": found.token.session,
        "continuation": found.token.continuation,
    }


def _iteration_names(project: Project) -> dict[UUID, str]:
    return dict(Iteration.objects.filter(project=project, deleted__isnull=True).values_list("pk", "name"))


def _count_since(request: PageRequest, project: Project, wanted: PredictionFilter, since: datetime) -> int:
    question = wanted.question()
    if question.start is None or question.start < since:
        question = replace(question, start=since)
    if question.end is not None and question.end < since:
        return 0
    return count_predictions(request.actor, project, question, MOST_NEW * 10)
