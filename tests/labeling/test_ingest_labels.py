"""Ingest: labels, regions and metadata that come with an image, and those that are refused."""

from uuid import uuid4

import pytest

from labeling.boxes import Box
from labeling.ingest import ingest
from labeling.models import Image, ImageTag, Region, TagType
from labeling.uploads import Batch, IngestStatus, upload_folder
from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.models import Project
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_project, make_tag
from tests.labeling.stored_files import stored_names
from tests.labeling.uploading import plain, take_in, upload

pytestmark = pytest.mark.django_db


def detection_project() -> Project:
    return make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))


def test_label_problems_are_told_for_each_image() -> None:
    project = make_project()
    regular, negative = make_tag(project), make_tag(project, type=TagType.NEGATIVE)
    elsewhere = make_tag(make_project())
    many = [make_tag(project).pk for _ in range(101)]
    with upload_folder() as folder:
        batch = Batch(
            [
                upload(plain(color=(1, 1, 1)), folder, tag_ids=[regular.pk]),
                upload(plain(color=(2, 1, 1)), folder, tag_ids=[regular.pk, negative.pk]),
                upload(plain(color=(3, 1, 1)), folder, tag_ids=[elsewhere.pk]),
                upload(plain(color=(4, 1, 1)), folder, tag_ids=[uuid4()]),
                upload(plain(color=(5, 1, 1)), folder, tag_ids=many),
                upload(plain(color=(6, 1, 1)), folder, tag_ids=[negative.pk]),
                # The first image again: its regular tag is on it by then.
                upload(plain(color=(1, 1, 1)), folder, tag_ids=[negative.pk]),
            ]
        )
        results = ingest(key_actor(project), project, batch)
    assert [result.status for result in results] == [
        IngestStatus.OK,
        IngestStatus.ERROR_NEGATIVE_AND_REGULAR,
        IngestStatus.ERROR_INVALID_TAG,
        IngestStatus.ERROR_INVALID_TAG,
        IngestStatus.ERROR_TAG_LIMIT,
        IngestStatus.OK,
        IngestStatus.ERROR_NEGATIVE_AND_REGULAR,
    ]
    assert Image.objects.filter(project=project).count() == 2
    assert len(stored_names(project)) == 6


def test_a_duplicate_does_not_mix_negative_and_regular() -> None:
    project = make_project()
    regular, negative = make_tag(project), make_tag(project, type=TagType.NEGATIVE)
    take_in(project, plain(), tag_ids=[regular.pk])
    (again,) = take_in(project, plain(), tag_ids=[negative.pk])
    assert again.status == IngestStatus.ERROR_NEGATIVE_AND_REGULAR
    assert list(ImageTag.objects.filter(image__project=project).values_list("tag_id", flat=True)) == [regular.pk]


def test_two_tags_are_taken_in_a_multiclass_project() -> None:
    project = make_project(settings=ProjectSettings(classification_type="Multiclass"))
    tags = [make_tag(project).pk, make_tag(project).pk]
    assert take_in(project, plain(), tag_ids=tags)[0].status == IngestStatus.OK
    assert ImageTag.objects.filter(image__project=project).count() == 2


def test_regions_tag_their_image_and_lose_rounding_errors() -> None:
    project = detection_project()
    tag = make_tag(project)
    box = Box(tag.pk, 0.75, 0.5, 0.25000006, 0.5)
    (result,) = take_in(project, plain(), boxes=[box, box])
    region = Region.objects.get(image_id=result.image_id)
    assert (region.left, region.top, region.width, region.height) == (0.75, 0.5, 0.25, 0.5)
    assert ImageTag.objects.get(image_id=result.image_id).tag_id == tag.pk


@pytest.mark.parametrize(
    "edges",
    [
        (0.1, 0.1, 0.0, 0.5),
        (0.1, 0.1, 0.5, -0.1),
        (-0.01, 0.1, 0.5, 0.5),
        (0.6, 0.1, 0.5, 0.5),
        (0.1, 0.7, 0.5, 0.5),
        (float("nan"), 0.1, 0.5, 0.5),
        (0.1, 0.1, float("inf"), 0.5),
    ],
)
def test_a_degenerate_box_is_refused_and_nothing_goes_in(edges: tuple[float, float, float, float]) -> None:
    project = detection_project()
    tag = make_tag(project)
    with pytest.raises(Refusal) as refusal:
        take_in(project, plain(), boxes=[Box(tag.pk, *edges)])
    assert refusal.value.code == "BadRequestImageRegions"
    assert "Image 1 0.jpg, region 1" in refusal.value.message
    assert not Image.objects.filter(project=project).exists()
    assert not stored_names(project)


def test_regions_belong_to_detection_projects() -> None:
    project = make_project()
    tag = make_tag(project)
    with pytest.raises(Refusal) as refusal:
        take_in(project, plain(), boxes=[Box(tag.pk, 0, 0, 1, 1)])
    assert refusal.value.code == "BadRequestImageRegions"


def test_more_regions_than_an_image_takes() -> None:
    project = detection_project()
    tag = make_tag(project)
    boxes = [Box(tag.pk, number / 1000, 0, 0.5, 0.5) for number in range(301)]
    assert take_in(project, plain(), boxes=boxes)[0].status == IngestStatus.ERROR_REGION_LIMIT
    assert take_in(project, plain(), boxes=boxes[:300])[0].status == IngestStatus.OK


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"": "value"}, "BadRequestImageMetadataKey"),
        ({"k" * 129: "value"}, "BadRequestImageMetadataKey"),
        ({"key": "v" * 257}, "BadRequestImageMetadataValue"),
        ({str(number): "" for number in range(11)}, "BadRequest"),
    ],
)
def test_metadata_outside_its_limits_is_refused(metadata: dict[str, str], code: str) -> None:
    project = make_project()
    with pytest.raises(Refusal) as refusal:
        take_in(project, plain(), metadata=metadata)
    assert refusal.value.code == code
    assert not stored_names(project)
