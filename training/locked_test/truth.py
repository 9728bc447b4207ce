"""What people say today of the images of the locked test set."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from labeling.locked_test_set import TestImages, text_key
from labeling.models import ImageTag, Region
from training.detection_metrics import Detections

NO_BOXES = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32))


def tags_of_test_set(project_id: UUID, images: TestImages, tag_ids: Sequence[UUID]) -> NDArray[np.bool_]:
    """Which of the tags each image carries, [images, tags] (one query)."""
    truth = np.zeros((len(images.ids), len(tag_ids)), dtype=bool)
    row_of, column_of = _rows(images), _columns(tag_ids)
    labels = ImageTag.objects.filter(
        removed__isnull=True, image__project=project_id, image__removed__isnull=True, image__locked_test__isnull=False
    ).order_by()
    keys = labels.annotate(image_key=text_key("image_id"), tag_key=text_key("tag_id"))
    pairs = [
        (row_of[image], column_of[tag])
        for image, tag in keys.values_list("image_key", "tag_key")
        if image in row_of and tag in column_of
    ]
    if pairs:
        rows, columns = zip(*pairs, strict=True)
        truth[list(rows), list(columns)] = True
    return truth


def boxes_of_test_set(
    project_id: UUID, images: TestImages, tag_ids: Sequence[UUID]
) -> tuple[list[Detections], NDArray[np.bool_]]:
    """The boxes on each image, and [images] whether anybody has said what is on it (two queries).

    As a training reads them: boxes of tags that are on the image; without boxes only what was said to have no objects.
    """
    row_of, column_of = _rows(images), _columns(tag_ids)
    tags_on = tags_of_test_set(project_id, images, tag_ids)
    corners: defaultdict[int, list[tuple[float, float, float, float]]] = defaultdict(list)
    tags: defaultdict[int, list[int]] = defaultdict(list)
    regions = Region.objects.filter(
        removed__isnull=True, image__project=project_id, image__removed__isnull=True, image__locked_test__isnull=False
    ).order_by("created", "pk")
    keys = regions.annotate(image_key=text_key("image_id"), tag_key=text_key("tag_id"))
    columns = ("image_key", "tag_key", "left", "top", "width", "height")
    for image, tag, left, top, width, height in keys.values_list(*columns):
        row, column = row_of.get(image, -1), column_of.get(tag, -1)
        if row >= 0 and column >= 0 and tags_on[row, column]:
            corners[row].append((left, top, left + width, top + height))
            tags[row].append(column)
    truth = [_boxes(corners[row], tags[row]) if row in tags else NO_BOXES for row in range(len(images.ids))]
    is_labeled = images.is_background.copy()
    is_labeled[list(tags)] = True
    return truth, is_labeled


def _boxes(corners: list[tuple[float, float, float, float]], tags: list[int]) -> Detections:
    return Detections(np.array(corners, np.float32), np.array(tags, np.int64), np.ones(len(tags), np.float32))


def _rows(images: TestImages) -> dict[str, int]:
    return {key: row for row, key in enumerate(images.keys)}


def _columns(tag_ids: Sequence[UUID]) -> dict[str, int]:
    """By both ways in which databases write an id."""
    columns = {str(tag_id): column for column, tag_id in enumerate(tag_ids)}
    return {**columns, **{tag_id.hex: column for column, tag_id in enumerate(tag_ids)}}
