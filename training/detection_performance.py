"""How good a detector is: figures at any probability and overlap, from boxes on images its model had not seen."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from labeling.models import SnapshotRegion, SnapshotTag
from training.box_pairs import BoxPairs, box_pairs, match_pairs, pair_tag_matches
from training.detection_metrics import Detections, TagMatches, in_falling_score
from training.kept_detections import read_detections
from training.models import ImageDetections, Iteration

ITERATIONS_IN_MEMORY = 4
OVERLAPS_IN_MEMORY = 64
_NO_BOXES = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32))


@dataclass(frozen=True)
class HeldOutBoxes:
    """Truth and detections of the held-out images, row by row, most probable first; tags by their place in `tags`."""

    tags: tuple[SnapshotTag, ...]
    image_ids: tuple[UUID, ...]
    truth: tuple[Detections, ...]
    found: tuple[Detections, ...]

    @cached_property
    def row_of(self) -> dict[UUID, int]:
        """The row of each image."""
        return {image_id: row for row, image_id in enumerate(self.image_ids)}

    @cached_property
    def pairs(self) -> BoxPairs:
        """Which boxes overlap."""
        return box_pairs(self.truth, self.found, len(self.tags))


def held_out_boxes(iteration: Iteration) -> HeldOutBoxes:
    """A completed iteration's boxes; kept in memory for the last few."""
    return load_held_out_boxes(iteration.pk, iteration.artifact_sha256)


def matches_of(iteration: Iteration, overlap_threshold: float) -> list[TagMatches]:
    """Matches by tag at an overlap threshold 0..1; kept in memory for the last ones asked for."""
    return _matches(iteration.pk, iteration.artifact_sha256, round(overlap_threshold, 4))


def image_matches_of(iteration: Iteration, overlap_threshold: float) -> tuple[NDArray[np.intp], ...]:
    """Of each held-out image, for each detection, the place of the true box that it finds, or -1."""
    return load_image_matches(iteration.pk, iteration.artifact_sha256, round(overlap_threshold, 4))


# A completed iteration never changes; its artifact's digest is in the key so that nothing stale can be met.
@lru_cache(maxsize=ITERATIONS_IN_MEMORY)
def load_held_out_boxes(iteration_id: UUID, artifact_sha256: str) -> HeldOutBoxes:
    """Three queries."""
    tags = tuple(SnapshotTag.objects.filter(snapshot_id=iteration_id).order_by("position"))
    place = {tag.pk: index for index, tag in enumerate(tags)}
    rows = list(
        ImageDetections.objects.filter(iteration_id=iteration_id).order_by("image_id").values_list("image_id", "boxes")
    )
    wanted = {image_id for image_id, _ in rows}
    corners: defaultdict[UUID, list[tuple[float, float, float, float]]] = defaultdict(list)
    places: defaultdict[UUID, list[int]] = defaultdict(list)
    regions = SnapshotRegion.objects.filter(snapshot_image__snapshot_id=iteration_id).order_by("pk")
    columns = ("snapshot_image__image_id", "snapshot_tag_id", "left", "top", "width", "height")
    for image_id, tag_key, left, top, width, height in regions.values_list(*columns):
        if image_id in wanted:
            corners[image_id].append((left, top, left + width, top + height))
            places[image_id].append(place[tag_key])
    return HeldOutBoxes(
        tags=tags,
        image_ids=tuple(image_id for image_id, _ in rows),
        truth=tuple(_truth(corners[image_id], places[image_id]) for image_id, _ in rows),
        found=tuple(in_falling_score(read_detections(bytes(boxes))) for _, boxes in rows),
    )


def _truth(corners: list[tuple[float, float, float, float]], places: list[int]) -> Detections:
    if not places:
        return _NO_BOXES
    return Detections(np.array(corners, np.float32), np.array(places, np.int64), np.ones(len(places), np.float32))


@lru_cache(maxsize=OVERLAPS_IN_MEMORY)
def _matches(iteration_id: UUID, artifact_sha256: str, overlap_threshold: float) -> list[TagMatches]:
    matches = load_image_matches(iteration_id, artifact_sha256, overlap_threshold)
    return pair_tag_matches(load_held_out_boxes(iteration_id, artifact_sha256).pairs, matches)


@lru_cache(maxsize=OVERLAPS_IN_MEMORY)
def load_image_matches(
    iteration_id: UUID, artifact_sha256: str, overlap_threshold: float
) -> tuple[NDArray[np.intp], ...]:
    boxes = load_held_out_boxes(iteration_id, artifact_sha256)
    return match_pairs(boxes.pairs, boxes.truth, boxes.found, overlap_threshold)
