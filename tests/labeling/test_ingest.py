"""Ingest: what goes in, what is refused, and that files and rows agree."""

import hashlib
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture
from pytest_django import Settings

from labeling import files
from labeling.models import Image, ImageTag, LabelSource
from labeling.orphans import sweep_orphan_files, sweep_upload_folders
from labeling.uploads import IngestStatus, upload_folder
from portal.errors import Refusal
from portal.limits import TRAINING_IMAGE_BYTES
from portal.models import AuditEntry, Project
from portal.permissions import Role
from tests.builders import key_actor, make_images, make_project, make_tag, member
from tests.labeling.stored_files import stored_names
from tests.labeling.uploading import encoded, plain, take_in
from tests.pictures import picture

pytestmark = pytest.mark.django_db


def names_of(image: Image) -> set[str]:
    return {
        files.original_name(image.project_id, image.sha256, image.media_type),
        files.resized_name(image.project_id, image.sha256),
        files.thumbnail_name(image.project_id, image.sha256),
    }


def test_an_image_goes_in_with_its_files_labels_author_and_audit_line() -> None:
    project = make_project()
    tag = make_tag(project)
    data = picture("circle", 1)

    (result,) = take_in(project, data, tag_ids=[tag.pk], metadata={"site": "north"})

    assert result.status == IngestStatus.OK
    image = Image.objects.get(project=project)
    assert (image.pk, image.sha256) == (result.image_id, hashlib.sha256(data).hexdigest())
    assert (image.media_type, image.width, image.height, image.size_bytes) == ("image/jpeg", 96, 96, len(data))
    assert (image.metadata, image.version, image.source_name) == ({"site": "north"}, 1, "0.jpg")
    assert image.created_by == project.resource.name
    label = ImageTag.objects.get(image=image)
    assert (label.tag_id, label.source, label.created_by) == (tag.pk, LabelSource.API, project.resource.name)
    assert stored_names(project) == names_of(image)
    with default_storage.open(files.original_name(project.pk, image.sha256, image.media_type)) as original:
        assert original.read() == data
    project.refresh_from_db()
    assert project.thumbnail == files.thumbnail_name(project.pk, image.sha256)
    entry = AuditEntry.objects.get(act="create_images", project_id=project.pk)
    assert entry.detail == {"created": 1, "duplicates": 0, "refused": 0}


def test_the_same_bytes_are_one_image_and_bring_their_tags() -> None:
    project = make_project()
    first, second = make_tag(project), make_tag(project)
    (made,) = take_in(project, plain(), tag_ids=[first.pk])

    again, twin = take_in(project, plain(), plain(), tag_ids=[second.pk])

    assert (again.status, twin.status) == (IngestStatus.OK_DUPLICATE, IngestStatus.OK_DUPLICATE)
    assert again.image_id == twin.image_id == made.image_id
    image = Image.objects.get(project=project)
    assert set(image.image_tags.values_list("tag_id", flat=True)) == {first.pk, second.pk}
    assert image.version == 2


def test_the_same_bytes_twice_in_one_batch_are_one_image() -> None:
    project = make_project()
    first, second = take_in(project, plain(), plain())
    assert (first.status, second.status) == (IngestStatus.OK, IngestStatus.OK_DUPLICATE)
    assert Image.objects.get(project=project).pk == first.image_id == second.image_id


def test_other_projects_keep_their_own_image_of_the_same_bytes() -> None:
    one, other = make_project(), make_project()
    assert take_in(one, plain())[0].status == IngestStatus.OK
    assert take_in(other, plain())[0].status == IngestStatus.OK


def test_one_bad_image_is_told_and_the_rest_goes_in() -> None:
    project = make_project()
    results = take_in(
        project,
        plain(format="PNG"),
        b"this is text that calls itself .jpg",
        plain(format="BMP"),
        picture("cross", 1)[:700],
        plain(format="GIF"),
        b"\0" * (TRAINING_IMAGE_BYTES + 1),
        plain(10241, 1),
        plain(260, 10),
        plain(250, 10),
        b"",
        plain(format="WEBP"),
    )
    assert [result.status for result in results] == [
        IngestStatus.OK,
        IngestStatus.ERROR_FORMAT,
        IngestStatus.OK,
        IngestStatus.ERROR_FORMAT,
        IngestStatus.OK,
        IngestStatus.ERROR_SIZE,
        IngestStatus.ERROR_DIMENSIONS,
        IngestStatus.ERROR_DIMENSIONS,
        IngestStatus.OK,
        IngestStatus.ERROR_FORMAT,
        IngestStatus.OK,
    ]
    images = list(Image.objects.filter(project=project))
    assert {image.media_type for image in images} == {"image/png", "image/bmp", "image/gif", "image/webp"}
    assert stored_names(project) == set().union(*(names_of(image) for image in images))


def test_a_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    project = make_project()
    bomb = encoded(Picture.new("1", (10_200, 10_200)))
    assert len(bomb) < 100_000
    assert take_in(project, bomb)[0].status == IngestStatus.ERROR_DIMENSIONS
    assert not stored_names(project)


