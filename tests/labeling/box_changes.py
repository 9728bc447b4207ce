"""Edits of boxes as a page would make them, and what they leave in the database."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from labeling.boxes import Box, DrawnBox
from labeling.edit_types import Edit, EditAct, ImageChange
from labeling.edits import apply_edit
from labeling.models import AppliedEdit, Image, ImageTag, Region, Tag
from portal.actors import Actor
from portal.errors import Refusal
from portal.models import AuditEntry, Project


def drawn(tag: Tag, left: float = 0.1, replaces: UUID | None = None) -> DrawnBox:
    return DrawnBox(uuid4(), Box(tag.pk, left, 0.2, 0.3, 0.4), replaces)


def change(
    image: Image,
    add: Sequence[DrawnBox] = (),
    remove: Sequence[DrawnBox] = (),
    version: int | None = None,
    has_no_objects: bool | None = None,
) -> ImageChange:
    seen = version_of(image) if version is None else version
    gone = tuple(each.id for each in remove)
    return ImageChange(image.pk, seen, add_boxes=tuple(add), remove_boxes=gone, has_no_objects=has_no_objects)


def label(*changes: ImageChange, edit_id: UUID | None = None) -> Edit:
    return Edit(edit_id or uuid4(), EditAct.LABEL, changes)


def version_of(image: Image) -> int:
    return Image.objects.get(pk=image.pk).version


def record(box: DrawnBox) -> dict[str, Any]:
    found: dict[str, Any] = {"id": str(box.id), "tag": str(box.box.tag_id)}
    found |= dict(zip(("left", "top", "width", "height"), box.box.edges, strict=True))
    return found | ({"replaces": str(box.replaces)} if box.replaces else {})


def state(
    image: Image, version: int, boxes: Sequence[DrawnBox], before: int, *, has_no_objects: bool = False
) -> dict[str, Any]:
    return {
        "image": str(image.pk),
        "version": version,
        "tags": sorted({str(each.box.tag_id) for each in boxes}),
        "boxes": [record(each) for each in boxes],
        "hasNoObjects": has_no_objects,
        "isRemoved": False,
        "before": before,
    }


def live(image: Image) -> list[UUID]:
    regions = Region.objects.filter(image=image, removed__isnull=True).order_by("created", "pk")
    return list(regions.values_list("pk", flat=True))


def tags_of(image: Image) -> set[UUID]:
    return set(ImageTag.objects.filter(image=image, removed__isnull=True).values_list("tag_id", flat=True))


def refused(actor: Actor, project: Project, edit: Edit) -> str:
    lines, regions = AuditEntry.objects.count(), list(Region.objects.order_by("pk").values())
    with pytest.raises(Refusal) as refusal:
        apply_edit(actor, project, edit)
    assert not AppliedEdit.objects.filter(pk=edit.id).exists()
    assert AuditEntry.objects.count() == lines
    assert list(Region.objects.order_by("pk").values()) == regions
    return refusal.value.code
