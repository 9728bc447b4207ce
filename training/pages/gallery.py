"""The Training images page: the gallery, its filters, and the images it asks for while one scrolls."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from labeling.edit_types import box_record
from labeling.gallery import SHOWN_AT_ONCE, GalleryImage, TaggingCounts, gallery_images, label_states, tagging_counts
from labeling.health import Health, dataset_health, missing_images
from labeling.left_out import LeftOut, left_out
from labeling.pages.tags import tag_record
from labeling.tag_keys import PageTag, frozen_tags, project_tags
from portal.domains import DomainType
from portal.errors import Refusal
from portal.models import ClassificationType, Project
from portal.pages.access import PageRequest, page
from portal.pages.project_bar import project_context
from portal.permissions import Right
from portal.projects import project_domain
from portal.signed_files import signed_path
from training.gallery_set import GalleryQuery, gallery_set, wrong_of
from training.iterations import get_iteration, project_iterations
from training.models import Iteration
from training.pages.gallery_query import query_record, read_query
from training.pages.gallery_words import title, wrong_line
from training.pages.near_pairs import near_pair_tiles
from training.wrong_images import Mistakes

FIRST_IMAGES = 60
STATES_AT_ONCE = 10_000
TAGS_WITHOUT_SEARCH = 12
# In larger projects boxes are looked at in the health dialog alone: the page would wait for them.
IMAGES_WITH_BOXES_LOOKED_AT = 2000
# The page's script asks with it for the parts that a filter changes.
PART_HEADER = "X-Gallery-Part"


@dataclass(frozen=True)
class TagRow:
    """A tag in the pane: `missing` images before it can be trained."""

    tag: PageTag
    is_chosen: bool
    missing: int


@page(Right.VIEW)
def images(request: PageRequest, project: Project) -> HttpResponse:
    """The page, or to its own script only the parts that depend on the filter."""
    query = read_query(request.GET)
    iteration = _iteration(project, query)
    tags = frozen_tags(project, iteration.pk) if iteration else project_tags(project)
    known = {tag.id for tag in tags}
    # A tag of the address that was deleted since is no reason to show nothing.
    query = _without_unknown_tags(query, known)
    counts = tagging_counts(project, query.iteration_id)
    shown = gallery_set(project, query, iteration, FIRST_IMAGES, counts)
    first = gallery_images(project, shown.ids, query.snapshot_id)
    without = left_out(project)
    missing = {} if iteration else missing_images(project, tags, without)
    chosen = [tag for tag in tags if tag.id in query.tag_ids]
    is_detection = _is_detection(project)
    can_edit = request.actor.may(Right.EDIT_IMAGES, project)
    context = {
        "query": query,
        "iteration": iteration,
        "iterations": project_iterations(project),
        "counts": counts,
        "rows": [TagRow(tag, tag.id in query.tag_ids, missing.get(str(tag.id), 0)) for tag in tags],
        "chosen": chosen,
        "has_tag_search": len(tags) > TAGS_WITHOUT_SEARCH,
        "title": title(query, shown, iteration),
        "wrong_line": wrong_line(query, shown, chosen, iteration),
        "shown": shown,
        "test_images": without.test_images,
        "may_choose": request.actor.may(Right.TRAIN, project),
        "asked": request.GET.urlencode(),
        "health": None if iteration or counts.all == 0 else _health(project, tags, counts, without),
        "is_read_only": bool(iteration) or not can_edit,
        "data": {
            "filter": json.dumps(query_record(query)),
            "tags": json.dumps([tag_record(tag) for tag in tags]),
            "first": json.dumps([item_record(each, shown.wrong, is_detection=is_detection) for each in first]),
        },
        "is_detection": is_detection,
        "is_multiclass": project.classification_type == ClassificationType.MULTICLASS,
    }
    if request.headers.get(PART_HEADER):
        answer = render(request, "training/gallery_parts.html", {"project": project, **context, **_rights(can_edit)})
    else:
        answer = render(request, "training/gallery.html", project_context(request, project, "images", **context))
    # The two differ by a header; a browser going back must not show the one for the other.
    answer["Vary"] = f"{PART_HEADER}, Cookie"
    answer["Cache-Control"] = "no-store"
    return answer


@page(Right.VIEW)
def gallery_order(request: PageRequest, project: Project) -> HttpResponse:
    """The ids of all images that match, in order: 16 bytes each."""
    query = read_query(request.GET)
    shown = gallery_set(project, query, _iteration(project, query))
    return HttpResponse(b"".join(image_id.bytes for image_id in shown.ids), content_type="application/octet-stream")


@page(Right.VIEW, methods=("POST",))
def gallery_items(request: PageRequest, project: Project) -> HttpResponse:
    """What tiles need of the images `{"images": [ids]}`, under the address's iteration and tags."""
    query = read_query(request.GET)
    image_ids = read_ids(request, SHOWN_AT_ONCE)
    wrong = wrong_of(query, _iteration(project, query))
    items = gallery_images(project, image_ids, query.snapshot_id)
    is_detection = _is_detection(project)
    return JsonResponse({"items": [item_record(each, wrong, is_detection=is_detection) for each in items]})


