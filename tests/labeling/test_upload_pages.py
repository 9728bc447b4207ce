"""Uploads through the browser: files, addresses, who may, and what each image's answer says."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from labeling.models import Image, ImageTag, LabelSource, Tag
from portal.limits import IMAGE_BATCH, TRAINING_IMAGE_BYTES
from portal.models import AuditEntry, ClassificationType, Membership, Project, User
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import make_project, make_tag
from tests.labeling.uploading import plain
from tests.pictures import picture

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


@pytest.fixture
def project() -> Project:
    return make_project()


def browser(project: Project, role: Role | None = Role.LABELER, **options: bool) -> Client:
    """A signed-in person's browser."""
    person = User.objects.create(username=f"person-{User.objects.count()}")
    if role is not None:
        Membership.objects.create(user=person, project=project, role=role)
    client = Client(headers=JSON, **options)
    client.force_login(person)
    return client


def send(client: Client, project: Project, *files: tuple[str, bytes], tags: Sequence[Tag] = ()) -> list[dict[str, str]]:
    query = "&".join(f"tag={tag.pk}" for tag in tags)
    parts = [SimpleUploadedFile(name, data, "image/jpeg") for name, data in files]
    answer = client.post(f"/projects/{project.pk}/uploads?{query}", {"files": parts})
    assert answer.status_code == 200, answer.content
    records: list[dict[str, str]] = answer.json()["images"]
    return records


def test_files_become_images_with_their_names_and_the_tags_of_the_batch(project: Project) -> None:
    can = make_tag(project, "can")
    records = send(browser(project), project, ("a.jpg", picture("circle", 1)), ("ü 2.png", plain()), tags=[can])
    assert [(record["name"], record["status"], record["words"]) for record in records] == [
        ("a.jpg", "OK", "Uploaded."),
        ("ü 2.png", "OK", "Uploaded."),
    ]
    assert set(Image.objects.values_list("source_name", "source")) == {
        ("a.jpg", LabelSource.DRAWN),
        ("ü 2.png", LabelSource.DRAWN),
    }
    assert {tag.image_id for tag in ImageTag.objects.filter(tag=can)} == {UUID(record["image"]) for record in records}
    assert AuditEntry.objects.filter(act="create_images").count() == 1


def test_sent_again_the_same_file_is_a_duplicate_of_a_known_age(project: Project) -> None:
    client, can = browser(project), make_tag(project, "can")
    first = send(client, project, ("a.jpg", picture("circle", 1)))[0]
    second = send(client, project, ("b.jpg", picture("circle", 1)), tags=[can])[0]
    assert (first["ageMs"], second["status"], second["image"]) == (None, "OKDuplicate", first["image"])
    assert 0 <= int(second["ageMs"]) < 60_000
    assert second["words"] == "It was here already; its tags were added."
    assert ImageTag.objects.get().tag == can


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"<html>", "ErrorImageFormat", "This is not a JPEG, PNG, BMP, GIF or WebP image."),
        (b"", "ErrorImageFormat", "This is not a JPEG, PNG, BMP, GIF or WebP image. Save it as JPEG."),
        (b"\xff\xd8\xff" + b"0" * TRAINING_IMAGE_BYTES, "ErrorImageSize", "It is over 6 MB. Save it smaller, as JPEG."),
        (plain(300, 3), "ErrorImageDimensions", "300 x 3: one side is over 25 times the other."),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(project: Project, data: bytes, status: str, words: str) -> None:
    records = send(browser(project), project, ("bad.jpg", data), ("good.jpg", picture("cross", 1)))
    assert [record["status"] for record in records] == [status, "OK"]
    assert (records[0]["words"], records[0]["image"], records[0]["isRetryable"]) == (words, None, False)


