"""What iterations say of the locked test set, from kept scores: of images that none of them has seen."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from labeling.locked_test_set import TestImages, read_test_images, text_key
from labeling.models import SnapshotTag, Tag
from training.detection_metrics import Detections
from training.detection_performance import HeldOutBoxes
from training.kept_detections import BOX
from training.locked_test.common import CommonBoxes, CommonScores, CommonTag
from training.locked_test.seen import seen_by
from training.locked_test.truth import boxes_of_test_set, tags_of_test_set
from training.models import Iteration, LockedTestScore
from training.performance import Scores

# Of each iteration, by its row in the list, what it said of each image, by its key.
Kept = Sequence[Mapping[str, bytes]]


def common_scores(iterations: Sequence[Iteration]) -> CommonScores:
    """Of one or more classifiers of a project, on the images that count for all of them (seven queries)."""
    project_id = iterations[0].project_id
    tags = project_tags(project_id)
    images = read_test_images(project_id)
    truth = tags_of_test_set(project_id, images, [tag.tag_id for tag in tags])
    kept = _kept_scores(iterations)
    common, seen, waiting = _split(iterations, images, np.asarray(truth.any(axis=1)), kept)
    keys = [images.keys[row] for row in common]
    places = _tag_places(iterations)
    return CommonScores(
        tags=tags,
        image_ids=tuple(images.ids[row] for row in common),
        seen=seen,
        waiting=waiting,
        truth=truth[common],
        probabilities=tuple(
            _probabilities(said, keys, places.get(each.pk, ()), tags)
            for each, said in zip(iterations, kept, strict=True)
        ),
    )


def common_boxes(iterations: Sequence[Iteration]) -> CommonBoxes:
    """Of one or more detectors of a project, on the images that count for all of them (eight queries)."""
    project_id = iterations[0].project_id
    tags = project_tags(project_id)
    images = read_test_images(project_id)
    truth, is_labeled = boxes_of_test_set(project_id, images, [tag.tag_id for tag in tags])
    kept = _kept_scores(iterations)
    common, seen, waiting = _split(iterations, images, is_labeled, kept)
    keys = [images.keys[row] for row in common]
    places = _tag_places(iterations)
    return CommonBoxes(
        tags=tags,
        image_ids=tuple(images.ids[row] for row in common),
        seen=seen,
        waiting=waiting,
        truth=tuple(truth[row] for row in common),
        found=tuple(
            _found(said, keys, places.get(each.pk, ()), tags) for each, said in zip(iterations, kept, strict=True)
        ),
    )


def locked_scores(iteration: Iteration) -> Scores:
    """The same of one classifier by the tags that it knows, as its held-out scores are given.

    An image that carries none of these tags has an empty row of truth.
    """
    common = common_scores([iteration])
    tags = tuple(SnapshotTag.objects.filter(snapshot_id=iteration.pk).order_by("position"))
    place = {tag.tag_id: column for column, tag in enumerate(common.tags)}
    truth = np.zeros((len(common.image_ids), len(tags)), dtype=bool)
    probabilities = np.zeros((len(common.image_ids), len(tags)), dtype=np.float32)
    for column, tag in enumerate(tags):
        if tag.tag_id in place:
            truth[:, column] = common.truth[:, place[tag.tag_id]]
            probabilities[:, column] = common.probabilities[0][:, place[tag.tag_id]]
    return Scores(tags, common.image_ids, truth, probabilities)


def locked_boxes(iteration: Iteration) -> HeldOutBoxes:
    """The same of one detector: boxes of the tags that it knows."""
    common = common_boxes([iteration])
    tags = tuple(SnapshotTag.objects.filter(snapshot_id=iteration.pk).order_by("position"))
    new_place = {tag.tag_id: column for column, tag in enumerate(tags)}
    places = np.array([new_place.get(tag.tag_id, -1) for tag in common.tags], dtype=np.int64)
    return HeldOutBoxes(
        tags=tags,
        image_ids=common.image_ids,
        truth=tuple(_with_places(each, places) for each in common.truth),
        found=tuple(_with_places(each, places) for each in common.found[0]),
    )


def project_tags(project_id: UUID) -> tuple[CommonTag, ...]:
    """The project's tags of today, in their order (one query)."""
    rows = Tag.objects.filter(project_id=project_id).order_by("position").values_list("pk", "name")
    return tuple(CommonTag(*row) for row in rows)


