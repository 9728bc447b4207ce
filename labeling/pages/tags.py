"""Dialogs for tags: new, change, delete."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from labeling.models import Tag, TagType
from labeling.tag_keys import COLOR_COUNT, PageTag, project_tags
from labeling.tags import TagChange, create_tag, get_tag, update_tag
from labeling.tags import delete_tag as delete_tag_act
from portal.domains import DomainType
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, page, wants_json
from portal.permissions import Right
from portal.projects import project_domain


@page(Right.EDIT_IMAGES, methods=("GET", "POST"))
def new_tag(request: PageRequest, project: Project) -> HttpResponse:
    """The dialog for a new tag; scripts post `{"name": ...}` and get the tag."""
    if request.method == "POST" and wants_json(request):
        tag = create_tag(request.actor, project, _json_name(request))
        return JsonResponse(tag_record(_page_tag(project, tag)))
    form = _form(request) if request.method == "POST" else {}
    if request.method == "POST":
        try:
            create_tag(request.actor, project, form["name"], form["description"], form["type"])
        except Refusal as refusal:
            return _dialog(request, project, form, refusal=refusal, status=422)
        return _changed()
    return _dialog(request, project, {"name": request.GET.get("name", "")})


@page(Right.EDIT_IMAGES, methods=("GET", "POST"))
def edit_tag(request: PageRequest, project: Project, tag_id: UUID) -> HttpResponse:
    """The dialog that changes a tag."""
    tag = get_tag(project, tag_id)
    if request.method == "POST":
        form = _form(request)
        change = TagChange(
            name=form["name"],
            description=form["description"],
            type=form["type"] if form["type"] != tag.type else None,
            color=form["color"],
        )
        try:
            update_tag(request.actor, tag, change)
        except Refusal as refusal:
            return _dialog(request, project, form, tag, refusal, status=422)
        return _changed()
    form = {"name": tag.name, "description": tag.description, "type": tag.type, "color": tag.color}
    return _dialog(request, project, form, tag)


@page(Right.EDIT_IMAGES, methods=("GET", "POST"))
def delete_tag(request: PageRequest, project: Project, tag_id: UUID) -> HttpResponse:
    """The dialog that deletes a tag, and says from how many images it goes."""
    tag = get_tag(project, tag_id)
    if request.method == "POST":
        delete_tag_act(request.actor, tag)
        return _changed()
    context = {"project": project, "tag": _page_tag(project, tag)}
    return render(request, "labeling/delete_tag_dialog.html", context)


def tag_record(tag: PageTag) -> dict[str, Any]:
    """`PageTag` of static/src/gallery/types.ts."""
    return {
        "id": str(tag.id),
        "name": tag.name,
        "type": tag.type,
        "color": tag.color,
        "key": tag.key,
        "description": tag.description,
        "imageCount": tag.image_count,
    }


def _page_tag(project: Project, tag: Tag) -> PageTag:
    return next(each for each in project_tags(project) if each.id == tag.pk)


def _json_name(request: PageRequest) -> str:
    try:
        return str(json.loads(request.body)["name"])
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal("BadRequestTagName", "A new tag needs a name.") from error


def _form(request: PageRequest) -> dict[str, Any]:
    color = request.POST.get("color", "")
    return {
        "name": request.POST.get("name", ""),
        "description": request.POST.get("description", ""),
        "type": TagType.NEGATIVE if "is_negative" in request.POST else TagType.REGULAR,
        "color": int(color) if color.isascii() and color.isdigit() else None,
    }


def _dialog(
    request: PageRequest,
    project: Project,
    form: dict[str, Any],
    tag: Tag | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "project": project,
        "form": form,
        "tag": tag,
        "refusal": refusal,
        "colors": range(1, COLOR_COUNT + 1),
        "may_be_negative": project_domain(project).type is DomainType.CLASSIFICATION,
    }
    return render(request, "labeling/tag_dialog.html", context, status=status)


def _changed() -> HttpResponse:
    """Close the dialog, and let the page ask anew what its tags are."""
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"close-dialog": True, "tags-changed": True})})
