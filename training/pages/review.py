"""Truth and prediction of one held-out image over each other, one wrong image after another."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from labeling.gallery import gallery_images
from labeling.models import Image
from labeling.tag_keys import PageTag, frozen_tags
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.pages.project_bar import project_context
from portal.permissions import Right
from portal.signed_files import signed_path
from training.gallery_set import GalleryQuery
from training.image_review import ReviewedBox, held_out_images, image_review, images_by_mistakes
from training.iterations import get_iteration
from training.pages.error_walk import ErrorWalk, error_walk
from training.pages.gallery_query import DEFAULT_OVERLAP_PERCENT, DEFAULT_THRESHOLD_PERCENT, read_query


@dataclass(frozen=True)
class DrawnReview:
    """A box as the page draws and lists it; lengths in percent of the picture. Its script places the word."""

    box: ReviewedBox
    tag: PageTag
    left: str
    top: str
    width: str
    height: str
    word: str
    is_lit: bool = False


@page(Right.VIEW)
def review(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """`?image=&tag=&threshold=&overlap=`; without an image, the one with the most mistakes.

    With `at`, the place in the list of the Errors view whose other parameters are given: previous and next are of it.
    """
    iteration = get_iteration(project, iteration_id)
    query = read_query(request.GET)
    threshold, overlap = query.threshold_percent / 100, query.overlap_percent / 100
    wrong = images_by_mistakes(request.actor, iteration, query.tag_ids, threshold, overlap)
    held_out = held_out_images(request.actor, iteration)
    image_id = _asked_for(request)
    walk = error_walk(request.actor, iteration, request.GET, image_id)
    if walk is not None:
        image_id = walk.mistake.image_id
    elif image_id is None:
        image_id = wrong[0] if wrong else held_out[0] if held_out else None
    tags = {tag.id: tag for tag in frozen_tags(project, iteration.pk)}
    context: dict[str, Any] = {
        "iteration": iteration,
        "query": query,
        "walk": walk,
        "chosen": [tags[tag_id] for tag_id in query.tag_ids if tag_id in tags],
        "wrong_count": len(wrong),
        "held_out_count": len(held_out),
        "place": wrong.index(image_id) + 1 if image_id in wrong else 0,
        "is_changed": (query.threshold_percent, query.overlap_percent)
        != (DEFAULT_THRESHOLD_PERCENT, DEFAULT_OVERLAP_PERCENT),
    }
    if image_id is not None:
        is_locked = walk is not None and walk.is_locked
        shown = gallery_images(project, [image_id], None if is_locked else iteration.pk)
        if not shown:
            raise Refusal("NotFoundImage", f"This image is not among those of {iteration.name}.")
        found = image_review(request.actor, iteration, image_id, threshold, overlap, is_locked=is_locked)
        previous, following = _neighbors(wrong, image_id)
        context |= {
            "image": shown[0],
            "picture": signed_path(shown[0].picture),
            "boxes": _drawn(found.boxes, tags, walk) if found else [],
            "is_held_out": found is not None,
            "weaker": found.weaker if found else 0,
            "missed": sum(1 for each in found.boxes if each.verdict == "missed") if found else 0,
            "false": sum(1 for each in found.boxes if each.verdict == "false") if found else 0,
            "editor": _editor(project, image_id),
            "previous": _address(project, iteration_id, query, previous),
            "next": _address(project, iteration_id, query, following),
        }
        if walk is not None:
            context |= {"previous": walk.previous, "next": walk.next}
            kept = ("kind", "true", "predicted", "judged", "order", "at")
            context["walk_fields"] = [(name, request.GET[name]) for name in kept if request.GET.get(name)]
            context["editor"] = walk.editor if context["editor"] else ""
    return render(request, "training/review.html", project_context(request, project, "performance", **context))


def _asked_for(request: PageRequest) -> UUID | None:
    text = request.GET.get("image", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Refusal("NotFoundImage", "There is no such image.") from None


def _neighbors(wrong: list[UUID], image_id: UUID) -> tuple[UUID | None, UUID | None]:
    """The wrong images before and after; from one that is not wrong, the first is next."""
    if image_id not in wrong:
        return None, wrong[0] if wrong else None
    place = wrong.index(image_id)
    return (wrong[place - 1] if place else None), (wrong[place + 1] if place + 1 < len(wrong) else None)


def _address(project: Project, iteration_id: UUID, query: GalleryQuery, image_id: UUID | None) -> str:
    if image_id is None:
        return ""
    parameters = [("tag", str(tag_id)) for tag_id in query.tag_ids]
    parameters += [("threshold", str(query.threshold_percent)), ("overlap", str(query.overlap_percent))]
    parameters.append(("image", str(image_id)))
    return f"{reverse('review', args=[project.pk, iteration_id])}?{urlencode(parameters)}"


def _editor(project: Project, image_id: UUID) -> str:
    """Where the image is edited; empty where it left the workspace."""
    if not Image.objects.filter(project=project, pk=image_id, removed__isnull=True).exists():
        return ""
    return f"{reverse('images', args=[project.pk])}?image={image_id}"


def _drawn(boxes: tuple[ReviewedBox, ...], tags: dict[UUID, PageTag], walk: ErrorWalk | None) -> list[DrawnReview]:
    drawn = []
    for box in boxes:
        left, top, width, height = (f"{100 * edge:.2f}" for edge in box.edges)
        word = " ".join(
            part
            for part in (
                str(box.verdict) if box.is_wrong else "",
                "" if box.probability is None else f"{box.probability:.0%}",
            )
            if part
        )
        is_lit = walk is not None and walk.is_about(box)
        drawn.append(DrawnReview(box, tags[box.tag.tag_id], left, top, width, height, word, is_lit))
    return drawn
