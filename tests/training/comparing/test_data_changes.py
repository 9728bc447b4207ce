"""What changed in the data between two snapshots: counted, in words, and quickly."""

import time
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Image, ImageTag, LockedTestImage, Region, Tag, TestChoice
from labeling.snapshots import gather, write_snapshot
from portal.models import Project
from portal.projects import ProjectSettings
from tests.builders import make_images, make_iteration, make_project, make_tag
from training.comparing.data_changes import ChangedData, DataChange, data_changes
from training.models import Iteration

pytestmark = pytest.mark.django_db

DETECTION_DOMAIN = UUID("da2e3a8a-40a5-4171-82f4-58522f70fbc1")


def frozen_iteration(project: Project) -> Iteration:
    """A completed iteration of the project as it stands."""
    iteration = make_iteration(project)
    Iteration.objects.filter(pk=iteration.pk).delete()
    iteration.snapshot = write_snapshot(gather(project))
    iteration.save(force_insert=True)
    return iteration


def between(before: Iteration, after: Iteration) -> dict[DataChange, ChangedData]:
    return {each.kind: each for each in data_changes([before, after])[0]}


def told(changes: dict[DataChange, ChangedData]) -> dict[str, str]:
    return {each.what: each.detail for each in changes.values()}


def detection_project() -> Project:
    return make_project(settings=ProjectSettings(domain_id=DETECTION_DOMAIN))


def put_box(image: Image, tag: Tag, left: float, replaces: Region | None = None) -> Region:
    return Region.objects.create(
        image=image, tag=tag, left=left, top=0.1, width=0.2, height=0.2, created_by="test", replaces=replaces
    )


def test_images_that_came_went_and_were_relabeled() -> None:
    project = make_project()
    bottle, can, cup = (make_tag(project, name) for name in ("bottle", "can", "cup"))
    bottles, cans = make_images(project, 8, [bottle]), make_images(project, 5, [can])
    make_images(project, 1, [cup])
    before = frozen_iteration(project)
    make_images(project, 3, [can]), make_images(project, 2, [cup]), make_images(project, 1, [bottle])
    ImageTag.objects.filter(image__in=bottles[:3]).update(tag=can)
    ImageTag.objects.filter(image=bottles[3]).update(tag=cup)
    Image.objects.filter(pk__in=[cans[0].pk, cans[1].pk]).delete()
    ImageTag.objects.filter(image=cans[2]).delete()
    LockedTestImage.objects.create(image=cans[2], project=project, choice=TestChoice.HAND, created_by="test")
    after = frozen_iteration(project)
    changes = between(before, after)
    assert told(changes) == {
        "6 images added": "5 of them with can or cup",
        "1 image taken into the locked test set": "",
        "4 images relabeled": "bottle to can (3), bottle to cup (1)",
    }
    assert set(changes[DataChange.RELABELED].image_ids) == {image.pk for image in bottles[:4]}
    assert changes[DataChange.LOCKED].image_ids == [cans[2].pk]


def test_an_image_that_lost_its_label_is_removed_from_the_data() -> None:
    project = make_project()
    bottle, can = make_tag(project, "bottle"), make_tag(project, "can")
    bottles = make_images(project, 6, [bottle])
    make_images(project, 6, [can])
    before = frozen_iteration(project)
    ImageTag.objects.filter(image__in=bottles[:2]).delete()
    changes = between(before, frozen_iteration(project))
    assert told(changes) == {"2 images removed": "all of them with bottle"}
    # The other way round they were added.
    assert DataChange.ADDED in between(frozen_iteration(project), before)


