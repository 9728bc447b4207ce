"""Metadata: set on images, merged, refused, and known to filters."""

from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.metadata import Described, MetadataStatus, index_metadata, update_metadata
from labeling.models import Image, MetadataPair
from labeling.selection import Selection, count_images
from labeling.uploads import IngestStatus
from portal.errors import Refusal
from portal.models import AuditEntry, Project
from portal.permissions import Role
from tests.builders import key_actor, make_images, make_project, member
from tests.labeling.uploading import plain, take_in

pytestmark = pytest.mark.django_db
TEN = {str(number): "x" for number in range(10)}


def describe(project: Project, image_ids: list[UUID], pairs: dict[str, str | None]) -> list[Described]:
    return update_metadata(key_actor(project), project, image_ids, pairs)


def check_index(project: Project) -> None:
    """What filters look in says the same as the images."""
    told = {image.pk: image.metadata for image in Image.objects.filter(project=project)}
    indexed: dict[UUID, dict[str, str]] = {key: {} for key in told}
    for pair in MetadataPair.objects.filter(project=project):
        indexed[pair.image_id][pair.key] = pair.value
    assert indexed == told


def test_pairs_are_set_beside_those_that_are_there_and_taken_off_by_null() -> None:
    project = make_project()
    first, second = (image.pk for image in make_images(project, 2))
    assert describe(project, [first], {"site": "north", "day": "1"}) == [
        Described(first, MetadataStatus.OK, {"site": "north", "day": "1"})
    ]
    results = describe(project, [second, first], {"day": "2", "site": None, "empty": ""})
    assert [result.image_id for result in results] == [second, first]
    assert [result.metadata for result in results] == [{"day": "2", "empty": ""}] * 2
    assert Image.objects.get(pk=first).metadata == {"day": "2", "empty": ""}
    assert count_images(project, Selection(metadata_filter="day eq '2'")) == 2
    check_index(project)
    line = AuditEntry.objects.filter(act="update_metadata").last()
    assert line is not None
    assert (line.project_id, line.detail) == (project.pk, {"keys": ["day", "empty", "site"], "image_count": 2})


def test_an_image_elsewhere_and_one_that_is_full_are_told_while_the_rest_is_set() -> None:
    project = make_project()
    full, free, removed = (image.pk for image in make_images(project, 3))
    theirs = make_images(make_project(project.resource), 1)[0].pk
    Image.objects.filter(pk=removed).update(removed="2026-01-01T00:00Z")
    describe(project, [full], dict(TEN))
    results = describe(project, [full, theirs, free, removed, unknown := uuid4()], {"one more": "y"})
    assert results == [
        Described(full, MetadataStatus.ERROR_LIMIT, TEN),
        Described(theirs, MetadataStatus.NOT_FOUND, None),
        Described(free, MetadataStatus.OK, {"one more": "y"}),
        Described(removed, MetadataStatus.NOT_FOUND, None),
        Described(unknown, MetadataStatus.NOT_FOUND, None),
    ]
    assert Image.objects.get(pk=full).metadata == TEN
    assert Image.objects.get(pk=theirs).metadata == {}
    check_index(project)
    assert describe(project, [full], {"0": None, "one more": "y"})[0].status == MetadataStatus.OK


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ({"": "x"}, "BadRequestImageMetadataKey"),
        ({"": None}, "BadRequestImageMetadataKey"),
        ({"k" * 129: "x"}, "BadRequestImageMetadataKey"),
        ({"k\0": "x"}, "BadRequestImageMetadataKey"),
        ({"key": "v" * 257}, "BadRequestImageMetadataValue"),
        ({"key": "\0"}, "BadRequestImageMetadataValue"),
        ({str(number): "" for number in range(11)}, "BadRequest"),
    ],
)
def test_pairs_outside_their_limits_change_nothing(pairs: dict[str, str | None], code: str) -> None:
    project = make_project()
    (image,) = make_images(project, 1)
    with pytest.raises(Refusal) as refusal:
        describe(project, [image.pk], pairs)
    assert refusal.value.code == code
    assert Image.objects.get(pk=image.pk).metadata == {}
    assert describe(project, [image.pk], {"k" * 128: "v" * 256})[0].status == MetadataStatus.OK


def test_256_images_are_described_in_few_queries() -> None:
    project = make_project()
    images = [image.pk for image in make_images(project, 257)]
    counts = []
    for size in (2, 256):
        with CaptureQueriesContext(connection) as captured:
            describe(project, images[:size], {"size": str(size)})
        counts.append(len(captured))
    assert counts[1] <= counts[0] + 1  # SQLite takes so many values in two statements
    with pytest.raises(Refusal) as refusal:
        describe(project, images, {"size": "257"})
    assert refusal.value.code == "BadRequestExceededBatchSize"
    check_index(project)


def test_who_may_only_look_describes_nothing() -> None:
    project = make_project()
    (image,) = make_images(project, 1)
    with pytest.raises(Refusal) as refusal:
        update_metadata(member(project, Role.READER), project, [image.pk], {"a": "b"})
    assert refusal.value.code == "ForbiddenUserInsufficientCapability"


def test_an_upload_brings_metadata_also_to_an_image_that_is_there() -> None:
    project = make_project()
    (first,) = take_in(project, plain(), metadata={"site": "north"})
    (again,) = take_in(project, plain(), metadata={"site": "south", "day": "1"})
    assert (again.status, again.image_id) == (IngestStatus.OK_DUPLICATE, first.image_id)
    assert Image.objects.get().metadata == {"site": "south", "day": "1"}
    take_in(project, plain())
    assert Image.objects.get().metadata == {"site": "south", "day": "1"}
    (full,) = take_in(project, plain(), metadata=TEN)
    assert (full.status, full.image_id) == (IngestStatus.ERROR_LIMIT, None)
    assert "more than ten pairs" in full.message
    both = take_in(project, plain(color=(1, 2, 3)), plain(color=(1, 2, 3)), metadata={"a": "b"})
    assert [each.status for each in both] == [IngestStatus.OK, IngestStatus.OK_DUPLICATE]
    check_index(project)


def test_what_filters_look_in_can_be_made_twice() -> None:
    project = make_project()
    (image,) = make_images(project, 1)
    describe(project, [image.pk], {"a": "b"})
    index_metadata(Image.objects.all())
    check_index(project)


def test_a_deleted_image_leaves_no_pairs() -> None:
    project = make_project()
    (image,) = make_images(project, 1)
    describe(project, [image.pk], {"a": "b"})
    Image.objects.filter(pk=image.pk).delete()
    assert not MetadataPair.objects.exists()
