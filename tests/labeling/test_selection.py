"""Selections: by tags, by tagging, by metadata, of now and of a snapshot, in order and in pages."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.models import Image, ImageTag, Region
from labeling.selection import Selection, TaggingStatus, count_images, images_by_ids, select_images
from labeling.snapshots import gather, write_snapshot
from labeling.tagging import untag_images
from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.models import Project
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_project, make_tag

pytestmark = pytest.mark.django_db


def ids(project: Project, selection: Selection, **paging: object) -> list[object]:
    found = [labeled.image.pk for labeled in select_images(project, selection, **{"take": 256} | paging)]
    if "take" not in paging and "skip" not in paging:
        assert count_images(project, selection) == len(found)
    return found


def test_newest_first_oldest_first_and_pages() -> None:
    project = make_project()
    make_images(make_project(), 1)
    oldest_first = [image.pk for image in make_images(project, 5)]
    everything = Selection()
    assert ids(project, everything) == oldest_first[::-1]
    assert ids(project, everything, is_oldest_first=True) == oldest_first
    assert ids(project, everything, take=2, skip=1) == oldest_first[::-1][1:3]
    assert ids(project, everything, take=0) == []


def test_tagged_untagged_and_any_of_tags() -> None:
    project = make_project()
    first, second, unused = make_tag(project), make_tag(project), make_tag(project)
    with_first = make_images(project, 1, [first])[0].pk
    with_both = make_images(project, 1, [first, second])[0].pk
    with_second = make_images(project, 1, [second])[0].pk
    bare = make_images(project, 1)[0].pk
    untagged = make_images(project, 1, [first])[0]
    untag_images(key_actor(project), project, [untagged.pk], [first.pk])

    assert ids(project, Selection(tagging=TaggingStatus.TAGGED)) == [with_second, with_both, with_first]
    assert ids(project, Selection(tagging=TaggingStatus.UNTAGGED)) == [untagged.pk, bare]
    assert ids(project, Selection(tag_ids=[first.pk])) == [with_both, with_first]
    assert ids(project, Selection(tag_ids=[first.pk, second.pk])) == [with_second, with_both, with_first]
    assert ids(project, Selection(tag_ids=[unused.pk])) == []
    assert ids(project, Selection(tag_ids=[first.pk], tagging=TaggingStatus.UNTAGGED)) == []


def test_labels_come_with_the_images() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    first, second = make_tag(project, "first"), make_tag(project, "second")
    (image,) = make_images(project, 1, [second, first])
    region = Region.objects.create(image=image, tag=first, left=0.1, top=0.2, width=0.3, height=0.4)
    Region.objects.create(image=image, tag=first, left=0, top=0, width=1, height=1, removed="2026-01-01T00:00Z")
    (labeled,) = select_images(project, Selection(), take=1)
    assert [(tag.tag_id, tag.name) for tag in labeled.tags] == [(first.pk, "first"), (second.pk, "second")]
    (box,) = labeled.regions
    assert (box.region_id, box.tag_id, box.tag_name) == (region.pk, first.pk, "first")
    assert (box.left, box.top, box.width, box.height) == (0.1, 0.2, 0.3, 0.4)


def test_a_snapshot_shows_images_and_labels_as_they_were() -> None:
    project = make_project()
    first, second = make_tag(project, "first"), make_tag(project, "second")
    kept, removed = make_images(project, 2, [first])
    snapshot_id = write_snapshot(gather(project)).pk
    make_images(project, 1, [first])
    ImageTag.objects.create(image=kept, tag=second)
    ImageTag.objects.filter(image=kept, tag=first).update(removed="2026-01-01T00:00Z")
    Image.objects.filter(pk=removed.pk).update(removed="2026-01-01T00:00Z")

    then = Selection(snapshot_id)
    assert ids(project, then) == [removed.pk, kept.pk]
    assert [[tag.name for tag in labeled.tags] for labeled in select_images(project, then, take=9)] == [
        ["first"],
        ["first"],
    ]
    assert ids(project, Selection(snapshot_id, tag_ids=[second.pk])) == []
    assert ids(project, Selection(snapshot_id, TaggingStatus.UNTAGGED)) == []
    assert len(ids(project, Selection(snapshot_id, TaggingStatus.TAGGED))) == 2
    assert [labeled.image.pk for labeled in images_by_ids(project, [removed.pk], snapshot_id)] == [removed.pk]
    assert images_by_ids(project, [removed.pk]) == []


def test_snapshots_of_other_projects_are_not_found() -> None:
    project, other = make_project(), make_project()
    make_images(other, 1, [make_tag(other)])
    snapshot_id = write_snapshot(gather(other)).pk
    for wanted in (snapshot_id, uuid4()):
        with pytest.raises(Refusal) as refusal:
            select_images(project, Selection(wanted), take=1)
        assert refusal.value.code == "NotFoundIteration"


def test_images_by_ids_come_in_the_order_asked_for() -> None:
    project = make_project()
    images = [image.pk for image in make_images(project, 3)]
    theirs = make_images(make_project(), 1)[0].pk
    asked = [images[2], theirs, images[0], uuid4()]
    assert [labeled.image.pk for labeled in images_by_ids(project, asked)] == [images[2], images[0]]


def test_a_page_is_a_constant_number_of_queries() -> None:
    project = make_project()
    make_images(project, 60, [make_tag(project)])
    for take in (1, 60):
        with CaptureQueriesContext(connection) as captured:
            assert len(select_images(project, Selection(), take=take)) == take
        assert len(captured) == 3


@pytest.mark.parametrize("is_oldest_first", [False, True])
def test_far_pages_are_those_of_the_whole_list(is_oldest_first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    removed, *_ = make_images(project, 6)
    Image.objects.filter(pk=removed.pk).update(removed=timezone.now())
    alike = [image.pk for image in make_images(project, 4)]
    Image.objects.filter(pk__in=alike).update(created=timezone.now())
    whole = ids(project, Selection(), is_oldest_first=is_oldest_first)
    assert len(whole) == 9
    monkeypatch.setattr("labeling.selection.FAR_SKIP", 1)
    for take in (1, 4):
        for skip in range(12):
            page = ids(project, Selection(), take=take, skip=skip, is_oldest_first=is_oldest_first)
            assert page == whole[skip : skip + take]