def test_a_person_gives_an_image_of_a_multiclass_project_one_tag() -> None:
    project = make_project(settings=ProjectSettings(classification_type=ClassificationType.MULTICLASS))
    client, can, cup = browser(project), make_tag(project, "can"), make_tag(project, "cup")
    answer = client.post(
        f"/projects/{project.pk}/uploads?tag={can.pk}&tag={cup.pk}", {"file": SimpleUploadedFile("a.jpg", plain())}
    )
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "Images of a multiclass project have one tag; choose one.",
    )
    send(client, project, ("a.jpg", plain()), tags=[can])
    again = send(client, project, ("a.jpg", plain()), tags=[cup])[0]
    assert (again["status"], again["words"]) == (
        "OKDuplicate",
        "It is in this project already, with another tag, which it keeps.",
    )
    assert ImageTag.objects.get().tag == can


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.CONTRIBUTOR, 200),
        (Role.TRAINER, 200),
        (Role.LABELER, 200),
        (Role.DEPLOYMENT, 403),
        (Role.READER, 403),
        (None, 404),
    ],
)
def test_only_who_may_edit_images_adds_them(project: Project, role: Role | None, status: int) -> None:
    client = browser(project, role)
    file = {"file": SimpleUploadedFile("a.jpg", plain())}
    assert client.post(f"/projects/{project.pk}/uploads", file).status_code == status
    assert Image.objects.count() == (status == 200)


def test_a_session_that_ended_is_told_apart(project: Project) -> None:
    file = {"file": SimpleUploadedFile("a.jpg", plain())}
    answer = Client(headers=JSON).post(f"/projects/{project.pk}/uploads", file)
    assert (answer.status_code, answer.json()["code"]) == (401, "Unauthorized")


def test_the_token_comes_in_the_header_and_django_never_parses_the_body(
    project: Project, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forbidden(FileUploadHandler):
        def new_file(self, *args: object, **kwargs: object) -> None:
            raise AssertionError("Django parses the form")

    monkeypatch.setitem(globals(), "Forbidden", Forbidden)
    settings.FILE_UPLOAD_HANDLERS = [f"{__name__}.Forbidden"]
    client = browser(project, enforce_csrf_checks=True)
    address = f"/projects/{project.pk}/uploads"
    refused = client.post(address, {"file": SimpleUploadedFile("a.jpg", plain())})
    assert (refused.status_code, Image.objects.count()) == (403, 0)
    client.cookies["csrftoken"] = token = "a" * 32
    answer = client.post(address, {"file": SimpleUploadedFile("a.jpg", plain())}, headers={"X-CSRFToken": token})
    assert (answer.status_code, Image.objects.count()) == (200, 1)


def test_a_call_holds_64_files(project: Project) -> None:
    files = [SimpleUploadedFile(f"{number}.jpg", b"x") for number in range(IMAGE_BATCH + 1)]
    answer = browser(project).post(f"/projects/{project.pk}/uploads", {"files": files})
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestExceededBatchSize")


def test_an_id_that_is_none_is_refused_before_the_body(project: Project) -> None:
    file = {"file": SimpleUploadedFile("a.jpg", plain())}
    answer = browser(project).post(f"/projects/{project.pk}/uploads?tag=can", file)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestInvalidIds")


def test_a_tag_that_is_gone_is_told_for_each_file(project: Project) -> None:
    records = send(browser(project), project, ("a.jpg", plain()), tags=[Tag(pk=uuid4())])
    assert records[0]["status"] == "ErrorInvalidTag"
    assert records[0]["words"] == "A tag of this upload was deleted meanwhile. Choose the tags anew."


def test_queries_do_not_grow_with_the_batch(project: Project) -> None:
    client, can = browser(project), make_tag(project, "can")
    counts = []
    for size in (1, 6):
        with CaptureQueriesContext(connection) as queries:
            send(
                client,
                project,
                *[(f"{size}-{number}.jpg", picture("cross", 10 * size + number)) for number in range(size)],
                tags=[can],
            )
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_addresses_are_fetched_and_a_failure_is_worded(project: Project, tmp_path: Path) -> None:
    from portal.signed_files import signed_address

    client = browser(project)
    first = send(client, project, ("a.jpg", picture("circle", 1)))[0]
    image = Image.objects.get(pk=first["image"])
    from labeling.files import original_name

    own = signed_address(original_name(project.pk, image.sha256, image.media_type))
    other = make_project()
    Membership.objects.create(user=User.objects.get(), project=other, role=Role.LABELER)
    cup = make_tag(other, "cup")
    answer = client.post(
        f"/projects/{other.pk}/uploads/addresses",
        {"addresses": [own, "ftp://nowhere/a.jpg"], "tags": [str(cup.pk)]},
        content_type="application/json",
    )
    good, bad = answer.json()["images"]
    assert (good["status"], good["name"]) == ("OK", own)
    assert ImageTag.objects.get(image_id=good["image"]).tag == cup
    assert (bad["status"], bad["isRetryable"]) == ("ErrorSource", True)
    assert bad["words"] == "The image's address must start with http:// or https:// and name a host."
