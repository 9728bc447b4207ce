"""The Errors view of an iteration: what it got wrong on images that it had not seen, and labels that it doubts."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from labeling.confirming import confirm_labels, take_confirmation_back
from labeling.locked_test_set import images_in_test_set
from labeling.pages.tags import tag_record
from labeling.tag_keys import frozen_tags, project_tags
from portal.errors import Refusal
from portal.models import ClassificationType, Project
from portal.pages.access import PageRequest, page
from portal.pages.project_bar import project_context
from portal.permissions import Right
from training.errors.error_list import ANYTHING, NOTHING, error_list
from training.errors.label_queue import label_queue
from training.errors.mistakes import ErrorKind
from training.iterations import get_iteration
from training.judged import JudgedOn
from training.pages.error_query import ANYTHING_WORD, NOTHING_WORD, TILES_ON_A_PAGE, ErrorAddress, read_address
from training.pages.error_tiles import error_tiles, kind_of_doubt, mistake_record
from training.pages.error_words import kinds_of, queue_summary, summary
from training.pages.gallery import item_record
from training.performance import is_detection, require_trained


@page(Right.VIEW)
def errors(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """`?kind=&true=&predicted=&threshold=&overlap=&judged=&order=&page=`; `kind=labels`: likely label errors."""
    iteration = get_iteration(project, iteration_id)
    require_trained(iteration)
    address = read_address(request.GET)
    found = error_list(request.actor, iteration, address.query)
    queue = label_queue(request.actor, iteration)
    doubts = {id(doubt.mistake): doubt for doubt in queue.open} if address.is_labels else {}
    every = [doubt.mistake for doubt in queue.open] if address.is_labels else found.mistakes
    pages = max(1, -(-len(every) // TILES_ON_A_PAGE))
    number = min(address.page, pages)
    first = (number - 1) * TILES_ON_A_PAGE
    tags_now = project_tags(project)
    # Those that came since as well: the locked test set may have them.
    tags = {tag.id: tag for tag in (*frozen_tags(project, iteration.pk), *tags_now)}
    tiles = error_tiles(project, iteration.pk, every[first : first + TILES_ON_A_PAGE], tags, first)
    is_detector = is_detection(iteration)
    items = {tile.image.id: tile.image for tile in tiles if not tile.is_gone}
    can_edit = request.actor.may(Right.EDIT_IMAGES, project)
    query = address.query
    context: dict[str, Any] = {
        "iteration": iteration,
        "query": query,
        "is_labels": address.is_labels,
        "is_detector": is_detector,
        "is_detection": is_detector,  # of the project: the image view asks
        "is_multiclass": project.classification_type == ClassificationType.MULTICLASS,
        "can_edit": can_edit,
        "kinds": _kind_links(address, found.counts, found.all_count, is_detector=is_detector),
        "queue": queue,
        "labels_link": f"?{address.parameters(kind='labels', true='', predicted='', order='', page='')}",
        "sentence": queue_summary(queue, is_detector=is_detector)
        if address.is_labels
        else summary(query, found, is_detector=is_detector),
        "tags": list(tags.values()),
        "nothing": NOTHING_WORD,
        "anything": ANYTHING_WORD,
        "is_true_anything": query.true_tag == ANYTHING,
        "is_predicted_anything": query.predicted_tag == ANYTHING,
        "is_true_nothing": query.true_tag == NOTHING,
        "is_predicted_nothing": query.predicted_tag == NOTHING,
        "is_locked": query.judged_on is JudgedOn.LOCKED,
        "has_locked": images_in_test_set(project).exists(),
        "tiles": [(tile, kind_of_doubt(tile.mistake.kind) if doubts else tile.mistake.kind) for tile in tiles],
        "review": f"{reverse('review', args=[project.pk, iteration.pk])}?{address.parameters()}" if is_detector else "",
        "previous": f"?{address.parameters(page=number - 1)}" if number > 1 else "",
        "next": f"?{address.parameters(page=number + 1)}" if number < pages else "",
        "first": first + 1,
        "last": first + len(tiles),
        "total": len(every),
        "data": {
            "tags": json.dumps([tag_record(tag) for tag in tags_now]),
            "items": json.dumps([item_record(each, {}, is_detection=is_detector) for each in items.values()]),
            "mistakes": json.dumps([mistake_record(tile, doubts.get(id(tile.mistake))) for tile in tiles]),
        },
    }
    return render(request, "training/errors.html", project_context(request, project, "performance", **context))


@page(Right.EDIT_IMAGES, methods=("POST",))
def keep_labels(request: PageRequest, project: Project) -> HttpResponse:
    """`{"image": id, "version": n}` says that the labels are right as they are; with `"undo": true` takes it back."""
    try:
        body = json.loads(request.body)
        image_id, is_undo = UUID(body["image"]), body.get("undo", False) is True
        version = 0 if is_undo else int(body["version"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal("BadRequestInvalid", "This names no image and version. Load the page again.") from error
    if is_undo:
        take_confirmation_back(request.actor, project, image_id)
    else:
        confirm_labels(request.actor, project, image_id, version)
    return JsonResponse({})


def _kind_links(
    address: ErrorAddress, counts: Mapping[ErrorKind, int], all_count: int, *, is_detector: bool
) -> list[tuple[str, str, int, bool, str]]:
    """Words, link, count, whether it is shown, and what it is."""
    chosen = None if address.is_labels else address.query.kind
    links = [("All", f"?{address.parameters(kind='')}", all_count, chosen is None and not address.is_labels, "")]
    for kind, words in kinds_of(is_detector=is_detector).items():
        links.append((words.label, f"?{address.parameters(kind=kind)}", counts[kind], chosen is kind, words.why))
    return links