@pytest.mark.parametrize(
    ("mode", "format", "options"),
    [
        ("CMYK", "JPEG", {}),
        ("I;16", "PNG", {}),
        ("P", "PNG", {"transparency": 0}),
        ("LA", "PNG", {}),
        ("RGBA", "WEBP", {}),
        ("1", "BMP", {}),
    ],
)
def test_unusual_pixels_are_taken_and_seen(mode: str, format: str, options: dict[str, object]) -> None:
    project = make_project()
    (result,) = take_in(project, encoded(Picture.new(mode, (64, 48)), format, **options))
    assert result.status == IngestStatus.OK
    image = Image.objects.get(pk=result.image_id)
    with default_storage.open(files.thumbnail_name(project.pk, image.sha256)) as thumbnail:
        shown = Picture.open(io.BytesIO(thumbnail.read()))
    assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", (64, 48))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_seen_upright(orientation: int) -> None:
    upright = Picture.new("RGB", (80, 40), (0, 0, 0))
    upright.paste((255, 255, 255), (0, 0, 20, 20))  # top left
    undo = {
        1: None,
        2: Picture.Transpose.FLIP_LEFT_RIGHT,
        3: Picture.Transpose.ROTATE_180,
        4: Picture.Transpose.FLIP_TOP_BOTTOM,
        5: Picture.Transpose.TRANSPOSE,
        6: Picture.Transpose.ROTATE_90,
        7: Picture.Transpose.TRANSVERSE,
        8: Picture.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if undo is None else upright.transpose(undo)
    exif = Picture.Exif()
    exif[0x0112] = orientation
    project = make_project()

    (result,) = take_in(project, encoded(stored, "JPEG", exif=exif, quality=95))

    image = Image.objects.get(pk=result.image_id)
    assert (image.width, image.height) == (80, 40)
    with default_storage.open(files.resized_name(project.pk, image.sha256)) as resized:
        shown = Picture.open(io.BytesIO(resized.read())).convert("L")
    assert shown.size == (80, 40)
    assert shown.getpixel((8, 8)) > 200
    assert shown.getpixel((70, 30)) < 50


def test_a_batch_has_1_to_64_images() -> None:
    project = make_project()
    with pytest.raises(Refusal) as refusal:
        take_in(project)
    assert refusal.value.code == "BadRequestImageBatch"
    with pytest.raises(Refusal) as refusal:
        take_in(project, *[b"x"] * 65)
    assert refusal.value.code == "BadRequestExceededBatchSize"


def test_a_full_project_takes_no_more_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.ingest_plan.IMAGES_PER_PROJECT", 4)
    project = make_project()
    make_images(project, 3)
    results = take_in(project, plain(), plain(41), plain())
    assert [result.status for result in results] == [
        IngestStatus.OK,
        IngestStatus.ERROR_LIMIT,
        IngestStatus.OK_DUPLICATE,
    ]


def test_a_batch_is_a_constant_number_of_queries() -> None:
    project = make_project()
    tag = make_tag(project)

    def queries(count: int, first: int) -> int:
        data = [plain(color=(number, 0, count)) for number in range(first, first + count)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            take_in(project, *data, tag_ids=[tag.pk], actor=key_actor(project))
        return len(captured)

    assert queries(30, 0) == queries(2, 100)


@pytest.mark.parametrize("role", [Role.DEPLOYMENT, Role.READER])
def test_roles_that_do_not_edit_images_cannot_add_any(role: Role) -> None:
    project = make_project()
    with pytest.raises(Refusal) as refusal:
        take_in(project, plain(), actor=member(project, role))
    assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert not Image.objects.filter(project=project).exists()
    assert not stored_names(project)


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.TRAINER, Role.LABELER])
def test_roles_that_edit_images_add_some(role: Role) -> None:
    project = make_project()
    assert take_in(project, plain(), actor=member(project, role))[0].status == IngestStatus.OK


def test_an_upload_into_a_project_deleted_meanwhile_leaves_no_row() -> None:
    project = make_project()
    Project.objects.filter(pk=project.pk).update(deleted="2026-01-01T00:00Z")
    with pytest.raises(Refusal) as refusal:
        take_in(project, plain())
    assert refusal.value.code == "NotFoundProject"
    assert not Image.objects.filter(project=project).exists()


def test_files_that_go_missing_before_the_rows_are_written_are_stored_again(monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    data = plain()
    look = files.is_stored

    def gone_at_first(*arguments: object) -> bool:
        monkeypatch.setattr(files, "is_stored", look)
        files.delete_files(project.pk, [(hashlib.sha256(data).hexdigest(), "image/png")])
        return look(*arguments)

    monkeypatch.setattr(files, "is_stored", gone_at_first)
    (result,) = take_in(project, data)
    assert result.status == IngestStatus.OK
    assert stored_names(project) == names_of(Image.objects.get(project=project))


def test_a_truncated_file_left_by_a_dead_process_is_replaced() -> None:
    project = make_project()
    data = plain()
    name = files.original_name(project.pk, hashlib.sha256(data).hexdigest(), "image/png")
    files.store(name, data[:10])
    take_in(project, data)
    with default_storage.open(name) as stored:
        assert stored.read() == data


def test_a_failing_storage_is_told_for_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, data: bytes) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files, "store", fail)
    project = make_project()
    assert take_in(project, plain())[0].status == IngestStatus.ERROR_STORAGE
    assert not Image.objects.filter(project=project).exists()


def test_the_sweep_removes_files_without_rows_and_no_others() -> None:
    project = make_project()
    take_in(project, plain())
    kept = stored_names(project)
    orphan = files.resized_name(project.pk, "ab" * 32)
    files.store(orphan, b"left behind")

    assert sweep_orphan_files() == 0  # too young to tell
    assert stored_names(project) == kept | {orphan}
    assert sweep_orphan_files(timedelta(seconds=-1)) == 1
    assert stored_names(project) == kept


def test_the_sweep_removes_folders_of_uploads_that_died(tmp_path: Path, settings: Settings) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    (tmp_path / "of somebody else").mkdir()
    with upload_folder() as folder:
        (folder / "0").write_bytes(b"half an image")
        assert sweep_upload_folders() == 0
        assert sweep_upload_folders(timedelta(seconds=-5)) == 1
        assert [path.name for path in tmp_path.iterdir()] == ["of somebody else"]
        folder.mkdir()
