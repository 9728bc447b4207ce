"""Mistakes as the Errors view draws them: a picture each, cut to where the boxes are, with what was said over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from labeling.gallery import GalleryImage, gallery_images
from labeling.tag_keys import PageTag
from portal.models import Project
from portal.signed_files import signed_path
from training.errors.label_queue import LabelDoubt
from training.errors.mistakes import Corners, ErrorKind, Mistake
from training.pages.error_words import mistake_words, seen_words

# A tile shows at least this share of the picture's longer side, and this much of it around the boxes.
SMALLEST_SHARE = 0.3
ROOM_AROUND = 1.8
TILE_SHAPE = 4 / 3
# Cut to less of it, a picture's small copy is blurred.
SMALL_COPY_SHARE = 0.6


@dataclass(frozen=True)
class DrawnBox:
    """A box in pixels of the upright picture; `look` is truth or predicted."""

    tag: PageTag
    look: str
    left: str
    top: str
    width: str
    height: str


@dataclass(frozen=True)
class ErrorTile:
    """`place` is the mistake's in the whole list, from 0; `view_box` what is shown of the picture, in its pixels."""

    place: int
    mistake: Mistake
    image: GalleryImage
    is_gone: bool
    picture: str
    view_box: str
    boxes: Sequence[DrawnBox]
    words: str
    seen: str
    true_tag: PageTag | None
    predicted_tag: PageTag | None


def error_tiles(
    project: Project,
    iteration_id: UUID,
    mistakes: Sequence[Mistake],
    tags: Mapping[UUID, PageTag],
    first_place: int,
) -> list[ErrorTile]:
    """A tile for each mistake whose image can be shown. An image that was deleted is shown as it was frozen."""
    image_ids = list(dict.fromkeys(mistake.image_id for mistake in mistakes))
    now = {image.id: image for image in gallery_images(project, image_ids)}
    missing = [image_id for image_id in image_ids if image_id not in now]
    then = {image.id: image for image in gallery_images(project, missing, iteration_id)} if missing else {}
    tiles = []
    for place, mistake in enumerate(mistakes, first_place):
        image = now.get(mistake.image_id) or then.get(mistake.image_id)
        if image is not None:
            tiles.append(_tile(place, mistake, image, tags, is_gone=mistake.image_id not in now))
    return tiles


def _tile(
    place: int, mistake: Mistake, image: GalleryImage, tags: Mapping[UUID, PageTag], *, is_gone: bool
) -> ErrorTile:
    view = _view_box(mistake, image)
    is_small = max(image.width / view[2], image.height / view[3]) <= 1 / SMALL_COPY_SHARE
    true_tag, predicted_tag = (
        tags.get(tag_id) if tag_id else None for tag_id in (mistake.true_tag, mistake.predicted_tag)
    )
    boxes = [
        _drawn(tag, look, corners, image)
        for tag, look, corners in (
            (true_tag, "truth", mistake.true_corners),
            (predicted_tag, "predicted", mistake.predicted_corners),
        )
        if tag is not None and corners is not None
    ]
    return ErrorTile(
        place=place,
        mistake=mistake,
        image=image,
        is_gone=is_gone,
        picture=signed_path(image.thumbnail if is_small else image.picture),
        view_box=" ".join(f"{each:.1f}" for each in view),
        boxes=boxes,
        words=mistake_words(mistake, true_tag, predicted_tag),
        seen=seen_words(mistake, true_tag, predicted_tag, image.name),
        true_tag=true_tag,
        predicted_tag=predicted_tag,
    )


def _view_box(mistake: Mistake, image: GalleryImage) -> tuple[float, float, float, float]:
    """Left, top, width, height in pixels, in the tile's shape: the whole picture, or what is around its boxes."""
    width, height = float(image.width), float(image.height)
    whole = max(width, height * TILE_SHAPE)
    corners = [each for each in (mistake.true_corners, mistake.predicted_corners) if each is not None]
    if not corners:
        return (width - whole) / 2, (height - whole / TILE_SHAPE) / 2, whole, whole / TILE_SHAPE
    left, top = min(each[0] for each in corners) * width, min(each[1] for each in corners) * height
    right, bottom = max(each[2] for each in corners) * width, max(each[3] for each in corners) * height
    wanted = ROOM_AROUND * max(right - left, (bottom - top) * TILE_SHAPE)
    shown = min(whole, max(wanted, SMALLEST_SHARE * whole))
    return (
        _start((left + right) / 2, shown, width),
        _start((top + bottom) / 2, shown / TILE_SHAPE, height),
        shown,
        shown / TILE_SHAPE,
    )


def _start(middle: float, shown: float, side: float) -> float:
    """Where what is shown begins: around the middle, and within the picture where it fits."""
    if shown >= side:
        return (side - shown) / 2
    return min(max(0.0, middle - shown / 2), side - shown)


def _drawn(tag: PageTag, look: str, corners: Corners, image: GalleryImage) -> DrawnBox:
    left, top, right, bottom = corners
    edges = (left * image.width, top * image.height, (right - left) * image.width, (bottom - top) * image.height)
    return DrawnBox(tag, look, *(f"{edge:.1f}" for edge in edges))


def mistake_record(tile: ErrorTile, doubt: LabelDoubt | None) -> dict[str, Any]:
    """`Mistake` of static/src/errors/types.ts."""
    mistake = tile.mistake
    record: dict[str, Any] = {
        "place": tile.place,
        "image": str(mistake.image_id),
        "kind": mistake.kind.value,
        "trueTag": str(mistake.true_tag or ""),
        "predictedTag": str(mistake.predicted_tag or ""),
    }
    if mistake.true_corners:
        record["trueBox"] = _edges(mistake.true_corners)
    if mistake.predicted_corners:
        record["predictedBox"] = _edges(mistake.predicted_corners)
    if mistake.twins:
        record["twins"] = mistake.twins
    if doubt is not None and doubt.labels | doubt.suggested:
        record["suggested"] = sorted(map(str, doubt.suggested))
    return record


def _edges(corners: Corners) -> dict[str, float]:
    left, top, right, bottom = corners
    return {"left": left, "top": top, "width": right - left, "height": bottom - top}


def kind_of_doubt(kind: ErrorKind) -> str:
    """What a doubt about a box is called."""
    return {
        ErrorKind.FALSE: "box missing",
        ErrorKind.CONFUSED: "other tag",
        ErrorKind.LOOSE: "badly placed",
        ErrorKind.MISSED: "not there",
    }[kind]
