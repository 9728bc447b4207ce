"""A copy in the making: killed, hindered, or given up, and what its pages show."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from inference.sessions import load_artifact
from labeling.files import original_name
from labeling.models import (
    Image,
    ImageTag,
    SnapshotImage,
    Tag,
)
from portal.actors import SYSTEM
from portal.copying import files as copied_files
from portal.copying import importing, workspace
from portal.copying.exporting import export_project
from portal.deletion import delete_project
from portal.errors import Refusal
from portal.jobs.leases import claim
from portal.jobs.models import Job, JobState
from portal.jobs.running import work_on
from portal.models import Project, ProjectStatus
from portal.projects import ProjectChange, update_project
from tests.builders import key_actor
from tests.inference.serving import png
from tests.portal.copies import classified, copied, job_of, run
from training.models import ImageScore, Iteration

pytestmark = pytest.mark.django_db


@pytest.fixture
def importing_project() -> Project:
    project, _, _ = classified()
    return copied(project)


@pytest.mark.parametrize("first", ["source", "copy"])
def test_deleting_either_project_leaves_the_other_whole(first: str) -> None:
    project, _, _ = classified()
    made = run(copied(project))
    gone, left = (project, made) if first == "source" else (made, project)
    images = Image.objects.filter(project=left).count()
    delete_project(SYSTEM, gone)
    work_on(Job.objects.get(kind="delete_project").pk, "test")
    assert not Project.objects.filter(pk=gone.pk).exists()
    assert Image.objects.filter(project=left).count() == images == 13
    for image in Image.objects.filter(project=left):
        assert default_storage.exists(original_name(left.pk, image.sha256, image.media_type))
    iteration = Iteration.objects.get(project=left)
    assert load_artifact(iteration.artifact, iteration.artifact_sha256).predict(png())
    assert ImageScore.objects.filter(iteration=iteration).count() == 12


def rows_of(project: Project) -> tuple[int, ...]:
    return (
        Tag.objects.filter(project=project).count(),
        Image.objects.filter(project=project).count(),
        ImageTag.objects.filter(image__project=project).count(),
        SnapshotImage.objects.filter(snapshot__project=project).count(),
        Iteration.objects.filter(project=project).count(),
        ImageScore.objects.filter(iteration__project=project).count(),
    )


class Killed(BaseException):
    """What no handler catches, as a killed process catches nothing."""


@pytest.mark.parametrize("writes", [0, 2, 5, 7, 9, 10])
def test_a_copy_that_was_killed_anywhere_goes_on_and_ends_the_same(
    writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "IMAGES_PER_STEP", 4)
    monkeypatch.setattr("portal.copying.iterations.ROWS_PER_STEP", 5)
    project, _, _ = classified()
    made = copied(project)
    left = [writes]
    real = importing.Copy.writing

    def dying(copy: importing.Copy) -> Any:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return real(copy)

    monkeypatch.setattr(importing.Copy, "writing", dying)
    with pytest.raises(Killed):
        work_on(job_of(made).pk, "test")
    Job.objects.filter(pk=job_of(made).pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    monkeypatch.setattr(importing.Copy, "writing", real)
    assert Project.objects.get(pk=made.pk).status == ProjectStatus.IMPORTING
    run(made)
    assert rows_of(made) == rows_of(project)


def test_a_large_copy_gives_other_jobs_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is many jobs, one after the other, each of which goes on where the last one was, progress and all."""
    monkeypatch.setattr(workspace, "IMAGES_PER_STEP", 4)
    monkeypatch.setattr(importing, "SECONDS_PER_JOB", 0)
    project, _, _ = classified()
    made = copied(project)
    work_on(job_of(made).pk, "test")
    work_on(job_of(made).pk, "test")
    waiting = job_of(made)
    assert (waiting.state, waiting.stage, waiting.percent) == (JobState.QUEUED, "Copying images", 70 * 4 / 13)
    monkeypatch.setattr(importing, "SECONDS_PER_JOB", 20)
    run(made)
    assert rows_of(made) == rows_of(project)
    assert Job.objects.filter(kind="import_project").count() == 3


def test_a_copy_changes_nothing_in_its_source() -> None:
    project, _, _ = classified()
    before = rows_of(project)
    run(copied(project))
    assert rows_of(project) == before


def test_bytes_are_copied_where_the_disk_has_no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(copied_files.os, "link", refuse)
    project, _, _ = classified()
    made = run(copied(project))
    image = Image.objects.filter(project=made).first()
    assert image is not None
    paths = [
        Path(default_storage.path(original_name(each, image.sha256, image.media_type)))
        for each in (project.pk, made.pk)
    ]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].stat().st_ino != paths[1].stat().st_ino


