"""Stored predictions, newest first."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render

from inference.files import thumbnail_name
from inference.models import StoredPrediction
from inference.pages.prediction_boxes import tile_boxes
from labeling.tag_keys import PageTag, project_tags
from portal.domains import DomainType
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.pages.project_bar import project_context
from portal.permissions import Right
from portal.projects import project_domain
from portal.signed_files import signed_path
from training.models import Iteration

PREDICTIONS_A_PAGE = 48
TOP = ("predictions__0", "predictions__1")


@page(Right.VIEW)
def predictions(request: PageRequest, project: Project) -> HttpResponse:
    stored = StoredPrediction.objects.filter(project=project)
    counts = dict(stored.order_by().values_list("iteration_id").annotate(count=Count("pk")))
    names = dict(Iteration.objects.filter(project=project, deleted__isnull=True).values_list("pk", "name"))
    chosen = _id(request.GET.get("iteration", ""))
    shown = stored.filter(iteration_id=chosen) if chosen is not None and chosen in counts else stored
    is_detection = project_domain(project).type is DomainType.OBJECT_DETECTION
    said = ("predictions", "width", "height") if is_detection else TOP
    columns = ("pk", "created", "iteration_id", "published_name", "application", *said)
    rows = Paginator(shown.order_by("-created", "-pk").values(*columns), PREDICTIONS_A_PAGE).get_page(
        request.GET.get("page")
    )
    tags = {str(tag.id): tag for tag in project_tags(project)}
    tiles = [
        {
            "picture": signed_path(thumbnail_name(project.pk, row["pk"])),
            **_said(row, tags, is_detection=is_detection),
            "iteration": names.get(row["iteration_id"], "a deleted iteration"),
            "published_name": row["published_name"],
            "application": row["application"],
            "created": row["created"],
        }
        for row in rows
    ]
    iterations = [(pk, names.get(pk, "Deleted iteration"), count) for pk, count in counts.items()]
    context = project_context(
        request,
        project,
        "predictions",
        tiles=tiles,
        rows=rows,
        iterations=sorted(iterations, key=lambda each: each[1], reverse=True),
        chosen=chosen if chosen in counts else None,
        total=sum(counts.values()),
    )
    return render(request, "inference/predictions.html", context)


def _said(row: Mapping[str, Any], tags: Mapping[str, PageTag], *, is_detection: bool) -> dict[str, Any]:
    """A detector's boxes, or the two most probable tags."""
    if is_detection:
        size = {"width": row["width"], "height": row["height"]}
        return {**size, "found": tile_boxes(row["predictions"], **size, tags=tags)}
    return {"top": [(tags.get(top["tagId"]), top["tagName"], top["probability"]) for each in TOP if (top := row[each])]}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
