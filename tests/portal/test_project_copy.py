"""A project copied through a token: the same in all that counts, and a project of its own."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.signing import dumps
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from inference.sessions import load_artifact
from labeling.confirming import confirmed_images
from labeling.files import original_name, resized_name, thumbnail_name
from labeling.locked_test_choice import put_into_test_set
from labeling.models import (
    ConfirmedLabels,
    Image,
    ImageTag,
    LabelSource,
    LockedTestImage,
    Region,
    Snapshot,
    SnapshotImage,
    SnapshotRegion,
    Tag,
    TagType,
    TestChoice,
)
from labeling.snapshots import gather, write_snapshot
from portal.actors import SYSTEM, Actor, actor_for_training_key
from portal.copying import files as copied_files
from portal.copying import importing, tokens, workspace
from portal.copying.exporting import export_project
from portal.copying.importing import import_project
from portal.deletion import delete_project
from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.jobs.leases import claim
from portal.jobs.models import Job, JobState
from portal.jobs.running import work_on
from portal.models import AuditEntry, Project, ProjectStatus, Resource, ResourceKind, User
from portal.permissions import Role
from portal.projects import ProjectChange, ProjectSettings, update_project
from tests.builders import key_actor, make_images, make_iteration, make_project, make_resource, make_tag, member
from tests.inference.artifacts import make_artifact
from tests.inference.serving import png
from training.locked_test.scores import common_scores
from training.locked_test.seen import training_chains
from training.models import ImageDetections, ImageScore, Iteration, IterationState, LockedTestScore
from training.performance import iteration_performance
from training.publishing import publish_iteration

pytestmark = pytest.mark.django_db


def put_files(images: list[Image]) -> None:
    for image in images:
        for name in (
            original_name(image.project_id, image.sha256, image.media_type),
            resized_name(image.project_id, image.sha256),
            thumbnail_name(image.project_id, image.sha256),
        ):
            default_storage.save(name, ContentFile(f"{name.split('/')[2]} {image.sha256}".encode()))


def frozen(project: Project, tags: list[Tag], **more: Any) -> Iteration:
    """A completed iteration of the workspace as it is, with a real model of the three tags and scores."""
    made = make_iteration(project)
    snapshot = write_snapshot(gather(project))
    labels = [(str(tag.pk), tag.name, tag.type.lower()) for tag in tags]
    artifact = make_artifact(labels, order=range(len(labels)))
    name = default_storage.save(f"projects/{project.pk}/iterations/{snapshot.pk}/attempt-1.onnx", ContentFile(artifact))
    Iteration.objects.filter(pk=made.pk).delete()
    made.pk, made.snapshot = snapshot.pk, snapshot
    made.artifact, made.artifact_sha256 = name, hashlib.sha256(artifact).hexdigest()
    for field, value in more.items():
        setattr(made, field, value)
    made.save(force_insert=True)
    rng = np.random.default_rng(3)
    ImageScore.objects.bulk_create(
        ImageScore(iteration=made, image_id=image_id, fold=1, probabilities=rng.random(len(tags), np.float32).tobytes())
        for image_id in SnapshotImage.objects.filter(snapshot=snapshot).values_list("image_id", flat=True)
    )
    return made


def classified() -> tuple[Project, list[Tag], Iteration]:
    """Twelve tagged images of three tags, one without, one that only the iteration holds."""
    project = make_project()
    tags = [make_tag(project, name) for name in ("red", "green")] + [make_tag(project, "none", TagType.NEGATIVE)]
    Tag.objects.filter(pk=tags[0].pk).update(color=7, description="like blood")
    images = [image for tag in tags for image in make_images(project, 4, [tag])]
    put_files(images)
    iteration = frozen(project, tags, number=3, result={"held_out": {}, "skipped_images": [str(images[1].pk)]})
    Project.objects.filter(pk=project.pk).update(iterations_started=5)
    Image.objects.filter(pk=images[0].pk).update(removed=timezone.now(), removed_by="someone")
    loose = make_images(project, 1)
    put_files(loose)
    long_ago = timezone.now() - timedelta(days=90)
    Image.objects.filter(pk=loose[0].pk).update(
        created=long_ago, metadata={"site": "north"}, has_no_objects=True, source=LabelSource.DRAWN, version=4
    )
    return project, tags, iteration


def copied(project: Project, resource: Resource | None = None, name: str = "") -> Project:
    resource = resource or make_resource()
    token = export_project(key_actor(project), project).token
    return import_project(actor_for_training_key(resource), resource, token, name)


def job_of(project: Project) -> Job:
    """The newest of the jobs that fill it."""
    return Job.objects.filter(kind="import_project", project_id=project.pk).latest("created")


def run(project: Project) -> Project:
    while (job := job_of(project)).state != JobState.SUCCEEDED:
        work_on(job.pk, "test")
        job.refresh_from_db()
        assert (job.state, job.error) == (JobState.SUCCEEDED, "")
    return Project.objects.get(pk=project.pk)


def test_an_export_counts_what_a_copy_will_hold() -> None:
    project, _, _ = classified()
    make_iteration(project, IterationState.FAILED)
    export = export_project(key_actor(project), project)
    assert (export.iteration_count, export.image_count, export.tag_count, export.region_count) == (1, 12, 3, 0)
    assert export.estimated_import_ms > 0
    assert AuditEntry.objects.filter(act="export_project", project_id=project.pk).count() == 1


def test_a_copy_is_there_at_once_and_the_same_in_the_end() -> None:
    project, tags, iteration = classified()
    Project.objects.filter(pk=project.pk).update(prediction_days=7)
    resource = make_resource()
    made = copied(project, resource)
    assert made.prediction_days == 7
    assert (made.status, made.name, made.resource) == (ProjectStatus.IMPORTING, project.name, resource)
    made = run(made)
    assert (made.status, made.iterations_started, made.failure) == (ProjectStatus.SUCCEEDED, 5, "")
    assert made.thumbnail.startswith(f"projects/{made.pk}/thumbnails/")

    def tags_of(each: Project) -> list[Any]:
        return list(Tag.objects.filter(project=each).values_list("name", "description", "type", "position", "color"))

    def images_of(each: Project) -> list[Any]:
        columns = ("sha256", "width", "height", "metadata", "has_no_objects", "source", "version", "created", "removed")
        return list(Image.objects.filter(project=each).order_by("sha256").values_list(*columns))

    def labels_of(each: Project) -> list[Any]:
        labels = ImageTag.objects.filter(image__project=each)
        return list(labels.order_by("image__sha256").values_list("image__sha256", "tag__name", "created", "created_by"))

    for of in (tags_of, images_of, labels_of):
        assert of(made) == of(project)
    assert not set(Tag.objects.filter(project=made).values_list("pk", flat=True)) & {tag.pk for tag in tags}
    for image in Image.objects.filter(project=made):
        name = original_name(made.pk, image.sha256, image.media_type)
        assert Path(default_storage.path(name)).read_text() == f"images {image.sha256}"
        assert default_storage.exists(resized_name(made.pk, image.sha256))
        assert default_storage.exists(thumbnail_name(made.pk, image.sha256))

    copy = Iteration.objects.get(project=made)
    assert (copy.number, copy.name, copy.state, copy.trained) == (3, iteration.name, "completed", iteration.trained)
    assert not hasattr(copy, "published_name")
    assert copy.snapshot.image_count == SnapshotImage.objects.filter(snapshot=copy.pk).count() == 12
    skipped = Image.objects.get(pk=copy.result["skipped_images"][0])
    assert (skipped.project, skipped.sha256) == (
        made,
        Image.objects.get(pk=iteration.result["skipped_images"][0]).sha256,
    )
    assert AuditEntry.objects.filter(project_id=made.pk).values_list("act", flat=True).count() == 2


def test_a_copied_iteration_predicts_and_performs_the_same_with_the_copied_tags() -> None:
    project, _, iteration = classified()
    made = run(copied(project))
    copy = Iteration.objects.get(project=made)
    publish_iteration(SYSTEM, copy, "model", make_resource(ResourceKind.PREDICTION).full_id)
    both = []
    for each in (iteration, copy):
        found = load_artifact(each.artifact, each.artifact_sha256).predict(png())
        both.append([(prediction.name, prediction.probability) for prediction in found])
        names = {str(tag.pk): tag.name for tag in Tag.objects.filter(project=each.project_id)}
        assert {prediction.id: prediction.name for prediction in found} == names
    assert both[0] == both[1]
    figures = [iteration_performance(SYSTEM, each, threshold=0.4) for each in (iteration, copy)]
    assert figures[0].precision == figures[1].precision
    assert figures[0].recall == figures[1].recall
    assert [(each.tag.name, each.recall) for each in figures[0].per_tag] == [
        (each.tag.name, each.recall) for each in figures[1].per_tag
    ]


def test_a_copy_whose_source_did_not_change_needs_no_training() -> None:
    """The digest of the copied snapshot is that of the copied workspace, although all ids differ."""
    project = make_project()
    tags = [make_tag(project) for _ in range(3)]
    images = [image for tag in tags for image in make_images(project, 2, [tag])]
    put_files(images)
    frozen(project, tags)
    made = run(copied(project))
    assert Snapshot.objects.get(project=made).digest == gather(made).digest() != gather(project).digest()


def test_the_locked_test_set_and_its_scores_come_along() -> None:
    project = make_project()
    tags = [make_tag(project) for _ in range(3)]
    images = [image for tag in tags for image in make_images(project, 3, [tag])]
    put_files(images)
    put_into_test_set(key_actor(project), project, [image.pk for image in images[::3]])
    iteration = frozen(project, tags)
    LockedTestScore.objects.bulk_create(
        LockedTestScore(iteration=iteration, image=image, scores=np.array([0.5, 0.25, 0.125], "<f4").tobytes())
        for image in images[::3]
    )
    made = run(copied(project))

    rows = LockedTestImage.objects.filter(project=made).select_related("image")
    assert {row.image.sha256 for row in rows} == {image.sha256 for image in images[::3]}
    assert {(row.choice, row.image.project_id) for row in rows} == {(TestChoice.HAND, made.pk)}
    common = common_scores([Iteration.objects.get(project=made)])
    assert (len(common.image_ids), common.seen, common.waiting) == (3, 0, 0)
    assert common.probabilities[0].tolist() == [[0.5, 0.25, 0.125]] * 3
    assert len(gather(made).images) == 6


def test_labels_that_were_confirmed_stay_so() -> None:
    project = make_project()
    tag = make_tag(project)
    images = make_images(project, 2, [tag])
    put_files(images)
    ConfirmedLabels.objects.create(image=images[0], version=images[0].version, created_by="somebody")
    made = run(copied(project))
    ids = set(Image.objects.filter(project=made).values_list("pk", flat=True))
    assert {Image.objects.get(pk=key).sha256 for key in confirmed_images(made, ids)} == {images[0].sha256}


def test_a_copy_has_seen_what_the_iteration_saw_that_its_source_started_from() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    elsewhere = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    tag = make_tag(project)
    put_files(make_images(project, 1, [tag]))
    base = make_iteration(elsewhere)
    iteration = frozen(project, [tag], base_iteration=base)
    made = run(copied(project))
    copy = Iteration.objects.get(project=made)
    assert training_chains([iteration, copy]) == [[iteration.pk, base.pk], [copy.pk, base.pk]]


def test_boxes_and_detections_come_along() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    tag = make_tag(project)
    images = make_images(project, 3, [tag])
    put_files(images)
    box = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4, "tag": tag, "created_by": "Ana"}
    for image in images:
        Region.objects.create(image=image, **box)
    Region.objects.create(image=images[0], removed=timezone.now(), **box)
    iteration = frozen(project, [tag])
    ImageDetections.objects.create(iteration=iteration, image=images[0], boxes=b"0" * 24)
    assert export_project(key_actor(project), project).region_count == 3
    made = run(copied(project))
    regions = Region.objects.filter(image__project=made)
    assert [(each.left, each.top, each.width, each.height, each.created_by) for each in regions] == [
        (0.1, 0.2, 0.3, 0.4, "Ana")
    ] * 3
    copy = Iteration.objects.get(project=made)
    frozen_boxes = SnapshotRegion.objects.filter(snapshot_image__snapshot_id=copy.pk)
    assert set(frozen_boxes.values_list("region_id", flat=True)) == set(regions.values_list("pk", flat=True))
    found = ImageDetections.objects.get(iteration=copy)
    assert (found.image.project, found.image.sha256, bytes(found.boxes)) == (made, images[0].sha256, b"0" * 24)


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


@pytest.fixture
def importing_project() -> Project:
    project, _, _ = classified()
    return copied(project)


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


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        "",
        "x" * 2000,
        dumps(str(uuid4()), salt="something else"),
        dumps(str(uuid4()), salt=tokens.SALT),
        dumps(7, salt=tokens.SALT),
        "a\0b",
    ],
    ids=["nonsense", "empty", "long", "other purpose", "unknown project", "no id", "zero byte"],
)
def test_a_wrong_token_is_refused(token: str) -> None:
    resource = make_resource()
    with pytest.raises(Refusal) as refusal:
        import_project(actor_for_training_key(resource), resource, token)
    assert refusal.value.code == "BadRequestInvalidImportToken"
    assert not Project.objects.exists()


def test_a_token_ends_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    token = export_project(SYSTEM, project).token
    monkeypatch.setattr(tokens, "LIFETIME", timedelta(seconds=-1))
    with pytest.raises(Refusal) as refusal:
        import_project(SYSTEM, project.resource, token)
    assert (refusal.value.code, "older than a day" in refusal.value.message) == ("BadRequestInvalidImportToken", True)


def test_the_name_is_the_source_s_or_one_like_it_and_unique() -> None:
    project = make_project()
    assert copied(project).name == project.name
    resource = project.resource
    assert [copied(project, resource).name for _ in range(2)] == [f"{project.name} (2)", f"{project.name} (3)"]
    assert copied(project, resource, " Mine ").name == "Mine"
    for name, code in (("Mine", "BadRequestProjectNameNotUnique"), ("n" * 257, "BadRequestProjectName")):
        with pytest.raises(Refusal) as refusal:
            copied(project, resource, name)
        assert refusal.value.code == code


def test_a_long_name_keeps_within_the_limit() -> None:
    project = make_project()
    Project.objects.filter(pk=project.pk).update(name="n" * 256)
    project.refresh_from_db()
    assert copied(project, project.resource).name == "n" * 252 + " (2)"


def test_a_full_resource_takes_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.projects.PROJECTS_PER_RESOURCE", 1)
    project = make_project()
    with pytest.raises(Refusal) as refusal:
        copied(project, project.resource)
    assert refusal.value.code == "BadRequestExceedProjectLimit"


@pytest.mark.parametrize("role", list(Role))
def test_only_a_contributor_exports_and_only_an_administrator_imports(role: Role) -> None:
    project = make_project()
    actor: Actor = member(project, role)
    if role is Role.CONTRIBUTOR:
        token = export_project(actor, project).token
    else:
        with pytest.raises(Refusal) as refusal:
            export_project(actor, project)
        assert refusal.value.code == "ForbiddenUserInsufficientCapability"
        token = export_project(SYSTEM, project).token
    with pytest.raises(Refusal) as refusal:
        import_project(actor, project.resource, token)
    assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert Project.objects.count() == 1


def test_addresses_of_notifications_are_not_copied() -> None:
    wanted = ProjectSettings(notification_uri="https://hooks.example/x", export_container_uri="https://blobs.example/y")
    made = copied(make_project(settings=wanted))
    assert (made.notification_uri, made.export_container_uri) == ("", "")
    assert json.dumps(job_of(made).arguments).count("example") == 0
    assert isinstance(UUID(job_of(made).arguments["source_project_id"]), UUID)


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss", password="x"))
    return client


def test_pages_show_how_far_a_copy_is_and_then_the_project(importing_project: Project, browser: Client) -> None:
    Job.objects.filter(pk=job_of(importing_project).pk).update(stage="Copying images", percent=41.6)
    address = f"/projects/{importing_project.pk}"
    page = browser.get(f"{address}/images")
    assert (page.status_code, "This copy is being made: Copying images." in page.content.decode()) == (200, True)
    assert "Importing, 42%" in browser.get("/").content.decode()
    assert "Importing, 42%" in browser.get(f"{address}/card").content.decode()
    part = browser.get(f"{address}/import", headers={"HX-Request": "true"})
    assert 'value="42"' in part.content.decode()
    asked = browser.get(f"{address}/images", headers={"Accept": "application/json"})
    assert (asked.status_code, asked.json()["code"]) == (400, "BadRequestWorkspaceCannotBeModified")
    assert browser.post(f"{address}/settings", {"name": "other"}).status_code == 400
    run(importing_project)
    assert browser.get(f"{address}/import", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert "This copy is being made" not in browser.get(f"{address}/images").content.decode()


def test_pages_show_why_a_copy_failed_and_let_it_be_deleted(importing_project: Project, browser: Client) -> None:
    delete_project(SYSTEM, Project.objects.exclude(pk=importing_project.pk).get())
    work_on(job_of(importing_project).pk, "test")
    address = f"/projects/{importing_project.pk}"
    page = browser.get(f"{address}/images").content.decode()
    assert "This copy could not be made." in page
    assert "which was being copied, was deleted." in page
    assert "Import failed" in browser.get("/").content.decode()
    form = {"name": importing_project.name}
    assert browser.post(f"{address}/delete", form).status_code == 302
    assert not Project.objects.filter(pk=importing_project.pk, deleted__isnull=True).exists()