def test_storage_that_is_no_disk_is_copied_file_by_file(settings: Settings) -> None:
    elsewhere = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": elsewhere}
    project, _, _ = classified()
    made = run(copied(project))
    for image in Image.objects.filter(project=made):
        with default_storage.open(original_name(made.pk, image.sha256, image.media_type)) as file:
            assert file.read() == f"images {image.sha256}".encode()
    copy = Iteration.objects.get(project=made)
    assert load_artifact(copy.artifact, copy.artifact_sha256).predict(png())


def test_what_would_change_a_copy_in_the_making_is_refused(importing_project: Project) -> None:
    actor = key_actor(importing_project)
    for act in (
        lambda: update_project(actor, importing_project, ProjectChange(name="other")),
        lambda: export_project(actor, importing_project),
    ):
        with pytest.raises(Refusal) as refusal:
            act()
        assert (refusal.value.code, refusal.value.status) == ("BadRequestWorkspaceCannotBeModified", 400)
        assert "still being imported" in refusal.value.message


def test_a_copy_fails_visibly_when_its_source_is_deleted(importing_project: Project) -> None:
    source = Project.objects.exclude(pk=importing_project.pk).get()
    delete_project(SYSTEM, source)
    work_on(job_of(importing_project).pk, "test")
    failed = Project.objects.get(pk=importing_project.pk)
    assert failed.status == ProjectStatus.FAILED
    assert failed.failure == (
        f"{source.name}, which was being copied, was deleted. Delete this project, then export and import again."
    )
    delete_project(SYSTEM, failed)
    work_on(Job.objects.get(kind="delete_project", project_id=failed.pk).pk, "test")
    assert not Project.objects.filter(pk=failed.pk).exists()


def test_a_copy_fails_visibly_when_a_file_is_missing(importing_project: Project) -> None:
    source = Project.objects.exclude(pk=importing_project.pk).get()
    image = Image.objects.filter(project=source, removed__isnull=True).first()
    assert image is not None
    default_storage.delete(original_name(source.pk, image.sha256, image.media_type))
    work_on(job_of(importing_project).pk, "test")
    failed = Project.objects.get(pk=importing_project.pk)
    assert (failed.status, f"A file of the image {image.pk} is missing" in failed.failure) == ("Failed", True)


def test_a_project_deleted_while_it_is_imported_goes_away_whole(importing_project: Project) -> None:
    """The import is told to stop, and one that is still at it can put no row down any more."""
    job = job_of(importing_project)
    assert claim(job.pk, "test") is not None
    delete_project(SYSTEM, importing_project)
    job.refresh_from_db()
    assert job.cancel_requested_at is not None
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    work_on(Job.objects.get(kind="delete_project").pk, "test")
    assert not Project.objects.filter(pk=importing_project.pk).exists()
    assert not default_storage.exists(f"projects/{importing_project.pk}")


def test_pages_show_how_far_a_copy_is_and_then_the_project(importing_project: Project, admin_client: Client) -> None:
    Job.objects.filter(pk=job_of(importing_project).pk).update(stage="Copying images", percent=41.6)
    address = f"/projects/{importing_project.pk}"
    page = admin_client.get(f"{address}/images")
    assert (page.status_code, "This copy is being made: Copying images." in page.content.decode()) == (200, True)
    assert "Importing, 42%" in admin_client.get("/").content.decode()
    assert "Importing, 42%" in admin_client.get(f"{address}/card").content.decode()
    part = admin_client.get(f"{address}/import", headers={"HX-Request": "true"})
    assert 'value="42"' in part.content.decode()
    asked = admin_client.get(f"{address}/images", headers={"Accept": "application/json"})
    assert (asked.status_code, asked.json()["code"]) == (400, "BadRequestWorkspaceCannotBeModified")
    assert admin_client.post(f"{address}/settings", {"name": "other"}).status_code == 400
    run(importing_project)
    assert admin_client.get(f"{address}/import", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert "This copy is being made" not in admin_client.get(f"{address}/images").content.decode()


def test_pages_show_why_a_copy_failed_and_let_it_be_deleted(importing_project: Project, admin_client: Client) -> None:
    delete_project(SYSTEM, Project.objects.exclude(pk=importing_project.pk).get())
    work_on(job_of(importing_project).pk, "test")
    address = f"/projects/{importing_project.pk}"
    page = admin_client.get(f"{address}/images").content.decode()
    assert "This copy could not be made." in page
    assert "which was being copied, was deleted." in page
    assert "Import failed" in admin_client.get("/").content.decode()
    form = {"name": importing_project.name}
    assert admin_client.post(f"{address}/delete", form).status_code == 302
    assert not Project.objects.filter(pk=importing_project.pk, deleted__isnull=True).exists()
