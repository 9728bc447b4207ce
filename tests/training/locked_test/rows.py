"""Rows of a locked test set and of what iterations said of it, made without any act."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from labeling.files import original_name
from labeling.models import Image, LockedTestImage, Region, SnapshotImage, SnapshotTag, Tag, TestChoice
from portal.models import Project
from tests.builders import make_images, make_iteration
from training.kept_detections import BOX
from training.models import Iteration, LockedTestScore


def stored(project: Project, content: bytes) -> Image:
    """An image of the workspace with its file."""
    (image,) = make_images(project, 1)
    image.sha256 = hashlib.sha256(content).hexdigest()
    image.save()
    default_storage.save(original_name(project.pk, image.sha256, image.media_type), ContentFile(content))
    return image


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
