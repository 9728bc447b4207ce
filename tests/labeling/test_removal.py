"""Deleting images: out of the workspace at once; rows and files go in the background, if nothing holds them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from labeling.edit_types import Edit, EditAct, ImageChange
from labeling.edits import apply_edit
from labeling.files import original_name, resized_name, thumbnail_name
from labeling.models import Image, SnapshotImage
from labeling.removal import DELETE_JOB, UNDO_WINDOW, delete_images, remove_unheld_images
from labeling.selection import Selection, count_images, select_images
from labeling.snapshots import gather, write_snapshot
from portal.actors import Actor
from portal.errors import Refusal
from portal.jobs import leases
from portal.jobs.models import Job, JobState
from portal.jobs.running import work_on
from portal.models import AuditEntry, Project
from portal.permissions import Role
from tests.builders import key_actor, make_project, make_tag, member
from tests.labeling.uploading import plain, take_in

pytestmark = pytest.mark.django_db


def images_of(project: Project, count: int) -> list[Image]:
    tag = make_tag(project)
    results = take_in(project, *(plain(color=(number, 0, 0)) for number in range(count)), tag_ids=[tag.pk])
    by_id = Image.objects.in_bulk([result.image_id for result in results])
    return [by_id[result.image_id] for result in results]


def has_files(image: Image) -> bool:
    names = (
        original_name(image.project_id, image.sha256, image.media_type),
        resized_name(image.project_id, image.sha256),
        thumbnail_name(image.project_id, image.sha256),
    )
    found = {default_storage.exists(name) for name in names}
    assert len(found) == 1
    return found.pop()


def run_job(project: Project) -> None:
    job = Job.objects.get(kind=DELETE_JOB, project_id=project.pk, state=JobState.QUEUED)
    work_on(job.pk, "test")
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.SUCCEEDED, "")


def test_named_images_leave_at_once_and_the_job_removes_them() -> None:
    project, other = make_project(), make_project()
    first, second = images_of(project, 2)
    (theirs,) = images_of(other, 1)

    count = delete_images(key_actor(project), project, [first.pk, theirs.pk, uuid4()])

    assert count == 1
    assert count_images(project, Selection()) == 1
    assert Image.objects.filter(pk=first.pk).exists()
    run_job(project)
    assert not Image.objects.filter(pk=first.pk).exists()
    assert not has_files(first)
    assert has_files(second)
    assert has_files(theirs)
    assert count_images(other, Selection()) == 1
    assert AuditEntry.objects.get(act="delete_images", project_id=project.pk).detail["count"] == 1


def test_the_project_shows_another_picture_once_its_own_is_deleted() -> None:
    project = make_project()
    first, second, third = images_of(project, 3)
    actor = key_actor(project)

    def shown() -> str:
        project.refresh_from_db()
        return project.thumbnail

    assert shown() == thumbnail_name(project.pk, first.sha256)
    delete_images(actor, project, [third.pk])
    assert shown() == thumbnail_name(project.pk, first.sha256)
    delete_images(actor, project, [first.pk])
    assert shown() == thumbnail_name(project.pk, second.sha256)
    delete_images(actor, project, are_all=True)
    assert shown() == ""
    take_in(project, plain())
    assert shown() != ""


def test_a_snapshot_keeps_its_images_until_iterations_are_named() -> None:
    project = make_project()
    held, free = images_of(project, 2)
    snapshot_id = write_snapshot(gather(project)).pk
    SnapshotImage.objects.filter(image=free).delete()

    delete_images(key_actor(project), project, are_all=True)
    run_job(project)
    assert has_files(held)
    assert not has_files(free)
    assert count_images(project, Selection()) == 0
    assert count_images(project, Selection(snapshot_id)) == 1

    delete_images(key_actor(project), project, [held.pk], from_iterations=True)
    run_job(project)
    assert not has_files(held)
    assert not Image.objects.filter(project=project).exists()
    assert count_images(project, Selection(snapshot_id)) == 0


def test_deleting_from_iterations_touches_only_the_images_named() -> None:
    project = make_project()
    named, other = images_of(project, 2)
    snapshot_id = write_snapshot(gather(project)).pk
    delete_images(key_actor(project), project, [other.pk])
    run_job(project)
    delete_images(key_actor(project), project, [named.pk], from_iterations=True)
    run_job(project)
    assert list(SnapshotImage.objects.filter(snapshot_id=snapshot_id).values_list("image_id", flat=True)) == [other.pk]
    assert has_files(other)


def test_bytes_uploaded_again_keep_their_files_when_the_old_row_goes() -> None:
    project = make_project()
    (old,) = images_of(project, 1)
    delete_images(key_actor(project), project, [old.pk])
    (again,) = take_in(project, plain(color=(0, 0, 0)))
    assert again.image_id != old.pk
    run_job(project)
    assert not Image.objects.filter(pk=old.pk).exists()
    assert has_files(Image.objects.get(pk=again.image_id))


@pytest.mark.parametrize(("image_ids", "are_all"), [([], False), ([uuid4()], True)])
def test_images_are_named_or_all(image_ids: list[object], are_all: bool) -> None:
    project = make_project()
    images_of(project, 1)
    with pytest.raises(Refusal) as refusal:
        delete_images(key_actor(project), project, image_ids, are_all=are_all)
    assert refusal.value.code == "BadRequestRequiredParamIsNull"
    assert count_images(project, Selection()) == 1


def test_a_call_names_256_images() -> None:
    project = make_project()
    with pytest.raises(Refusal) as refusal:
        delete_images(key_actor(project), project, [uuid4() for _ in range(257)])
    assert refusal.value.code == "BadRequestExceededBatchSize"


@pytest.mark.parametrize("role", list(Role))
def test_only_roles_that_edit_images_delete_them(role: Role) -> None:
    project = make_project()
    images_of(project, 1)
    actor = member(project, role)
    if role in (Role.CONTRIBUTOR, Role.TRAINER, Role.LABELER):
        assert delete_images(actor, project, are_all=True) == 1
        return
    with pytest.raises(Refusal) as refusal:
        delete_images(actor, project, are_all=True)
    assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert count_images(project, Selection()) == 1
    assert not Job.objects.filter(kind=DELETE_JOB, project_id=project.pk).exists()


def deletable(project: Project, count: int = 1) -> tuple[Actor, list[Image]]:
    return member(project, Role.LABELER), images_of(project, count)


def delete_on_a_page(actor: Actor, project: Project, *images: Image) -> None:
    changes = tuple(ImageChange(image.pk, image.version) for image in images)
    assert apply_edit(actor, project, Edit(uuid4(), EditAct.DELETE, changes))["conflicts"] == []


def restore(actor: Actor, project: Project, *images: Image) -> dict[str, Any]:
    changes = tuple(ImageChange(image.pk, image.version) for image in images)
    return apply_edit(actor, project, Edit(uuid4(), EditAct.RESTORE, changes))


def let_the_window_pass(project: Project) -> None:
    now = timezone.now()
    Image.objects.filter(project=project, removed__isnull=False).update(kept_until=now)
    Job.objects.filter(kind=DELETE_JOB, project_id=project.pk).update(due_at=now)


def test_what_was_deleted_on_a_page_comes_back_with_its_tags() -> None:
    project = make_project()
    actor, (first, second) = deletable(project, 2)
    tag_ids = set(first.image_tags.values_list("tag_id", flat=True))
    delete_on_a_page(actor, project, first, second)
    assert count_images(project, Selection()) == 0
    assert Image.objects.get(pk=first.pk).removed_by == actor.name
    remove_unheld_images(project.pk)

    answer = restore(actor, project, first)

    assert answer["conflicts"] == []
    assert [(each["isRemoved"], set(each["tags"])) for each in answer["images"]] == [(False, set(map(str, tag_ids)))]
    assert [each.image.pk for each in select_images(project, Selection(), take=9)] == [first.pk]
    assert has_files(first)
    project.refresh_from_db()
    assert project.thumbnail == thumbnail_name(project.pk, first.sha256)
    line = AuditEntry.objects.get(act="restore_images", project_id=project.pk)
    assert (line.actor_name, line.detail) == (actor.name, {"count": 1, "image_ids": [str(first.pk)]})
    let_the_window_pass(project)
    run_job(project)
    assert has_files(first)
    assert not has_files(second)
    assert restore(actor, project, first)["conflicts"] == []


def test_the_job_of_a_page_deletion_is_due_when_the_window_has_passed() -> None:
    project = make_project()
    actor, (image,) = deletable(project)
    delete_on_a_page(actor, project, image)
    job = Job.objects.get(kind=DELETE_JOB, project_id=project.pk)
    kept_until = Image.objects.get(pk=image.pk).kept_until
    assert kept_until is not None
    assert job.due_at == kept_until
    assert timedelta(0) <= timezone.now() + UNDO_WINDOW - kept_until < timedelta(seconds=30)
    assert leases.claim(job.pk, "test") is None


def test_an_image_is_gone_once_the_window_has_passed() -> None:
    project = make_project()
    actor, (image,) = deletable(project)
    delete_on_a_page(actor, project, image)
    let_the_window_pass(project)
    assert [each["reason"] for each in restore(actor, project, image)["conflicts"]] == ["gone"]
    run_job(project)
    assert not has_files(image)
    assert [each["reason"] for each in restore(actor, project, image)["conflicts"]] == ["gone"]
    assert count_images(project, Selection()) == 0


def test_a_deletion_through_the_api_is_for_good() -> None:
    project = make_project()
    actor, (image,) = deletable(project)
    delete_images(actor, project, [image.pk])
    assert [each["reason"] for each in restore(actor, project, image)["conflicts"]] == ["gone"]
    run_job(project)
    assert not has_files(image)


def test_what_an_iteration_holds_can_always_come_back() -> None:
    project = make_project()
    actor, (image,) = deletable(project)
    write_snapshot(gather(project))
    delete_on_a_page(actor, project, image)
    let_the_window_pass(project)
    run_job(project)
    assert restore(actor, project, image)["conflicts"] == []
    assert count_images(project, Selection()) == 1


def test_an_image_whose_bytes_came_in_again_stays_deleted_and_is_told() -> None:
    project = make_project()
    actor, (image,) = deletable(project)
    delete_on_a_page(actor, project, image)
    (again,) = take_in(project, plain(color=(0, 0, 0)))
    twin = Image.objects.get(pk=again.image_id)

    (conflict,) = restore(actor, project, image)["conflicts"]

    assert (conflict["reason"], conflict["changedBy"]) == ("uploaded again", twin.created_by)
    assert conflict["theirs"]["isRemoved"] is True
    assert count_images(project, Selection()) == 1
    delete_on_a_page(actor, project, twin)
    both = restore(actor, project, image, twin)
    assert [each["image"] for each in both["images"]] == [str(twin.pk)]
    assert [each["reason"] for each in both["conflicts"]] == ["uploaded again"]


def test_a_full_project_takes_no_image_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.restoring.IMAGES_PER_PROJECT", 1)
    project = make_project()
    actor, (gone, _) = deletable(project, 2)
    delete_on_a_page(actor, project, gone)
    with pytest.raises(Refusal) as refusal:
        restore(actor, project, gone)
    assert refusal.value.code == "BadRequestExceededQuota"
    assert count_images(project, Selection()) == 1
