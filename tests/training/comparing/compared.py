"""Projects with a locked test set that some iterations have answered to, made without any training."""

from collections.abc import Sequence

from django.utils import timezone

from labeling.models import Image, SnapshotImageTag, Tag
from portal.domains import GENERAL_DETECTION
from portal.models import ClassificationType, Project
from portal.projects import ProjectSettings
from tests.builders import make_images, make_project, make_tag
from tests.training.locked_test.rows import draw_box, found, put_in_test_set, said, trained_iteration
from training.models import Iteration, LockedTestScoring

IMAGES = 60
LEFT, LOW = (0.1, 0.1, 0.4, 0.4), (0.1, 0.6, 0.4, 0.9)


def measured(iteration: Iteration, milliseconds: float = 31) -> Iteration:
    LockedTestScoring.objects.create(
        iteration=iteration, image_milliseconds=milliseconds, artifact_bytes=14_200_000, measured=timezone.now()
    )
    return iteration


def classified_project(images: int = IMAGES) -> tuple[Project, list[Tag], list[Image]]:
    """Bottles and cans by turns, all in the test set."""
    project = make_project(settings=ProjectSettings(classification_type=ClassificationType.MULTICLASS))
    tags = [make_tag(project, "bottle"), make_tag(project, "can")]
    shown = [image for number in range(images) for image in make_images(project, 1, [tags[number % 2]])]
    put_in_test_set(project, shown)
    return project, tags, shown


def classifier(project: Project, tags: Sequence[Tag], images: Sequence[Image], wrong: Sequence[int]) -> Iteration:
    """A measured iteration, trained on four images of its own, that is wrong about the images of those places."""
    own = make_images(project, 4, tags[:1])
    iteration = trained_iteration(project, tags, own)
    snapshot_tag = iteration.snapshot.tags.get(tag_id=tags[0].pk)
    for frozen in iteration.snapshot.images.all():
        SnapshotImageTag.objects.create(snapshot_image=frozen, snapshot_tag=snapshot_tag, created=timezone.now())
    scores = {}
    for place, image in enumerate(images):
        is_bottle = (place % 2 == 0) != (place in wrong)
        scores[image] = [0.9, 0.1] if is_bottle else [0.1, 0.9]
    said(iteration, scores)
    return measured(iteration)


def boxed_project(images: int = IMAGES) -> tuple[Project, list[Tag], list[Image]]:
    """A bottle and a can on each picture, all in the test set."""
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    tags = [make_tag(project, "bottle"), make_tag(project, "can")]
    shown = make_images(project, images, tags)
    for image in shown:
        draw_box(image, tags[0], 0.1, 0.1, 0.3, 0.3)
        draw_box(image, tags[1], 0.1, 0.6, 0.3, 0.3)
    put_in_test_set(project, shown)
    return project, tags, shown


def detector(project: Project, tags: Sequence[Tag], images: Sequence[Image], missing: Sequence[int]) -> Iteration:
    """A measured iteration that misses the can on the images of those places."""
    iteration = trained_iteration(project, tags)
    bottle, can = (0, 0.9, LEFT), (1, 0.8, LOW)
    found(iteration, {image: [bottle] if place in missing else [bottle, can] for place, image in enumerate(images)})
    return measured(iteration)
