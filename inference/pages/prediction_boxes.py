"""A detector's stored answer as a tile shows it: its probable boxes drawn, and counted by tag."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.tag_keys import PageTag

# As everywhere, unless somebody says another.
SHOWN_FROM = 0.5
UNKNOWN_COLOR = 1


@dataclass(frozen=True)
class TileBox:
    """In pixels of the image."""

    color: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class TileBoxes:
    """Boxes at 50% or more, and how many there are of each tag; the tag is None where it was deleted since."""

    boxes: Sequence[TileBox]
    counts: Sequence[tuple[PageTag | None, str, int]]


def tile_boxes(
    predictions: Sequence[Mapping[str, Any]], width: int, height: int, tags: Mapping[str, PageTag]
) -> TileBoxes:
    """From the answer as it was stored, most probable first, on an image of that many pixels."""
    boxes, counts, names = [], Counter[str](), {}
    for each in predictions:
        box = each.get("boundingBox")
        if not box or each["probability"] < SHOWN_FROM:
            continue
        tag = tags.get(each["tagId"])
        place = (box["left"] * width, box["top"] * height, box["width"] * width, box["height"] * height)
        boxes.append(TileBox(tag.color if tag else UNKNOWN_COLOR, *(round(edge, 1) for edge in place)))
        counts[each["tagId"]] += 1
        names[each["tagId"]] = each["tagName"]
    return TileBoxes(boxes, [(tags.get(tag_id), names[tag_id], count) for tag_id, count in counts.items()])
