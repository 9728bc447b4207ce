"""A detector's held-out detections as rows, and back."""

from pathlib import Path
from uuid import UUID

import numpy as np

from training.detection_metrics import Detections
from training.models import ImageDetections, Iteration

BOX = np.dtype([("tag", "<i4"), ("score", "<f4"), ("corners", "<f4", 4)])


def detection_rows(iteration: Iteration, file: Path) -> list[ImageDetections]:
    """The engine's `detections.npz` as rows, not yet saved."""
    with np.load(file, allow_pickle=False) as kept:
        counts, image_ids = kept["counts"], kept["image_ids"]
        boxes = np.empty(int(counts.sum()), BOX)
        boxes["tag"], boxes["score"], boxes["corners"] = kept["tags"], kept["scores"], kept["corners"]
    ends = np.cumsum(counts)
    return [
        ImageDetections(iteration=iteration, image_id=UUID(str(image_id)), boxes=boxes[end - count : end].tobytes())
        for image_id, count, end in zip(image_ids, counts, ends, strict=True)
    ]


def read_detections(boxes: bytes) -> Detections:
    """A row's boxes."""
    rows = np.frombuffer(boxes, BOX)
    return Detections(rows["corners"].copy(), rows["tag"].astype(np.int64), rows["score"].copy())
