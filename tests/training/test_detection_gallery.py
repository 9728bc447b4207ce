"""The gallery of a detection project: its boxes, of now and frozen, and images said to have no objects."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.boxes import Box
from labeling.gallery import TaggingCounts, tagging_counts
from labeling.models import Image, Region, SnapshotImage, SnapshotRegion, SnapshotTag, Tag
from labeling.regions import ImageBox, add_regions
from labeling.selection import Selection, TaggingStatus, count_images
from portal.domains import GENERAL_DETECTION
from portal.models import Project
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_iteration, make_project, make_tag
from tests.training.test_gallery import browser, data_of, heading, page_of, post_ids, shown
from training.models import Iteration

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))


@pytest.fixture
def client(project: Project) -> Client:
    return browser(project)


def boxed(project: Project, tag: Tag, *lefts: float) -> tuple[Image, list[Region]]:
    (image,) = make_images(project, 1)
    places = [ImageBox(image.pk, Box(tag.pk, left, 0.2, 0.3, 0.4)) for left in lefts]
    return image, add_regions(key_actor(project), project, places).created


def record(region: Region | SnapshotRegion, tag: Tag) -> dict[str, Any]:
    region_id = region.pk if isinstance(region, Region) else region.region_id
    place = {"left": region.left, "top": region.top, "width": region.width, "height": region.height}
    return {"id": str(region_id), "tag": str(tag.pk), **place}


def background(project: Project, count: int = 1) -> list[Image]:
    images = make_images(project, count)
    Image.objects.filter(pk__in=[image.pk for image in images]).update(has_no_objects=True)
    return images


def frozen(project: Project, image: Image, empty: Image, tag: Tag) -> tuple[Iteration, SnapshotRegion]:
    iteration = make_iteration(project)
    row = SnapshotTag.objects.create(snapshot_id=iteration.pk, tag_id=tag.pk, name=tag.name, type=tag.type, position=0)
    held = SnapshotImage.objects.create(snapshot_id=iteration.pk, image=image)
    SnapshotImage.objects.create(snapshot_id=iteration.pk, image=empty, has_no_objects=True)
    region = Region.objects.filter(image=image)[0]
    return iteration, SnapshotRegion.objects.create(
        snapshot_image=held,
        snapshot_tag=row,
        region_id=region.pk,
        left=0.5,
        top=0.5,
        width=0.25,
        height=0.25,
        created=region.created,
    )


def test_items_and_states_carry_boxes_and_no_objects(project: Project, client: Client) -> None:
    can = make_tag(project, "can")
    image, (first, second) = boxed(project, can, 0.1, 0.5)
    Region.objects.filter(pk=second.pk).update(replaces=first)
    (empty,) = background(project)
    page = page_of(client, project)
    assert "data-detection" in page
    items = {item["image"]: item for item in data_of(page, "first")}
    boxes = [record(first, can), {**record(second, can), "replaces": str(first.pk)}]
    assert [(items[str(each.pk)]["boxes"], items[str(each.pk)]["hasNoObjects"]) for each in (image, empty)] == [
        (boxes, False),
        ([], True),
    ]
    assert post_ids(client, project, "items", [image.pk]).json()["items"] == [items[str(image.pk)]]
    assert post_ids(client, project, "states", [image.pk]).json() == {
        "states": [[str(image.pk), 2, str(can.pk)]],
        "boxes": {str(image.pk): boxes},
        "noObjects": [],
    }
    assert post_ids(client, project, "states", [empty.pk]).json() == {
        "states": [[str(empty.pk), 1]],
        "boxes": {},
        "noObjects": [str(empty.pk)],
    }


def test_removed_boxes_are_not_shown(project: Project, client: Client) -> None:
    image, (first, second) = boxed(project, make_tag(project), 0.1, 0.5)
    Region.objects.filter(pk=first.pk).update(removed=image.created)
    (item,) = post_ids(client, project, "items", [image.pk]).json()["items"]
    assert [box["id"] for box in item["boxes"]] == [str(second.pk)]


def test_an_iteration_shows_the_boxes_of_then(project: Project, client: Client) -> None:
    can = make_tag(project, "can")
    image, _ = boxed(project, can, 0.1, 0.5)
    (empty,) = make_images(project, 1)
    iteration, box = frozen(project, image, empty, can)
    (item, other) = post_ids(client, project, f"items?iteration={iteration.pk}", [image.pk, empty.pk]).json()["items"]
    assert (item["boxes"], item["hasNoObjects"]) == ([record(box, can)], False)
    assert (other["boxes"], other["hasNoObjects"]) == ([], True)
    assert shown(client, project, f"?iteration={iteration.pk}&tagging=untagged") == {str(image.pk)}
    assert shown(client, project, f"?iteration={iteration.pk}&tagging=tagged") == {str(empty.pk)}
    assert tagging_counts(project, iteration.pk) == TaggingCounts(all=2, tagged=1)


def test_images_without_objects_are_done_on_pages_and_untagged_in_the_api(project: Project, client: Client) -> None:
    image, _ = boxed(project, make_tag(project), 0.1)
    (empty,), (bare,) = background(project), make_images(project, 1)
    assert shown(client, project, "?tagging=tagged") == {str(image.pk), str(empty.pk)}
    assert shown(client, project, "?tagging=untagged") == {str(bare.pk)}
    assert heading(page_of(client, project, "?tagging=untagged")) == "1 untagged image"
    assert tagging_counts(project) == TaggingCounts(all=3, tagged=2)
    assert count_images(project, Selection(tagging=TaggingStatus.UNTAGGED)) == 2
    assert count_images(project, Selection(tagging=TaggingStatus.TAGGED)) == 1


def test_the_pages_queries_do_not_grow_with_the_boxes(project: Project, client: Client) -> None:
    can = make_tag(project, "can")
    few = [boxed(project, can, 0.1)[0]]
    many = [boxed(project, can, *(n / 100 for n in range(9)))[0] for _ in range(20)]
    counts = []
    for images in (few, many):
        for address in ("items", "states"):
            with CaptureQueriesContext(connection) as queries:
                post_ids(client, project, address, [image.pk for image in images])
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


def test_a_classification_project_asks_for_no_boxes() -> None:
    project = make_project()
    images = make_images(project, 3, [make_tag(project)])
    client = browser(project)
    post_ids(client, project, "items", [image.pk for image in images])
    for address in ("items", "states"):
        with CaptureQueriesContext(connection) as queries:
            post_ids(client, project, address, [image.pk for image in images])
        assert not any("labeling_region" in query["sql"] for query in queries)
    assert "data-detection" not in page_of(client, project)