def test_boxes_that_came_went_moved_and_got_another_tag() -> None:
    project = detection_project()
    bottle, can = make_tag(project, "bottle"), make_tag(project, "can")
    images = make_images(project, 6, [bottle, can])
    boxes = [(put_box(image, bottle, 0.1), put_box(image, can, 0.6)) for image in images]
    before = frozen_iteration(project)
    # Moved far by a person, twice: known by what it replaces.
    once = put_box(images[0], bottle, 0.3, boxes[0][0])
    put_box(images[0], bottle, 0.4, once)
    Region.objects.filter(pk__in=[boxes[0][0].pk, once.pk]).update(removed=before.created)
    # Given another tag by the API, a little off: known by its place.
    Region.objects.filter(pk=boxes[1][0].pk).update(removed=before.created)
    put_box(images[1], can, 0.12)
    # Drawn anew just where it was: no change.
    Region.objects.filter(pk=boxes[2][0].pk).update(removed=before.created)
    put_box(images[2], bottle, 0.1)
    Region.objects.filter(pk=boxes[3][1].pk).update(removed=before.created)
    put_box(images[4], can, 0.35)
    ImageTag.objects.filter(image=images[5]).delete()
    Region.objects.filter(image=images[5]).update(removed=before.created)
    Image.objects.filter(pk=images[5].pk).update(has_no_objects=True)
    changes = between(before, frozen_iteration(project))
    assert told(changes) == {
        "1 box added": "can, on 1 image",
        "3 boxes removed": "can (2), bottle (1), on 2 images",
        "1 box moved or resized": "bottle, on 1 image",
        "1 box relabeled": "bottle to can, on 1 image",
        "1 image marked No objects here": "",
    }
    moved = changes[DataChange.BOXES_MOVED]
    assert moved.image_ids == [images[0].pk]
    assert [box.edges[0] for box in moved.old_boxes[images[0].pk]] == [0.1]
    assert [box.edges[0] for box in moved.new_boxes[images[0].pk]] == [0.4]


def test_boxes_of_added_images_come_with_them() -> None:
    project = detection_project()
    bottle = make_tag(project, "bottle")
    for image in make_images(project, 3, [bottle]):
        put_box(image, bottle, 0.1)
    before = frozen_iteration(project)
    for image in make_images(project, 2, [bottle]):
        put_box(image, bottle, 0.1)
    assert told(between(before, frozen_iteration(project))) == {"2 images added": ""}


def test_the_same_snapshot_twice_has_no_change() -> None:
    project = make_project()
    make_images(project, 3, [make_tag(project)])
    assert between(frozen_iteration(project), frozen_iteration(project)) == {}


def test_queries_do_not_grow_with_iterations_images_and_boxes() -> None:
    project = detection_project()
    tag = make_tag(project)
    put_box(make_images(project, 1, [tag])[0], tag, 0.1)
    iterations = [frozen_iteration(project) for _ in range(2)]
    with CaptureQueriesContext(connection) as few:
        data_changes(iterations)
    for image in make_images(project, 5, [tag]):
        put_box(image, tag, 0.2)
    iterations += [frozen_iteration(project) for _ in range(3)]
    with CaptureQueriesContext(connection) as many:
        assert [len(changes) for changes in data_changes(iterations)] == [0, 1, 1, 1]
    assert len(many) == len(few) == 6


@pytest.mark.slow
def test_ten_thousand_images_with_boxes_are_told_within_a_second() -> None:
    project = detection_project()
    tags = [make_tag(project) for _ in range(4)]
    images = make_images(project, 10_000, tags[:1])
    Region.objects.bulk_create(
        Region(
            id=uuid4(), image=image, tag=tags[0], left=0.3 * place, top=0.1, width=0.2, height=0.2, created_by="test"
        )
        for image in images
        for place in range(3)
    )
    before = frozen_iteration(project)
    Region.objects.filter(image__in=[image.pk for image in images[:500]], left=0).update(removed=before.created)
    for image in images[:500]:
        put_box(image, tags[0], 0.05)
    after = frozen_iteration(project)
    took_seconds = []
    for _ in range(3):
        started = time.perf_counter()
        changes = between(before, after)
        took_seconds.append(time.perf_counter() - started)
    assert changes[DataChange.BOXES_MOVED].count == 500
    print(f"10,000 images with 30,000 boxes each: {min(took_seconds):.2f} s")
    assert min(took_seconds) < 1
