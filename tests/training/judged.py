"""Two iterations with kept scores on a locked test set of made-up images."""

from collections.abc import Sequence

import numpy as np
from django.utils import timezone

from labeling.models import Image, LockedTestImage, Region, SnapshotTag, Tag, TestChoice
from portal.domains import GENERAL_DETECTION
from portal.models import Project, ResourceKind
from portal.projects import ProjectSettings
from tests.builders import make_images, make_iteration, make_project, make_resource, make_tag
from training.kept_detections import BOX
from training.models import Iteration, LockedTestScore, LockedTestScoring

RIGHT, WRONG = 0.9, 0.1


def two_tags() -> tuple[Project, list[Tag]]:
    """A project of one tag an image."""
    project = make_project(settings=ProjectSettings(classification_type="Multiclass"))
    return project, [make_tag(project, "can"), make_tag(project, "cup")]


def lock_images(project: Project, tags: Sequence[Tag], count: int) -> list[Image]:
    """`count` images in the locked test set, of each tag in turn."""
    by_tag = [make_images(project, len(range(place, count, len(tags))), [tag]) for place, tag in enumerate(tags)]
    images = [by_tag[number % len(tags)][number // len(tags)] for number in range(count)]
    LockedTestImage.objects.bulk_create(
        LockedTestImage(image=image, project=project, choice=TestChoice.HAND, created_by="test") for image in images
    )
    return images


def scored_iteration(project: Project, tags: Sequence[Tag], images: Sequence[Image], wrong: int) -> Iteration:
    """One that is right about all images but the first `wrong`."""
    iteration = make_iteration(project)
    SnapshotTag.objects.bulk_create(
        SnapshotTag(
            snapshot_id=iteration.pk, tag_id=tag.pk, name=tag.name, type=tag.type, position=place, image_count=9
        )
        for place, tag in enumerate(tags)
    )
    LockedTestScoring.objects.create(iteration=iteration, measured=timezone.now())
    keep_scores(iteration, len(tags), images, wrong)
    return iteration


def keep_scores(iteration: Iteration, tag_count: int, images: Sequence[Image], wrong: int) -> None:
    rows = []
    for number, image in enumerate(images):
        said = np.full(tag_count, WRONG, dtype="<f4")
        said[(number + (number < wrong)) % tag_count] = RIGHT
        rows.append(LockedTestScore(iteration=iteration, image=image, scores=said.tobytes()))
    LockedTestScore.objects.bulk_create(rows)


def prediction_id() -> str:
    return make_resource(ResourceKind.PREDICTION).full_id


def boxed_project() -> tuple[Project, Tag, list[Image]]:
    """A detection project of one tag; 30 images in the locked test set, one box on each."""
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    tag = make_tag(project, "bolt")
    images = lock_images(project, [tag], 30)
    Region.objects.bulk_create(
        Region(image=image, tag=tag, left=0.2, top=0.2, width=0.4, height=0.4, created_by="test") for image in images
    )
    return project, tag, images


def searched_iteration(project: Project, tag: Tag, images: Sequence[Image], loose: int) -> Iteration:
    """One that finds every box, those of the first `loose` images only to an IoU of 0.5."""
    iteration = scored_iteration(project, [tag], [], 0)
    rows = [
        LockedTestScore(
            iteration=iteration,
            image=image,
            scores=np.array([(0, 0.9, (0.2, 0.2, 0.4 if number < loose else 0.6, 0.6))], BOX).tobytes(),
        )
        for number, image in enumerate(images)
    ]
    LockedTestScore.objects.bulk_create(rows)
    return iteration
