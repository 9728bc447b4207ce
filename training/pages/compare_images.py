"""All images of a kind that a comparison tells of: answers that changed, or data that did."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from labeling.gallery import gallery_images
from labeling.models import Image
from labeling.tag_keys import frozen_tags, project_tags
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.pages.project_bar import project_context
from portal.permissions import Right
from training.comparing.answers import AnswerChange
from training.comparing.comparison import compare
from training.comparing.data_changes import ChangedData, DataChange, data_changes
from training.models import Iteration
from training.pages.compare_query import CompareQuery, read_compare_query
from training.pages.compare_tiles import Tile, answer_tile, data_tile
from training.performance import is_detection

IMAGES_A_PAGE = 60
ANSWER_TITLES = {
    AnswerChange.NOW_RIGHT: "Now right",
    AnswerChange.NOW_WRONG: "Now wrong",
    AnswerChange.FEWER: "Fewer mistakes",
    AnswerChange.MORE: "More mistakes",
}
OLD_KINDS = (DataChange.REMOVED, DataChange.LOCKED, DataChange.BOXES_REMOVED)


@dataclass(frozen=True)
class Grid:
    """A page of tiles under a title; `explains` says what the drawing shows."""

    title: str
    detail: str
    explains: str
    tiles: Sequence[Tile]
    count: int


@page(Right.VIEW)
def compare_images(request: PageRequest, project: Project) -> HttpResponse:
    """`?kind=&of=&page=` of a comparison; `of` is the iteration that is held against the first."""
    query = read_compare_query(project, request.GET)
    place = held_place(query, request.GET.get("of", ""))
    iteration = query.choice.compared[place]
    number = _number(request.GET.get("page", "1"))
    kind = request.GET.get("kind", "")
    first = (number - 1) * IMAGES_A_PAGE
    if kind in list(AnswerChange):
        grid = _answers(project, query, place, AnswerChange(kind), first)
    elif kind in list(DataChange):
        grid = _data(project, query, place, DataChange(kind), first)
    else:
        raise Refusal("NotFound", "There are no such images; Compare leads to those that there are.")
    pages = max(1, -(-grid.count // IMAGES_A_PAGE))
    addresses = {
        at: query.address(project, "compare_images", kind=kind, of=iteration.pk, page=at)
        for at in (number - 1, number + 1)
    }
    context: dict[str, Any] = {
        "query": query,
        "iteration": iteration,
        "before": query.choice.before,
        "grid": grid,
        "back": query.address(project),
        "number": number,
        "pages": pages,
        "previous": addresses[number - 1] if number > 1 else "",
        "next": addresses[number + 1] if number < pages else "",
        "is_detection": is_detection(iteration),
    }
    return render(request, "training/compare_images.html", project_context(request, project, "performance", **context))


def held_place(query: CompareQuery, of: str) -> int:
    """The place of the iteration among those compared; without one, of the first that is held against another.

    Raises Refusal `NotFoundIteration`.
    """
    places = {str(each.pk): place for place, each in enumerate(query.choice.compared)}
    place = places.get(of, 1 if not of and places else 0)
    if not place:
        raise Refusal("NotFoundIteration", "This iteration is not compared here.")
    return place


def _answers(project: Project, query: CompareQuery, place: int, kind: AnswerChange, first: int) -> Grid:
    comparison = compare(query.choice.compared, query.threshold, query.overlap)
    rows = comparison.answers.changed(0, place)[kind]
    ids = [comparison.common.image_ids[row] for row in rows[first : first + IMAGES_A_PAGE]]
    tags = {tag.id: tag for tag in project_tags(project)}
    of = query.choice.compared[place].pk
    tiles = [
        answer_tile(
            image,
            query.address(project, "compare_image", image.id, kind=kind, of=of),
            comparison.answers,
            (0, place),
            tags,
        )
        for image in gallery_images(project, ids)
    ]
    explains = "True boxes are solid, false ones that are drawn now dashed." if tags and tiles[:1] else ""
    return Grid(ANSWER_TITLES[kind], "", explains if is_detection(query.choice.after) else "", tiles, len(rows))


def _data(project: Project, query: CompareQuery, place: int, kind: DataChange, first: int) -> Grid:
    before, after = query.choice.before, query.choice.compared[place]
    found = {each.kind: each for each in data_changes([before, after])[0]}
    changed = found.get(kind, ChangedData(kind, 0, "Nothing changed", "", []))
    holder = before if kind in OLD_KINDS else after
    ids = sorted(changed.image_ids, key=str)
    shown = ids[first : first + IMAGES_A_PAGE]
    images = gallery_images(project, shown, holder.pk)
    tags = {tag.id: tag for tag in (*frozen_tags(project, before.pk), *frozen_tags(project, after.pk))}
    here = set(Image.objects.filter(pk__in=shown, removed__isnull=True).values_list("pk", flat=True))
    tiles = [data_tile(image, _view(project, image.id, holder, here), changed, tags) for image in images]
    explains = "Boxes as they were are dashed, as they are now solid." if changed.old_boxes else ""
    return Grid(changed.what, changed.detail, explains, tiles, len(ids))


def _view(project: Project, image_id: UUID, holder: Iteration, here: set[UUID]) -> str:
    """Where the image is looked at: with today's labels, or where it was deleted since as the iteration knew it."""
    frozen = {} if image_id in here else {"iteration": holder.pk}
    return f"{reverse('images', args=[project.pk])}?{urlencode({**frozen, 'image': image_id})}"


def _number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
