"""What a training needs, and what it freezes."""

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from labeling.boxes import Box
from labeling.models import Image, ImageTag, Snapshot, SnapshotImageTag, SnapshotTag, TagType
from labeling.regions import ImageBox, add_regions
from labeling.snapshots import frozen_images, gather
from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.models import AuditEntry, ClassificationType, Job, JobState, Project
from portal.permissions import Right, Role
from portal.projects import ProjectChange, ProjectSettings, update_project
from tests.builders import key_actor, make_images, make_iteration, make_project, make_tag, member
from training.models import Iteration, IterationState, TrainingType
from training.starting import TrainingRequest, refusal_to_train, train_project

pytestmark = pytest.mark.django_db

VALIDATION = "BadRequestClassificationTrainingValidationFailed"


def trainable() -> Project:
    project = make_project()
    for name in ("hemlock", "cherry"):
        make_images(project, 5, [make_tag(project, name)])
    return project


def refused(project: Project, request: TrainingRequest | None = None) -> Refusal:
    """The refusal, after seeing that nothing was started."""
    before = (Iteration.objects.count(), Snapshot.objects.count(), Job.objects.count())
    with pytest.raises(Refusal) as refusal:
        train_project(key_actor(project), project, request or TrainingRequest())
    assert (Iteration.objects.count(), Snapshot.objects.count(), Job.objects.count()) == before
    return refusal.value


def complete(iteration: Iteration) -> None:
    done = make_iteration(make_project())
    Iteration.objects.filter(pk=iteration.pk).update(
        state=IterationState.COMPLETED, artifact=done.artifact, trained=done.trained
    )


def test_a_training_freezes_images_and_labels_and_starts_a_job() -> None:
    project = trainable()
    iteration = train_project(key_actor(project), project, TrainingRequest())
    assert (iteration.name, iteration.state, iteration.number) == ("Iteration 1", IterationState.QUEUED, 1)
    assert iteration.snapshot.image_count == 10
    assert list(SnapshotTag.objects.filter(snapshot=iteration.pk).values_list("name", "image_count")) == [
        ("hemlock", 5),
        ("cherry", 5),
    ]
    job = Job.objects.get()
    assert (job.kind, job.queue, job.state, job.arguments) == (
        "train_iteration",
        "training",
        JobState.QUEUED,
        {"iteration_id": str(iteration.pk)},
    )
    assert AuditEntry.objects.filter(act="train_project", object_id=str(iteration.pk)).count() == 1


def test_a_snapshot_stays_when_the_workspace_changes() -> None:
    project = trainable()
    iteration = train_project(key_actor(project), project, TrainingRequest())
    project.tags.all().delete()
    assert SnapshotImageTag.objects.filter(snapshot_image__snapshot_id=iteration.pk).count() == 10


def test_untagged_images_and_removed_labels_stay_out() -> None:
    project = trainable()
    make_images(project, 3)
    tag = make_tag(project)
    image = make_images(project, 1, [tag])[0]
    ImageTag.objects.filter(image=image).update(removed=image.created, removed_by="test")
    assert len(gather(project).images) == 10
    assert tag not in gather(project).tags


def test_one_tag_is_too_few() -> None:
    project = make_project()
    make_images(project, 9, [make_tag(project)])
    assert refused(project).code == VALIDATION


def test_a_negative_tag_does_not_count_as_one_of_the_two() -> None:
    project = make_project()
    make_images(project, 5, [make_tag(project)])
    make_images(project, 5, [make_tag(project, type=TagType.NEGATIVE)])
    assert refused(project).code == VALIDATION


def test_a_tag_with_four_images_is_named() -> None:
    project = trainable()
    make_images(project, 4, [make_tag(project, "oak")])
    refusal = refused(project)
    assert refusal.code == VALIDATION
    assert "oak (4)" in refusal.message


def test_a_second_training_waits_for_the_first() -> None:
    project = trainable()
    train_project(key_actor(project), project, TrainingRequest())
    assert refused(project, TrainingRequest(is_forced=True)).code == "BadRequestTrainingAlreadyInProgress"


def test_two_trainings_at_once_are_refused_by_the_database() -> None:
    project = make_project()
    make_iteration(project, IterationState.TRAINING)
    with pytest.raises(IntegrityError):
        make_iteration(project, IterationState.QUEUED)


def test_nothing_changed_is_refused_unless_forced() -> None:
    project = trainable()
    complete(train_project(key_actor(project), project, TrainingRequest()))
    assert refused(project).code == "BadRequestTrainingNotNeeded"
    again = train_project(key_actor(project), project, TrainingRequest(is_forced=True))
    assert again.name == "Iteration 2"


def test_a_failed_training_can_be_tried_again() -> None:
    project = trainable()
    first = train_project(key_actor(project), project, TrainingRequest())
    Iteration.objects.filter(pk=first.pk).update(state=IterationState.FAILED)
    assert train_project(key_actor(project), project, TrainingRequest()).number == 2


