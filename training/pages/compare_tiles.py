"""Images of a comparison as tiles: boxes before and after over the picture, and what changed in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from labeling.gallery import GalleryImage
from labeling.tag_keys import PageTag
from portal.signed_files import signed_path
from training.comparing.answers import Answers, SaidChange
from training.comparing.data_changes import ChangedData
from training.comparing.detector_answers import DetectorAnswers
from training.comparing.frozen_rows import Edges, FrozenBox

MOST_SAID = 2
NO_COLOR = 1


@dataclass(frozen=True)
class DrawnShape:
    """A box in pixels of the upright image. `look`: truth is solid, predicted dashed."""

    color: int
    look: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Tile:
    """A picture that leads somewhere; `tag` has the keycap before its words."""

    image: GalleryImage
    thumbnail: str
    address: str
    tag: PageTag | None
    words: str
    shapes: tuple[DrawnShape, ...]


def answer_tile(
    image: GalleryImage, address: str, answers: Answers, pair: tuple[int, int], tags: Mapping[UUID, PageTag]
) -> Tile:
    """What the second of the pair says otherwise, with the true boxes and its false ones."""
    row = answers.row_of(image.id)
    assert row is not None
    said = answers.said(row, *pair)
    known = [tags.get(tag.tag_id) for tag in answers.common.tags]
    shapes: list[DrawnShape] = []
    if isinstance(answers, DetectorAnswers):
        shapes = _found_shapes(image, answers, row, pair[1], known)
    return Tile(image, signed_path(image.thumbnail), address, _tag(said, known), _words(said), tuple(shapes))


def data_tile(image: GalleryImage, address: str, changed: ChangedData, tags: Mapping[UUID, PageTag]) -> Tile:
    """A changed image with the boxes that changed: as they are now solid, as they were dashed."""
    old, new = changed.old_boxes.get(image.id, []), changed.new_boxes.get(image.id, [])
    own = [tags[tag_id] for tag_id in image.tag_ids if tag_id in tags]
    shapes = [*_frozen_shapes(image, old, "predicted", tags), *_frozen_shapes(image, new, "truth", tags)]
    words = ", ".join(tag.name for tag in own) or image.name
    return Tile(image, signed_path(image.thumbnail), address, own[0] if own else None, words, tuple(shapes))


def _tag(said: Sequence[SaidChange], known: Sequence[PageTag | None]) -> PageTag | None:
    return known[said[0].tag] if said else None


def _words(said: Sequence[SaidChange]) -> str:
    more = f" and {len(said) - MOST_SAID} more" if len(said) > MOST_SAID else ""
    return ", ".join(each.words for each in said[:MOST_SAID]) + more


def _found_shapes(
    image: GalleryImage, answers: DetectorAnswers, row: int, iteration: int, known: Sequence[PageTag | None]
) -> list[DrawnShape]:
    truth, found = answers.common.truth[row], answers.on_image(row, iteration)
    shapes = [
        _corner_shape(image, corners, _color(known[tag]), "truth")
        for corners, tag in zip(truth.corners.tolist(), truth.tags.tolist(), strict=True)
    ]
    return shapes + [
        _corner_shape(image, found.boxes.corners[place].tolist(), _color(known[found.boxes.tags[place]]), "predicted")
        for place in found.false.tolist()
    ]


def _frozen_shapes(
    image: GalleryImage, boxes: Iterable[FrozenBox], look: str, tags: Mapping[UUID, PageTag]
) -> list[DrawnShape]:
    return [_shape(image, box.edges, _color(tags.get(box.tag_id)), look) for box in boxes]


def _color(tag: PageTag | None) -> int:
    return tag.color if tag else NO_COLOR


def _corner_shape(image: GalleryImage, corners: Sequence[float], color: int, look: str) -> DrawnShape:
    left, top, right, bottom = (min(1.0, max(0.0, corner)) for corner in corners)
    return _shape(image, (left, top, right - left, bottom - top), color, look)


def _shape(image: GalleryImage, edges: Edges, color: int, look: str) -> DrawnShape:
    left, top, width, height = edges
    x, y = round(left * image.width, 1), round(top * image.height, 1)
    return DrawnShape(color, look, x, y, round(width * image.width, 1), round(height * image.height, 1))
