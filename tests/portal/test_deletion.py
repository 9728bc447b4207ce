"""Deleting a project, an iteration: out of sight at once, gone with its files in the background."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from inference.models import StoredPrediction
from labeling.files import original_name
from labeling.locked_test_choice import put_into_test_set
from labeling.locked_test_set import read_test_images
from labeling.models import Image, LockedTestImage, Snapshot, SnapshotImage
from labeling.snapshots import gather, write_snapshot
from portal.deletion import delete_project
from portal.errors import Refusal
from portal.jobs.models import Job, JobState
from portal.jobs.running import work_on
from portal.models import AuditEntry, Project, ResourceKind
from portal.permissions import Role
from portal.projects import get_project, visible_projects
from tests.builders import key_actor, make_images, make_iteration, make_project, make_resource, make_tag, member
from training.iterations import delete_iteration, project_iterations
from training.locked_test.scoring import ask_for_scores
from training.locked_test.seen import seen_by, training_chains
from training.models import Iteration, IterationState, LockedTestScore, LockedTestScoring
from training.publishing import publish_iteration
from training.starting import TrainingRequest, train_project

pytestmark = pytest.mark.django_db


def store_file(image: Image) -> str:
    return default_storage.save(
        original_name(image.project_id, image.sha256, image.media_type), ContentFile(b"an image")
    )


def run_jobs(kind: str) -> None:
    for job in Job.objects.filter(kind=kind):
        work_on(job.pk, "test")
        job.refresh_from_db()
        assert (job.state, job.error) == (JobState.SUCCEEDED, "")


def test_a_deleted_project_is_out_of_sight_at_once_and_its_name_free() -> None:
    project = make_project()
    delete_project(key_actor(project), project)
    assert not visible_projects(key_actor(project)).exists()
    with pytest.raises(Refusal) as refusal:
        get_project(key_actor(project), project.pk)
    assert refusal.value.code == "NotFoundProject"
    Project.objects.create(resource=project.resource, name=project.name, domain_id=project.domain_id)


def test_the_job_removes_rows_and_files_of_this_project_alone() -> None:
    project, other = make_project(), make_project()
    names = []
    for each in (project, other):
        images = make_images(each, 3, [make_tag(each)])
        names.append(store_file(images[0]))
        write_snapshot(gather(each))
        make_iteration(each)
        StoredPrediction.objects.create(
            project=each, iteration_id=uuid4(), domain_id=each.domain_id, image_sha256="0" * 64,
            media_type="image/jpeg", width=1, height=1, size_bytes=1, predictions=[], created=timezone.now(),
        )  # fmt: skip
    delete_project(key_actor(project), project)
    run_jobs("delete_project")
    assert list(Project.objects.all()) == [other]
    assert Image.objects.count() == 3
    assert Snapshot.objects.filter(project=other).count() == 2
    assert StoredPrediction.objects.count() == 1
    assert not default_storage.exists(names[0])
    assert default_storage.exists(names[1])
    assert AuditEntry.objects.filter(act="delete_project", object_id=str(project.pk)).count() == 1


def test_a_project_with_a_published_iteration_stays() -> None:
    project = make_project()
    iteration = make_iteration(project)
    publish_iteration(key_actor(project), iteration, "trees", make_resource(ResourceKind.PREDICTION).full_id)
    with pytest.raises(Refusal) as refusal:
        delete_project(key_actor(project), project)
    assert refusal.value.code == "BadRequestIterationIsPublished"
    project.refresh_from_db()
    assert project.deleted is None
    assert not Job.objects.filter(kind="delete_project").exists()


def test_deleting_a_project_cancels_its_training() -> None:
    project = make_project()
    for _ in range(2):
        make_images(project, 5, [make_tag(project)])
    iteration = train_project(key_actor(project), project, TrainingRequest())
    delete_project(key_actor(project), project)
    iteration.refresh_from_db()
    assert (iteration.state, iteration.error) == (
        IterationState.CANCELLED,
        f"Cancelled by {project.resource.name}.",
    )


@pytest.mark.parametrize("role", Role)
def test_only_contributors_delete_projects(role: Role) -> None:
    project = make_project()
    actor = member(project, role)
    if role is Role.CONTRIBUTOR:
        delete_project(actor, project)
        return
    with pytest.raises(Refusal) as refusal:
        delete_project(actor, project)
    assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    project.refresh_from_db()
    assert project.deleted is None


def test_a_deleted_iteration_takes_the_images_that_it_alone_held() -> None:
    project = make_project()
    tag = make_tag(project)
    kept, dropped = make_images(project, 2, [tag])
    names = [store_file(image) for image in (kept, dropped)]
    iteration = make_iteration(project)
    snapshot = write_snapshot(gather(project))
    Iteration.objects.filter(pk=iteration.pk).delete()
    iteration.snapshot = snapshot
    iteration.save(force_insert=True)
    Image.objects.filter(pk=dropped.pk).update(removed=timezone.now())
    delete_iteration(key_actor(project), iteration)
    run_jobs("delete_iteration")
    assert list(Image.objects.all()) == [kept]
    assert [default_storage.exists(name) for name in names] == [True, False]
    assert not Iteration.objects.filter(pk=iteration.pk).exists()


@pytest.mark.parametrize(
    "killed_at", ["delete_export_files", "delete_scores", "delete_snapshot_rows", "remove_unheld_images"]
)
def test_the_removal_of_an_iteration_is_finished_by_another_attempt(
    monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    project = make_project()
    (dropped,) = make_images(project, 1, [make_tag(project)])
    iteration = make_iteration(project)
    artifact = default_storage.save(
        f"projects/{project.pk}/iterations/{iteration.pk}/attempt-1.onnx", ContentFile(b"a model")
    )
    names = [artifact, store_file(dropped)]
    Iteration.objects.filter(pk=iteration.pk).update(artifact=artifact)
    Image.objects.filter(pk=dropped.pk).update(removed=timezone.now())
    delete_iteration(key_actor(project), iteration)
    job = Job.objects.get(kind="delete_iteration")

    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as killer:
        killer.setattr(f"training.removal_job.{killed_at}", die)
        with pytest.raises(SystemExit):
            work_on(job.pk, "test")
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    run_jobs("delete_iteration")
    assert [default_storage.exists(name) for name in names] == [False, False]
    assert not Iteration.objects.exists()
    assert not Image.objects.exists()


def test_a_deletion_is_not_given_up_while_storage_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    make_images(project, 1)
    delete_project(key_actor(project), project)
    job = Job.objects.get(kind="delete_project")

    def fail(*_: object) -> None:
        raise OSError("the storage is away")

    with monkeypatch.context() as away:
        away.setattr("portal.deletion._delete_folder", fail)
        for _ in range(6):
            Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
            work_on(job.pk, "test")
    job.refresh_from_db()
    assert (job.state, job.attempt) == (JobState.QUEUED, 6)
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    run_jobs("delete_project")
    assert not Project.objects.exists()


def test_what_an_iteration_was_trained_on_is_known_as_long_as_others_start_from_it() -> None:
    project = make_project()
    image, other = make_images(project, 2, [make_tag(project)])
    first, second, third = (make_iteration(project) for _ in range(3))
    Iteration.objects.filter(pk=second.pk).update(base_iteration=first)
    Iteration.objects.filter(pk=third.pk).update(base_iteration=second)
    SnapshotImage.objects.create(snapshot_id=first.pk, image=image)
    SnapshotImage.objects.create(snapshot_id=second.pk, image=other)
    names = [store_file(image)]
    Image.objects.filter(pk=image.pk).update(removed=timezone.now())

    for iteration in (first, second):
        delete_iteration(key_actor(project), Iteration.objects.get(pk=iteration.pk))
        run_jobs("delete_iteration")

    assert training_chains([third]) == [[third.pk, second.pk, first.pk]]
    assert SnapshotImage.objects.count() == 2
    assert default_storage.exists(names[0])
    assert list(project_iterations(project)) == [third]

    delete_iteration(key_actor(project), third)
    run_jobs("delete_iteration")

    assert not Iteration.objects.exists()
    assert list(Image.objects.all()) == [other]
    assert not default_storage.exists(names[0])


def test_an_iteration_whose_base_went_with_its_project_has_seen_everything() -> None:
    project, elsewhere = make_project(), make_project()
    (image,) = make_images(project, 1, [make_tag(project)])
    put_into_test_set(key_actor(project), project, [image.pk])
    base, iteration = make_iteration(elsewhere), make_iteration(project)
    arguments = {"base_iteration_id": str(base.pk)}
    job = Job.objects.create(kind="train_iteration", due_at=timezone.now(), arguments=arguments)
    Iteration.objects.filter(pk=iteration.pk).update(base_iteration=base, job=job)
    assert seen_by([iteration], read_test_images(project)).tolist() == [[False]]

    delete_project(key_actor(elsewhere), elsewhere)
    run_jobs("delete_project")

    assert seen_by([iteration], read_test_images(project)).tolist() == [[True]]


def test_a_project_goes_with_its_locked_test_set_and_scores() -> None:
    project = make_project()
    images = make_images(project, 2, [make_tag(project)])
    put_into_test_set(key_actor(project), project, [image.pk for image in images])
    iteration = make_iteration(project)
    LockedTestScore.objects.create(iteration=iteration, image=images[0], scores=b"1234")
    ask_for_scores([iteration])
    delete_project(key_actor(project), project)
    run_jobs("delete_project")
    assert not Project.objects.filter(pk=project.pk).exists()
    assert not LockedTestImage.objects.exists()
    assert not LockedTestScore.objects.exists()
    assert not LockedTestScoring.objects.exists()
