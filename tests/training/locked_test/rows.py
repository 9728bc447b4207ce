"""Rows of a locked test set and of what iterations said of it, made without any act."""

from collections.abc import Mapping, Sequence

import numpy as np

from labeling.models import Image, LockedTestImage, Region, SnapshotImage, SnapshotTag, Tag, TestChoice
from portal.models import Project
from tests.builders import make_iteration
from training.kept_detections import BOX
from training.models import Iteration, LockedTestScore


def put_in_test_set(project: Project, images: Sequence[Image]) -> None:
    LockedTestImage.objects.bulk_create(
        LockedTestImage(image=image, project=project, choice=TestChoice.HAND, created_by="test") for image in images
    )


def trained_iteration(project: Project, tags: Sequence[Tag], images: Sequence[Image] = ()) -> Iteration:
    """A completed iteration that knows the tags, in that order, and was trained on the images."""
    iteration = make_iteration(project)
    SnapshotTag.objects.bulk_create(
        SnapshotTag(snapshot_id=iteration.pk, tag_id=tag.pk, name=tag.name, type=tag.type, position=position)
        for position, tag in enumerate(tags)
    )
    SnapshotImage.objects.bulk_create(SnapshotImage(snapshot_id=iteration.pk, image=image) for image in images)
    return iteration


def said(iteration: Iteration, scores: Mapping[Image, Sequence[float]]) -> None:
    LockedTestScore.objects.bulk_create(
        LockedTestScore(iteration=iteration, image=image, scores=np.array(row, "<f4").tobytes())
        for image, row in scores.items()
    )


def found(iteration: Iteration, boxes: Mapping[Image, Sequence[tuple[int, float, Sequence[float]]]]) -> None:
    """Boxes as (place of the tag in the snapshot, probability, left top right bottom)."""
    LockedTestScore.objects.bulk_create(
        LockedTestScore(
            iteration=iteration,
            image=image,
            scores=np.array([(tag, score, tuple(corners)) for tag, score, corners in rows], BOX).tobytes(),
        )
        for image, rows in boxes.items()
    )


def draw_box(image: Image, tag: Tag, left: float, top: float, width: float, height: float) -> None:
    Region.objects.create(image=image, tag=tag, left=left, top=top, width=width, height=height, created_by="test")
