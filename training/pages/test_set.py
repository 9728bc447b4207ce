"""The locked test set's dialog, and the gallery's acts on it."""

import json
import secrets

from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render

from labeling.locked_test_choice import (
    TestSetChange,
    draw_into_test_set,
    put_into_test_set,
    take_out_of_test_set,
)
from labeling.models import TestChoice
from labeling.random_draw import Draw
from labeling.test_set_facts import count_test_set
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right
from training.gallery_set import GalleryQuery, gallery_set
from training.iterations import get_iteration
from training.pages.gallery import STATES_AT_ONCE, read_ids
from training.pages.gallery_query import read_query

SHORT_SEEDS = 100_000
DIGITS = 10


@page(Right.VIEW)
def test_set_dialog(request: PageRequest, project: Project) -> HttpResponse:
    """What the test set is and has; whoever trains fills it from here. The address holds the gallery's filter."""
    return _dialog(request, project, request.GET)


@page(Right.TRAIN, methods=("POST",))
def draw(request: PageRequest, project: Project) -> HttpResponse:
    """Put images in that are drawn at random."""
    form = request.POST
    try:
        number = _number(form.get("number", ""), "Say how many images, or what share of them: a number.")
        seed = int(_number(form.get("seed", ""), "The seed is a whole number."))
        is_share = form.get("unit") == "percent"
        if not is_share and number != int(number):
            raise Refusal("BadRequest", "So many images are a whole number.")
        wanted = Draw(seed, percent=number) if is_share else Draw(seed, count=int(number))
        change = draw_into_test_set(request.actor, project, wanted)
    except Refusal as refusal:
        return _dialog(request, project, _asked(request), refusal=refusal)
    return _changed(request, project, change)


@page(Right.TRAIN, methods=("POST",))
def choose_filter(request: PageRequest, project: Project) -> HttpResponse:
    """Put all images in, or take them out, that the gallery's filter shows."""
    try:
        query = read_query(_asked(request))
        if not _is_filtering(query):
            raise Refusal("BadRequest", "The gallery shows every image. Filter it first, by a tag for one.")
        iteration = get_iteration(project, query.iteration_id) if query.iteration_id else None
        ids = gallery_set(project, query, iteration).ids
        if request.POST.get("act") == "out":
            change = take_out_of_test_set(request.actor, project, ids)
        else:
            change = put_into_test_set(request.actor, project, ids, TestChoice.FILTER)
    except Refusal as refusal:
        return _dialog(request, project, _asked(request), refusal=refusal)
    return _changed(request, project, change)


@page(Right.TRAIN, methods=("POST",))
def choose_images(request: PageRequest, project: Project) -> HttpResponse:
    """Put the images `{"images": [ids], "isIn": true}` in, or take them out; answers `TestSetAnswer` of gallery.

    `changed` are the ids of all that came in or went out: an undo names these.
    """
    ids = read_ids(request, STATES_AT_ONCE)
    is_in = json.loads(request.body).get("isIn")
    if not isinstance(is_in, bool):
        raise Refusal("BadRequest", "Say whether the images come in or go out: isIn is true or false.")
    act = put_into_test_set if is_in else take_out_of_test_set
    change = act(request.actor, project, ids)
    return JsonResponse({"words": change_words(change), "changed": list(map(str, change.changed)), "isIn": is_in})


def change_words(change: TestSetChange) -> str:
    """What came of a choice, for a person."""
    if change.taken_out:
        return f"Out of the locked test set: {_images(change.taken_out)}. Trainings see them again."
    if not change.chosen and not change.near_duplicates:
        return "Nothing changed: these images were there already."
    words = f"In the locked test set now: {_images(change.chosen)}"
    if not change.near_duplicates:
        return f"{words}."
    looks = "that looks" if change.near_duplicates == 1 else "that look"
    return f"{words}, and along with them {change.near_duplicates:,} {looks} nearly the same."


def _changed(request: PageRequest, project: Project, change: TestSetChange) -> HttpResponse:
    answer = _dialog(request, project, _asked(request), done=change_words(change))
    answer["HX-Trigger"] = "test-set-changed"
    return answer


def _dialog(
    request: PageRequest, project: Project, asked: QueryDict, *, done: str = "", refusal: Refusal | None = None
) -> HttpResponse:
    query = read_query(asked)
    may_choose = request.actor.may(Right.TRAIN, project)
    is_filtering = _is_filtering(query)
    iteration = get_iteration(project, query.iteration_id) if query.iteration_id else None
    context = {
        "project": project,
        "facts": count_test_set(project),
        "asked": asked.urlencode(),
        "is_filtering": is_filtering,
        "shown": gallery_set(project, query, iteration, take=1).total if may_choose and is_filtering else 0,
        "may_choose": may_choose,
        "seed": request.POST.get("seed") if refusal else secrets.randbelow(SHORT_SEEDS),
        "number": request.POST.get("number", ""),
        "unit": request.POST.get("unit", "images"),
        "done": done,
        "refusal": refusal,
    }
    return render(request, "training/test_set_dialog.html", context, status=422 if refusal else 200)


def _asked(request: PageRequest) -> QueryDict:
    """The gallery's filter, which a form brings along."""
    return QueryDict(request.POST.get("asked", ""))


def _is_filtering(query: GalleryQuery) -> bool:
    return query.is_filtering or query.iteration_id is not None


def _number(text: str, words: str) -> float:
    text = text.strip()
    if not (text.isascii() and text.replace(".", "", 1).isdigit() and len(text) <= DIGITS):
        raise Refusal("BadRequest", words)
    return float(text)


def _images(count: int) -> str:
    return f"{count:,} image" if count == 1 else f"{count:,} images"
