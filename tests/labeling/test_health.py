"""Dataset health: what the line says of balance, too few images and duplicates."""

from uuid import uuid4

import pytest

from labeling.boxes import Box
from labeling.gallery import TaggingCounts
from labeling.health import Severity, dataset_health
from labeling.models import Image
from labeling.regions import ImageBox, add_regions
from labeling.tag_keys import PageTag
from portal.domains import GENERAL_DETECTION
from portal.models import Project
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_project, make_tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def tag(name: str, image_count: int, type: str = "Regular") -> PageTag:
    return PageTag(uuid4(), name, type, 1, "1", "", image_count)


def test_a_project_in_order_says_why(project: Project) -> None:
    health = dataset_health(project, [tag("can", 10), tag("cup", 8)], TaggingCounts(all=18, tagged=18))
    assert health.to_fix == ()
    assert health.line == (
        "Every tag has the 5 images that training needs. The tags are in balance: can has 10 images, cup 8."
        " No file is here twice, and no two images look the same."
    )


def test_a_tag_with_too_few_images_is_named_with_its_count(project: Project) -> None:
    cup = tag("cup", 3)
    health = dataset_health(project, [tag("can", 10), tag("bottle", 12), cup], TaggingCounts(all=25, tagged=25))
    assert health.line == "cup has 3; a tag needs 5 images to be trained."
    assert health.missing == {str(cup.id): 2}


def test_a_tag_on_no_image_is_left_out(project: Project) -> None:
    health = dataset_health(project, [tag("can", 6), tag("cup", 6), tag("lid", 0)], TaggingCounts(all=12, tagged=12))
    assert health.line == "lid is on no image, so training leaves it out."


@pytest.mark.parametrize(("most", "is_out_of_balance"), [(20, False), (21, True)])
def test_out_of_balance_is_more_than_two_to_one(project: Project, most: int, is_out_of_balance: bool) -> None:
    health = dataset_health(project, [tag("can", most), tag("cup", 10)], TaggingCounts(all=30, tagged=30))
    assert [finding.words for finding in health.to_fix] == (
        ["Out of balance: can has 21 images, cup 10."] if is_out_of_balance else []
    )


def test_a_negative_tag_is_no_tag_to_tell_apart_and_not_weighed(project: Project) -> None:
    tags = [tag("can", 10), tag("none", 500, "Negative")]
    health = dataset_health(project, tags, TaggingCounts(all=510, tagged=510))
    assert health.line == "Training needs 2 tags; 1 has images."


def test_untagged_images_are_told_and_nothing_to_fix(project: Project) -> None:
    health = dataset_health(project, [tag("can", 6), tag("cup", 6)], TaggingCounts(all=13, tagged=12))
    assert [(each.severity, each.words) for each in health.findings if "untagged" in each.words] == [
        (Severity.FINE, "1 image is untagged and not trained on.")
    ]


def test_near_duplicates_are_told_for_a_look_and_stand_in_no_way(project: Project) -> None:
    images = make_images(project, 3)
    Image.objects.filter(pk__in=[image.pk for image in images[:2]]).update(perceptual_hash=7)
    health = dataset_health(project, [tag("can", 6), tag("cup", 6)], TaggingCounts(all=12, tagged=12))
    assert health.to_fix == ()
    assert health.line == "1 pair of images looks nearly the same."
    assert {health.near_pairs[0].first, health.near_pairs[0].second} == {image.pk for image in images[:2]}


def detection_lines(*sizes: tuple[float, float], unboxed: int = 0, background: int = 0) -> list[tuple[str, str]]:
    """The findings about boxes of these widths and heights, each on an image of its own."""
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    can = make_tag(project, "can")
    images = make_images(project, len(sizes))
    for number, image in enumerate(images):
        Image.objects.filter(pk=image.pk).update(source_name=f"{number}.jpg")
    places = zip(images, sizes, strict=True)
    add_regions(key_actor(project), project, [ImageBox(each.pk, Box(can.pk, 0.1, 0.1, *size)) for each, size in places])
    make_images(project, unboxed, [can])
    bare = [image.pk for image in make_images(project, background)]
    Image.objects.filter(pk__in=bare).update(has_no_objects=True)
    health = dataset_health(project, [tag("can", 20)], TaggingCounts(all=30, tagged=30))
    return [(str(finding.severity), finding.words) for finding in health.findings if "box" in finding.words]


def test_boxes_in_order_are_counted() -> None:
    assert detection_lines((0.5, 0.5), (0.2, 0.3), background=2) == [
        ("fine", "2 boxes on 2 images, and 2 images without objects.")
    ]


def test_boxes_too_thin_are_named_and_tiny_ones_counted() -> None:
    assert detection_lines((0.005, 0.5), (0.5, 0.006), (0.02, 0.5), (0.5, 0.5)) == [
        ("fix", "2 boxes are too thin for a model to see, on 0.jpg and 1.jpg."),
        ("look", "1 of 4 boxes is tiny."),
    ]


def test_tags_without_a_box_are_to_be_fixed() -> None:
    assert detection_lines((0.5, 0.5), unboxed=3) == [
        ("fix", "3 images have a tag but no box, so training leaves it out.")
    ]


def test_a_detectors_tag_with_too_few_images_wants_boxes() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    health = dataset_health(project, [tag("can", 14)], TaggingCounts(all=14, tagged=14))
    assert health.line == "can has 14; a tag needs boxes on 15 images to be trained."


def test_a_large_projects_boxes_wait_for_the_dialog() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    make_images(project, 3, [make_tag(project, "can")])
    counts = TaggingCounts(all=3, tagged=3)
    assert "a tag but no box" in dataset_health(project, [tag("can", 20)], counts, most_images=3).line
    assert "a tag but no box" not in dataset_health(project, [tag("can", 20)], counts, most_images=2).line
