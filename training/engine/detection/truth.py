"""The boxes that a detector learns from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.engine.config import ImageConfig, JobConfig

# A box that is thinner than this in the input has no pixel of its own; it is named and not trained on.
THINNEST_PIXELS = 2.0
_NAMED_IMAGES = 5


@dataclass(frozen=True)
class Boxes:
    """Boxes of one image: `corners` float32 [k, 4], left, top, right, bottom as fractions; `tags` int64 [k]."""

    corners: NDArray[np.float32]
    tags: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.tags)

    def chosen(self, which: NDArray[np.bool_]) -> "Boxes":
        """The boxes where `which` [k] is true."""
        return Boxes(self.corners[which], self.tags[which])


NO_BOXES = Boxes(np.zeros((0, 4), np.float32), np.zeros(0, np.int64))


def boxes_of(job: JobConfig, images: Sequence[ImageConfig]) -> list[Boxes]:
    """The boxes of each image, tags by their place in the job."""
    place = {tag.id: index for index, tag in enumerate(job.tags)}
    return [_boxes(image, place) for image in images]


def presence(boxes: Sequence[Boxes], tag_count: int) -> NDArray[np.bool_]:
    """Which tags each image has a box of: [images, tags]."""
    present = np.zeros((len(boxes), tag_count), dtype=bool)
    for row, each in enumerate(boxes):
        present[row, each.tags] = True
    return present


def trainable(
    images: Sequence[ImageConfig], boxes: Sequence[Boxes], input_size: int
) -> tuple[list[Boxes], tuple[str, ...]]:
    """The boxes without those too thin to be seen at `input_size` pixels, and a note that names their images."""
    kept, named, dropped = [], [], 0
    for image, each in zip(images, boxes, strict=True):
        sides = (each.corners[:, 2:] - each.corners[:, :2]) * input_size
        is_seen = sides.min(axis=1, initial=np.inf) >= THINNEST_PIXELS
        if not is_seen.all():
            dropped += int((~is_seen).sum())
            named.append(image.id)
        kept.append(each.chosen(is_seen))
    if not dropped:
        return kept, ()
    others = f" and {len(named) - _NAMED_IMAGES} more" if len(named) > _NAMED_IMAGES else ""
    note = (
        f"{dropped} boxes are less than {THINNEST_PIXELS:g} pixels wide or high at {input_size} px and were not"
        f" trained on: images {', '.join(named[:_NAMED_IMAGES])}{others}."
    )
    return kept, (note,)


def _boxes(image: ImageConfig, place: dict[str, int]) -> Boxes:
    if not image.regions:
        return NO_BOXES
    corners = [
        (region.left, region.top, region.left + region.width, region.top + region.height) for region in image.regions
    ]
    tags = [place[region.tag] for region in image.regions]
    return Boxes(np.clip(np.array(corners, np.float32), 0, 1), np.array(tags, np.int64))