def _kept_scores(iterations: Sequence[Iteration]) -> Kept:
    """What each iteration said of images that are in the test set today (one query)."""
    kept: dict[str, dict[str, bytes]] = {}
    rows = LockedTestScore.objects.filter(
        iteration__in=[each.pk for each in iterations], image__removed__isnull=True, image__locked_test__isnull=False
    ).order_by()
    keys = rows.annotate(iteration_key=text_key("iteration_id"), image_key=text_key("image_id"))
    for iteration, image, scores in keys.values_list("iteration_key", "image_key", "scores"):
        kept.setdefault(iteration, {})[image] = bytes(scores)
    # Databases write an id in one way or the other.
    return [kept.get(each.pk.hex) or kept.get(str(each.pk), {}) for each in iterations]


def _split(
    iterations: Sequence[Iteration], images: TestImages, is_labeled: NDArray[np.bool_], kept: Kept
) -> tuple[list[int], int, int]:
    """The rows that count, how many were seen by some iteration, and how many wait for some iteration."""
    is_seen = is_labeled & seen_by(iterations, images).any(axis=1)
    is_open = is_labeled & ~is_seen
    is_scored = np.ones(len(images.ids), dtype=bool)
    for said in kept:
        is_scored &= np.fromiter((key in said for key in images.keys), bool, len(images.keys))
    common = np.flatnonzero(is_open & is_scored).tolist()
    return common, int(is_seen.sum()), int((is_open & ~is_scored).sum())


def _tag_places(iterations: Sequence[Iteration]) -> dict[UUID, tuple[UUID, ...]]:
    """Of each iteration its tags' ids, in the order of its outputs (one query)."""
    places: dict[UUID, list[UUID]] = {}
    rows = SnapshotTag.objects.filter(snapshot__in=[each.pk for each in iterations]).order_by("position")
    for snapshot_id, tag_id in rows.values_list("snapshot_id", "tag_id"):
        places.setdefault(snapshot_id, []).append(tag_id)
    return {snapshot_id: tuple(ids) for snapshot_id, ids in places.items()}


def _probabilities(
    said: Mapping[str, bytes], keys: Sequence[str], own_tags: Sequence[UUID], tags: Sequence[CommonTag]
) -> NDArray[np.float32]:
    probabilities = np.zeros((len(keys), len(tags)), dtype=np.float32)
    if keys and own_tags:
        content = b"".join([said[key] for key in keys])
        own = np.frombuffer(content, "<f4").reshape(len(keys), len(own_tags))
        own_place = {tag_id: column for column, tag_id in enumerate(own_tags)}
        known = [(column, own_place[tag.tag_id]) for column, tag in enumerate(tags) if tag.tag_id in own_place]
        probabilities[:, [column for column, _ in known]] = own[:, [place for _, place in known]]
    return probabilities


def _found(
    said: Mapping[str, bytes], keys: Sequence[str], own_tags: Sequence[UUID], tags: Sequence[CommonTag]
) -> tuple[Detections, ...]:
    """All images at once: ten thousand small arrays take their time."""
    place = {tag.tag_id: column for column, tag in enumerate(tags)}
    places = np.array([place.get(tag_id, -1) for tag_id in own_tags] or [-1], dtype=np.int64)
    contents = [said[key] for key in keys]
    boxes = np.frombuffer(b"".join(contents), BOX)
    counts = np.array([len(content) // BOX.itemsize for content in contents], dtype=np.int64)
    rows = np.repeat(np.arange(len(keys)), counts)
    columns = places[boxes["tag"]]
    order = np.lexsort((-boxes["score"], rows))
    order = order[columns[order] >= 0]
    corners, columns, scores = boxes["corners"][order], columns[order], boxes["score"][order]
    edges = np.searchsorted(rows[order], np.arange(len(keys) + 1)).tolist()
    return tuple(
        Detections(corners[start:end], columns[start:end], scores[start:end]) for start, end in pairwise(edges)
    )


def _with_places(boxes: Detections, places: NDArray[np.int64]) -> Detections:
    """The boxes with their tags at other places; those whose tag has none (-1) are left out."""
    if not len(boxes.tags):
        return boxes
    tags = places[boxes.tags]
    kept = tags >= 0
    return Detections(boxes.corners[kept], tags[kept], boxes.scores[kept])
