"""What people say today of the images of the locked test set."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from labeling.locked_test_set import TestImages
from labeling.models import ImageTag, Region
from training.detection_metrics import Detections

NO_BOXES = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32))


def tags_of_test_set(project_id: UUID, images: TestImages, tag_ids: Sequence[UUID]) -> NDArray[np.bool_]:
    """Which of the tags each image carries, [images, tags] (one query)."""
    truth = np.zeros((len(images.ids), len(tag_ids)), dtype=bool)
    row_of, column_of = _places(images.ids), _places(tag_ids)
    labels = ImageTag.objects.filter(
        removed__isnull=True, image__project=project_id, image__removed__isnull=True, image__locked_test__isnull=False
    ).order_by()
    pairs = [
        (row_of[image_id], column_of[tag_id])
        for image_id, tag_id in labels.values_list("image_id", "tag_id")
        if image_id in row_of and tag_id in column_of
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
    row_of, column_of = _places(images.ids), _places(tag_ids)
    tags_on = tags_of_test_set(project_id, images, tag_ids)
    corners: defaultdict[int, list[tuple[float, float, float, float]]] = defaultdict(list)
    tags: defaultdict[int, list[int]] = defaultdict(list)
    regions = Region.objects.filter(
        removed__isnull=True, image__project=project_id, image__removed__isnull=True, image__locked_test__isnull=False
    ).order_by("created", "pk")
    columns = ("image_id", "tag_id", "left", "top", "width", "height")
    for image_id, tag_id, left, top, width, height in regions.values_list(*columns):
        row, column = row_of.get(image_id, -1), column_of.get(tag_id, -1)
        if row >= 0 and column >= 0 and tags_on[row, column]:
            corners[row].append((left, top, left + width, top + height))
            tags[row].append(column)
    truth = [_boxes(corners[row], tags[row]) if row in tags else NO_BOXES for row in range(len(images.ids))]
    is_labeled = images.is_background.copy()
    is_labeled[list(tags)] = True
    return truth, is_labeled


def _boxes(corners: list[tuple[float, float, float, float]], tags: list[int]) -> Detections:
    return Detections(np.array(corners, np.float32), np.array(tags, np.int64), np.ones(len(tags), np.float32))


def _places(ids: Sequence[UUID]) -> dict[UUID, int]:
    return {each: place for place, each in enumerate(ids)}
