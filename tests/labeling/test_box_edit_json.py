"""Edits of boxes as a page sends them: read exactly, or refused by a code."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from labeling.boxes import Box, DrawnBox
from labeling.edit_types import BOXES_PER_EDIT, ImageChange, edit_from_json
from portal.errors import Refusal


def test_the_json_of_a_page_is_read_exactly() -> None:
    image, box, tag, before = (str(uuid4()) for _ in range(4))
    body = {
        "id": str(uuid4()),
        "act": "label",
        "changes": [
            {
                "image": image,
                "version": 3,
                "addBoxes": [
                    {"id": box, "tag": tag, "left": 0, "top": 0.25, "width": 1, "height": 0.5, "replaces": before},
                    {"id": before, "tag": tag, "left": 0, "top": 0, "width": 1, "height": 1, "isSuggested": True},
                ],
                "removeBoxes": [tag],
                "hasNoObjects": False,
            }
        ],
    }
    (read,) = edit_from_json(body).changes
    assert read == ImageChange(
        UUID(image),
        3,
        add_boxes=(
            DrawnBox(UUID(box), Box(UUID(tag), 0.0, 0.25, 1.0, 0.5), UUID(before)),
            DrawnBox(UUID(before), Box(UUID(tag), 0.0, 0.0, 1.0, 1.0), None, is_suggested=True),
        ),
        remove_boxes=(UUID(tag),),
        has_no_objects=False,
    )


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"addBoxes": [{"id": "x"}]}, "BadRequestInvalid"),
        ({"addBoxes": "box"}, "BadRequestInvalid"),
        ({"addBoxes": [{}]}, "BadRequestInvalid"),
        ({"addBoxes": ["left as text"]}, "BadRequestInvalid"),
        ({"addBoxes": ["left true"]}, "BadRequestInvalid"),
        ({"hasNoObjects": "yes"}, "BadRequestInvalid"),
        ({"removeBoxes": [3]}, "BadRequestInvalid"),
        ({"addBoxes": ["one", "one"]}, "BadRequestInvalidIds"),
        ({"addBoxes": ["one"], "removeBoxes": ["one"]}, "BadRequestInvalidIds"),
        ({"removeBoxes": ["many"]}, "BadRequestExceededBatchSize"),
    ],
)
def test_json_that_is_no_edit_of_boxes_is_refused(wrong: dict[str, Any], code: str) -> None:
    one = str(uuid4())
    place = {"tag": str(uuid4()), "left": 0.1, "top": 0.1, "width": 0.1, "height": 0.1}
    boxes: dict[str, Any] = {
        "one": {"id": one, **place},
        "left as text": {"id": one, **place, "left": "0.1"},
        "left true": {"id": one, **place, "left": True},
    }
    record: dict[str, Any] = {"image": str(uuid4()), "version": 1, **wrong}
    if isinstance(wrong.get("addBoxes"), list):
        record["addBoxes"] = [boxes.get(each, each) if isinstance(each, str) else each for each in wrong["addBoxes"]]
    if "one" in wrong.get("removeBoxes", []):
        record["removeBoxes"] = [one]
    if "many" in wrong.get("removeBoxes", []):
        record["removeBoxes"] = [str(uuid4()) for _ in range(BOXES_PER_EDIT + 1)]
    with pytest.raises(Refusal) as refusal:
        edit_from_json({"id": str(uuid4()), "act": "label", "changes": [record]})
    assert refusal.value.code == code
