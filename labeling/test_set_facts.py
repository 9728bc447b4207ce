"""What the locked test set has, counted: for the dialog that tells and fills it."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from labeling.left_out import LeftOut, images_by_tag, left_out, trainable
from labeling.locked_test_set import images_in_test_set
from labeling.models import ImageTag
from labeling.tag_keys import PageTag, project_tags
from portal.models import Project


@dataclass(frozen=True)
class TagInTestSet:
    """A tag, on how many images of the test set it is, and on how many that trainings see."""

    tag: PageTag
    test_images: int
    trained_images: int


@dataclass(frozen=True)
class TestSetFacts:
    """`unlabeled` images are in it and judge nobody yet."""

    __test__ = False

    images: int
    unlabeled: int
    left_out: LeftOut
    tags: tuple[TagInTestSet, ...]


def count_test_set(project: Project) -> TestSetFacts:
    """The facts (a constant number of queries)."""
    has_tag = Exists(ImageTag.objects.filter(image=OuterRef("pk"), removed__isnull=True))
    images = images_in_test_set(project)
    without = left_out(project)
    tags = project_tags(project)
    labels = ImageTag.objects.filter(
        removed__isnull=True, image__project=project, image__removed__isnull=True, image__locked_test__isnull=False
    )
    counts = images_by_tag(labels)
    trained = {tag.id: tag.image_count for tag in trainable(project, tags, without)}
    return TestSetFacts(
        images=without.test_images,
        unlabeled=images.filter(~has_tag, has_no_objects=False).count(),
        left_out=without,
        tags=tuple(TagInTestSet(tag, counts[tag.id], trained[tag.id]) for tag in tags),
    )