@page(Right.VIEW, methods=("POST",))
def gallery_states(request: PageRequest, project: Project) -> HttpResponse:
    """Versions and labels of many images at once, `{"images": [ids]}`: for an edit of all that a filter shows.

    Each of `states` is an image's id, its version and its tags; `boxes` by image, `noObjects` the images without.
    """
    states = label_states(project, read_ids(request, STATES_AT_ONCE))
    return JsonResponse(
        {
            "states": [[str(each.id), each.version, *map(str, each.tag_ids)] for each in states],
            "boxes": {str(each.id): [box_record(box) for box in each.boxes] for each in states if each.boxes},
            "noObjects": [str(each.id) for each in states if each.has_no_objects],
        }
    )


@page(Right.VIEW)
def health(request: PageRequest, project: Project) -> HttpResponse:
    """The dialog with the details of the dataset's health."""
    tags = project_tags(project)
    found = dataset_health(project, tags, tagging_counts(project))
    context = {
        "project": project,
        "health": found,
        "pairs": near_pair_tiles(project, found.near_pairs),
        "tags": sorted(tags, key=lambda tag: -tag.image_count),
        "most": max((tag.image_count for tag in tags), default=0),
    }
    return render(request, "training/gallery_health.html", context)


def item_record(image: GalleryImage, wrong: Mapping[UUID, Mistakes], *, is_detection: bool) -> dict[str, Any]:
    """`GalleryItem` of static/src/gallery/types.ts."""
    mistakes = wrong.get(image.id)
    counts = {"missed": mistakes.missed, "false": mistakes.false} if mistakes and is_detection else None
    return {
        "image": str(image.id),
        "version": image.version,
        "tags": [str(tag_id) for tag_id in image.tag_ids],
        "boxes": [box_record(box) for box in image.boxes],
        "hasNoObjects": image.has_no_objects,
        "isInTestSet": image.is_in_test_set,
        "name": image.name,
        "width": image.width,
        "height": image.height,
        "thumbnail": signed_path(image.thumbnail),
        "picture": signed_path(image.picture),
        "wrong": str(mistakes or ""),
        **({"wrongBoxes": counts} if counts else {}),
    }


def _is_detection(project: Project) -> bool:
    return project_domain(project).type is DomainType.OBJECT_DETECTION


def _health(project: Project, tags: Sequence[PageTag], counts: TaggingCounts, without: LeftOut) -> Health:
    return dataset_health(project, tags, counts, most_images=IMAGES_WITH_BOXES_LOOKED_AT, without=without)


def _rights(can_edit: bool) -> dict[str, Any]:
    return {"can": {"edit_images": can_edit}}


def _iteration(project: Project, query: GalleryQuery) -> Iteration | None:
    return get_iteration(project, query.iteration_id) if query.iteration_id else None


def _without_unknown_tags(query: GalleryQuery, known: set[UUID]) -> GalleryQuery:
    return replace(query, tag_ids=tuple(tag_id for tag_id in query.tag_ids if tag_id in known))


def read_ids(request: PageRequest, most: int) -> Sequence[UUID]:
    """The ids of `{"images": [ids]}`. Raises Refusal."""
    try:
        image_ids = [UUID(text) for text in json.loads(request.body)["images"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal("BadRequestInvalidIds", "This is not a list of image ids.") from error
    if len(image_ids) > most:
        raise Refusal("BadRequestExceededBatchSize", f"At most {most:,} images are named in one call.")
    return image_ids
