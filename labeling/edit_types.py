"""What an edit of a page says, and what is said of it: records between page, domain and store."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from labeling.boxes import Box, DrawnBox
from portal.errors import Refusal

# The project is locked while they are made: half a second.
CHANGES_PER_EDIT = 1_000
BOXES_PER_EDIT = 10_000


class EditAct(StrEnum):
    LABEL = "label"
    DELETE = "delete"
    RESTORE = "restore"


@dataclass(frozen=True)
class ImageChange:
    """What an edit does to one image; `version` is the one that the person saw.

    `suggested_tags` are those of `add_tags` that a model suggested and the person confirmed.
    """

    image_id: UUID
    version: int
    add_tags: tuple[UUID, ...] = ()
    remove_tags: tuple[UUID, ...] = ()
    add_boxes: tuple[DrawnBox, ...] = ()
    remove_boxes: tuple[UUID, ...] = ()
    has_no_objects: bool | None = None
    suggested_tags: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Edit:
    """One act of a person, on one or many images, each named once. `id` makes doing it twice harmless."""

    id: UUID
    act: EditAct
    changes: tuple[ImageChange, ...]


@dataclass(frozen=True)
class ImageState:
    """An image's labels now; `before` is the version that the edit found."""

    image_id: UUID
    version: int
    tag_ids: Collection[UUID]
    is_removed: bool
    before: int
    boxes: Collection[DrawnBox] = ()
    has_no_objects: bool = False


class ConflictReason(StrEnum):
    CHANGED = "changed"
    DELETED = "deleted"
    GONE = "gone"
    UPLOADED_AGAIN = "uploaded again"


@dataclass(frozen=True)
class Conflict:
    """An image that was left alone, because it is no longer what the person saw. No name: nobody can be told."""

    change: ImageChange
    theirs: ImageState
    reason: ConflictReason
    changed_by: str = ""
    changed: datetime | None = None


def edit_from_json(body: Any) -> Edit:
    """The edit in a page's JSON (`Edit` in static/src/edits/types.ts). Raises Refusal `BadRequestInvalid`."""
    try:
        changes = tuple(_change(each) for each in body["changes"])
        edit = Edit(_id(body["id"]), EditAct(body["act"]), changes)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal(
            "BadRequestInvalid", "This is not an edit that the server understands. Load the page again."
        ) from error
    if not 1 <= len(changes) <= CHANGES_PER_EDIT:
        raise Refusal("BadRequestExceededBatchSize", f"An edit changes 1 to {CHANGES_PER_EDIT:,} images.")
    if len({change.image_id for change in changes}) < len(changes):
        raise Refusal("BadRequestInvalidIds", "An edit names each image once.")
    if any(set(change.add_tags) & set(change.remove_tags) for change in changes):
        raise Refusal("BadRequestInvalidIds", "An edit cannot put a tag on an image and take it off.")
    _check_boxes(changes)
    return edit


def _check_boxes(changes: Collection[ImageChange]) -> None:
    ids = [drawn.id for change in changes for drawn in change.add_boxes]
    gone = [box_id for change in changes for box_id in change.remove_boxes]
    if len(ids) + len(gone) > BOXES_PER_EDIT:
        raise Refusal("BadRequestExceededBatchSize", f"An edit puts on and takes off at most {BOXES_PER_EDIT:,} boxes.")
    if len(set(ids)) < len(ids):
        raise Refusal("BadRequestInvalidIds", "Each new box has an id of its own.")
    if not set(ids).isdisjoint(gone):
        raise Refusal("BadRequestInvalidIds", "An edit cannot put a box on an image and take it off.")


def _change(record: Any) -> ImageChange:
    version = record["version"]
    if type(version) is not int:
        raise TypeError("the version is a whole number")
    return ImageChange(
        image_id=_id(record["image"]),
        version=version,
        add_tags=tuple(dict.fromkeys(map(_id, record.get("addTags") or ()))),
        suggested_tags=tuple(dict.fromkeys(map(_id, record.get("suggestedTags") or ()))),
        remove_tags=tuple(dict.fromkeys(map(_id, record.get("removeTags") or ()))),
        add_boxes=tuple(map(_box, record.get("addBoxes") or ())),
        remove_boxes=tuple(dict.fromkeys(map(_id, record.get("removeBoxes") or ()))),
        has_no_objects=_flag(record.get("hasNoObjects")),
    )


def _box(record: Any) -> DrawnBox:
    replaces = record.get("replaces")
    return DrawnBox(
        id=_id(record["id"]),
        box=Box(_id(record["tag"]), *(_fraction(record[edge]) for edge in ("left", "top", "width", "height"))),
        replaces=_id(replaces) if replaces is not None else None,
        is_suggested=bool(_flag(record.get("isSuggested"))),
    )


def _fraction(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a place is a number")
    return float(value)


def _flag(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise TypeError("a flag is true or false")
    return value


def _id(text: Any) -> UUID:
    if not isinstance(text, str):
        raise TypeError("an id is text")
    return UUID(text)


def answer_record(edit: Edit, images: Collection[ImageState], conflicts: Collection[Conflict]) -> dict[str, Any]:
    """What the page is told (`EditAnswer` in static/src/edits/types.ts), as JSON values."""
    return {
        "id": str(edit.id),
        "images": [_state_record(state) for state in images],
        "conflicts": [
            {
                "change": _change_record(conflict.change),
                "theirs": _state_record(conflict.theirs),
                "reason": conflict.reason.value,
                "changedBy": conflict.changed_by,
                "changedAt": conflict.changed.isoformat() if conflict.changed else "",
            }
            for conflict in conflicts
        ],
    }


def _state_record(state: ImageState) -> dict[str, Any]:
    return {
        "image": str(state.image_id),
        "version": state.version,
        "tags": [str(tag_id) for tag_id in state.tag_ids],
        "boxes": [box_record(drawn) for drawn in state.boxes],
        "hasNoObjects": state.has_no_objects,
        "isRemoved": state.is_removed,
        "before": state.before,
    }


def _change_record(change: ImageChange) -> dict[str, Any]:
    """The change as the page sent it: what it left out stays out, since that is not the same as nothing."""
    record: dict[str, Any] = {
        "image": str(change.image_id),
        "version": change.version,
        "addTags": [str(tag_id) for tag_id in change.add_tags],
        "removeTags": [str(tag_id) for tag_id in change.remove_tags],
    }
    if change.suggested_tags:
        record["suggestedTags"] = [str(tag_id) for tag_id in change.suggested_tags]
    if change.add_boxes or change.remove_boxes or change.has_no_objects is not None:
        record["addBoxes"] = [box_record(drawn) for drawn in change.add_boxes]
        record["removeBoxes"] = [str(box_id) for box_id in change.remove_boxes]
        if change.has_no_objects is not None:
            record["hasNoObjects"] = change.has_no_objects
    return record


def box_record(drawn: DrawnBox) -> dict[str, Any]:
    """`Box` of static/src/edits/types.ts."""
    left, top, width, height = drawn.box.edges
    record: dict[str, Any] = {
        "id": str(drawn.id),
        "tag": str(drawn.box.tag_id),
        "left": left,
        "top": top,
        "width": width,
        "height": height,
    }
    if drawn.replaces is not None:
        record["replaces"] = str(drawn.replaces)
    if drawn.is_suggested:
        record["isSuggested"] = True
    return record
