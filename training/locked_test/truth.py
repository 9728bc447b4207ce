"""What people say today of the images of the locked test set."""

from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from labeling.locked_test_set import TestImages, text_key
from labeling.models import ImageTag, Region
from training.detection_metrics import Detections


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
    regions = Region.objects.filter(
        removed__isnull=True, image__project=project_id, image__removed__isnull=True, image__locked_test__isnull=False
    ).order_by("created", "pk")
    keys = regions.annotate(image_key=text_key("image_id"), tag_key=text_key("tag_id"))
    found = [
        (row_of.get(image, -1), column_of.get(tag, -1), left, top, left + width, top + height)
        for image, tag, left, top, width, height in keys.values_list(
            "image_key", "tag_key", "left", "top", "width", "height"
        )
    ]
    boxes = np.array(found, dtype=np.float64).reshape(len(found), 6)
    rows, columns = boxes[:, 0].astype(np.int64), boxes[:, 1].astype(np.int64)
    is_known = (rows >= 0) & (columns >= 0)
    is_known[is_known] = tags_on[rows[is_known], columns[is_known]]
    order = np.flatnonzero(is_known)[np.argsort(rows[is_known], kind="stable")]
    rows, columns, corners = rows[order], columns[order], boxes[order, 2:].astype(np.float32)
    scores = np.ones(len(order), np.float32)
    edges = np.searchsorted(rows, np.arange(len(images.ids) + 1)).tolist()
    truth = [Detections(corners[start:end], columns[start:end], scores[start:end]) for start, end in pairwise(edges)]
    is_labeled = images.is_background.copy()
    is_labeled[rows] = True
    return truth, is_labeled


def _rows(images: TestImages) -> dict[str, int]:
    return {key: row for row, key in enumerate(images.keys)}


def _columns(tag_ids: Sequence[UUID]) -> dict[str, int]:
    """By both ways in which databases write an id."""
    columns = {str(tag_id): column for column, tag_id in enumerate(tag_ids)}
    return {**columns, **{tag_id.hex: column for column, tag_id in enumerate(tag_ids)}}