@pytest.mark.parametrize("change", ["image", "label", "tag name", "classification type", "training type"])
def test_any_change_makes_a_training_needed(change: str) -> None:
    project = trainable()
    complete(train_project(key_actor(project), project, TrainingRequest()))
    tag = project.tags.get(name="cherry")
    request = TrainingRequest()
    if change == "image":
        make_images(project, 1, [tag])
    elif change == "label":
        ImageTag.objects.create(image=project.images.exclude(image_tags__tag=tag)[0], tag=tag, created_by="test")
    elif change == "tag name":
        project.tags.filter(pk=tag.pk).update(name="japanese cherry")
    elif change == "classification type":
        update_project(key_actor(project), project, ProjectChange(classification_type=ClassificationType.MULTICLASS))
    else:
        request = TrainingRequest(training_type=TrainingType.ADVANCED)
    assert train_project(key_actor(project), project, request).number == 2


def test_selected_tags_alone_are_trained() -> None:
    project = trainable()
    oak = make_tag(project, "oak")
    make_images(project, 1, [oak])
    selected = [tag.pk for tag in project.tags.exclude(pk=oak.pk)]
    iteration = train_project(key_actor(project), project, TrainingRequest(selected_tags=selected))
    assert set(SnapshotTag.objects.filter(snapshot=iteration.pk).values_list("tag_id", flat=True)) == set(selected)


def test_a_selected_tag_of_another_project_is_not_found() -> None:
    project, other = trainable(), make_tag(make_project())
    assert refused(project, TrainingRequest(selected_tags=[other.pk])).code == "NotFoundTag"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (TrainingRequest(training_type="Fast"), "BadRequest"),
        (TrainingRequest(training_type="Advanced", budget_hours=-1), "BadRequest"),
        (TrainingRequest(notification_email="nobody"), "BadRequestInvalidEmailAddress"),
    ],
)
def test_odd_parameters_are_refused(request_: TrainingRequest, code: str) -> None:
    assert refused(trainable(), request_).code == code


def boxed_project(count: int) -> Project:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    tag = make_tag(project, "fork")
    images = make_images(project, count)
    add_regions(key_actor(project), project, [ImageBox(image.pk, Box(tag.pk, 0.1, 0.1, 0.4, 0.4)) for image in images])
    return project


def test_a_detector_needs_boxes_on_fifteen_images_of_a_tag() -> None:
    refusal = refused(boxed_project(14))
    assert refusal.code == "BadRequestDetectionTrainingValidationFailed"
    assert "fork (14)" in refusal.message
    iteration = train_project(key_actor(project := boxed_project(15)), project, TrainingRequest())
    assert iteration.snapshot.image_count == 15


def test_a_tag_without_a_box_does_not_count_and_background_comes_along() -> None:
    project = boxed_project(15)
    make_images(project, 3, [make_tag(project, "never boxed")])
    (background,) = make_images(project, 1)
    Image.objects.filter(pk=background.pk).update(has_no_objects=True)
    iteration = train_project(key_actor(project), project, TrainingRequest())
    assert iteration.snapshot.image_count == 16
    assert [tag.name for tag in SnapshotTag.objects.filter(snapshot_id=iteration.pk)] == ["fork"]
    frozen = frozen_images(iteration.pk)
    assert sorted(len(image.regions) for image in frozen) == [0, *[1] * 15]


@pytest.mark.parametrize("role", Role)
def test_roles_that_may_train(role: Role) -> None:
    project = trainable()
    actor = member(project, role)
    if actor.may(Right.TRAIN, project):
        train_project(actor, project, TrainingRequest())
    else:
        with pytest.raises(Refusal) as refusal:
            train_project(actor, project, TrainingRequest())
        assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert Iteration.objects.count() == (1 if role in {Role.CONTRIBUTOR, Role.TRAINER} else 0)


def test_another_resources_key_sees_no_project() -> None:
    project = trainable()
    with pytest.raises(Refusal) as refusal:
        train_project(key_actor(make_project()), project, TrainingRequest())
    assert refusal.value.code == "NotFoundProject"
    assert Iteration.objects.count() == 0


def test_saying_what_blocks_a_first_training_reads_counts_and_no_labels() -> None:
    project = make_project()
    for name in ("cup", "can"):
        make_images(project, 5, [make_tag(project, name)])
    actor = key_actor(project)
    with CaptureQueriesContext(connection) as queries:
        assert refusal_to_train(actor, project, TrainingRequest()) is None
    assert [query["sql"] for query in queries if '"labeling_image"."sha256"' in query["sql"]] == []


def test_what_is_said_beforehand_is_what_training_says() -> None:
    project = make_project()
    cup, can = make_tag(project, "cup"), make_tag(project, "can")
    make_images(project, 5, [cup])
    make_images(project, 4, [can])
    assert said_beforehand(project) == refused(project).message
    make_images(project, 1, [can])
    assert said_beforehand(project) is None
    complete(train_project(key_actor(project), project, TrainingRequest()))
    assert said_beforehand(project) == refused(project).message


def test_labels_that_changed_places_are_a_change_though_the_counts_stay() -> None:
    project = trainable()
    complete(train_project(key_actor(project), project, TrainingRequest()))
    assert said_beforehand(project) is not None
    hemlock, cherry = (ImageTag.objects.filter(tag__name=name).first() for name in ("hemlock", "cherry"))
    assert hemlock is not None
    assert cherry is not None
    ImageTag.objects.filter(pk=hemlock.pk).update(tag=cherry.tag)
    ImageTag.objects.filter(pk=cherry.pk).update(tag=hemlock.tag)
    assert said_beforehand(project) is None


def said_beforehand(project: Project) -> str | None:
    refusal = refusal_to_train(key_actor(project), project, TrainingRequest())
    return refusal.message if refusal else None
