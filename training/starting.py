"""Starting a training."""

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F

from labeling.models import SnapshotTag, TagType
from labeling.snapshots import Gathered, LabelCounts, count_labels, gather, write_snapshot
from portal import audit
from portal.actors import Actor, require
from portal.domains import DomainType
from portal.errors import Refusal
from portal.jobs.queue import start_job
from portal.limits import (
    CLASSIFICATION_IMAGES_PER_TAG,
    CLASSIFICATION_MINIMUM_TAGS,
    DETECTION_IMAGES_PER_TAG,
    ITERATIONS_PER_PROJECT,
)
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project, project_domain
from training.base_iteration import BaseReference, find_base
from training.models import UNFINISHED_STATES, Iteration, IterationState, TrainingType

TRAIN_JOB = "train_iteration"
DEFAULT_ADVANCED_BUDGET_HOURS = 1
LONGEST_BUDGET_HOURS = 96


@dataclass(frozen=True)
class TrainingRequest:
    """What was asked for. `budget_hours` counts for Advanced alone; 0 means the default of one hour.

    `base` is the iteration whose weights to start from; None for the published ones.
    """

    training_type: str = TrainingType.REGULAR
    budget_hours: int = 0
    is_forced: bool = False
    notification_email: str = ""
    selected_tags: Collection[UUID] = ()
    base: BaseReference | None = None


def train_project(actor: Actor, project: Project, request: TrainingRequest) -> Iteration:
    """Freeze the workspace and start a training of it; the iteration is there at once, the work follows.

    Raises Refusal: `BadRequestTrainingAlreadyInProgress`, `BadRequestTrainingNotNeeded`,
    `BadRequestClassificationTrainingValidationFailed`, `BadRequestDetectionTrainingValidationFailed`,
    `BadRequestDetectionTrainingNotAllowNegativeTag`, `BadRequestExceedIterationPerProjectLimit`,
    `BadRequestInvalidEmailAddress`, `BadRequest...` for the parameters, `NotFoundTag` for a selected tag, and what
    `find_base` raises.
    """
    require(actor, Right.TRAIN, project)
    _check_project(project, request)
    base = find_base(actor, project, request.base)
    try:
        with transaction.atomic():
            lock_project(project)
            return _start(actor, _checked_workspace(project, request), request, base)
    except IntegrityError as error:
        if project.iterations.filter(state__in=UNFINISHED_STATES).exists():
            raise _already_training() from error
        raise


def refusal_to_train(actor: Actor, project: Project, request: TrainingRequest) -> Refusal | None:
    """What `train_project` would say now, without starting anything; None where it would start."""
    require(actor, Right.TRAIN, project)
    try:
        _check_project(project, request)
        counts = count_labels(project, request.selected_tags)
        _check_labels(project, counts, request)
        # Reading every label is worth it only where the counts leave open whether anything changed.
        if not request.is_forced and _has_same_counts(project, counts):
            _check_something_changed(gather(project, request.selected_tags), request)
    except Refusal as refusal:
        return refusal
    return None


def _check_project(project: Project, request: TrainingRequest) -> None:
    _check_request(request)
    if project.iterations.filter(state__in=UNFINISHED_STATES).exists():
        raise _already_training()
    if project.iterations.filter(deleted__isnull=True).count() >= ITERATIONS_PER_PROJECT:
        raise Refusal(
            "BadRequestExceedIterationPerProjectLimit",
            f"A project holds at most {ITERATIONS_PER_PROJECT} iterations; delete one first.",
        )


def _checked_workspace(project: Project, request: TrainingRequest) -> Gathered:
    gathered = gather(project, request.selected_tags)
    _check_labels(project, LabelCounts(gathered.tags, gathered.images_per_tag(), gathered.left_out), request)
    if not request.is_forced:
        _check_something_changed(gathered, request)
    return gathered


def _start(actor: Actor, gathered: Gathered, request: TrainingRequest, base: Iteration | None) -> Iteration:
    project = gathered.project
    snapshot = write_snapshot(gathered)
    type(project).objects.filter(pk=project.pk).update(iterations_started=F("iterations_started") + 1)
    project.refresh_from_db(fields=["iterations_started"])
    number = project.iterations_started
    # The job names the base too: should it be deleted meanwhile, the training must not quietly do without.
    arguments: dict[str, Any] = {"iteration_id": str(snapshot.pk)}
    if base is not None:
        arguments["base_iteration_id"] = str(base.pk)
    job = start_job(TRAIN_JOB, actor.name, project_id=project.pk, **arguments)
    iteration = Iteration.objects.create(
        snapshot=snapshot,
        project=project,
        number=number,
        name=_free_name(project, number),
        training_type=request.training_type,
        budget_hours=request.budget_hours if request.training_type == TrainingType.ADVANCED else 0,
        domain_id=project.domain_id,
        classification_type=project.classification_type,
        notification_email=request.notification_email,
        base_iteration=base,
        # The same labels give the same seed, so that the same training gives the same weights.
        seed=zlib.crc32(snapshot.digest.encode()) >> 1,
        job=job,
    )
    audit.record(
        actor,
        "train_project",
        project_id=project.pk,
        object_id=iteration.pk,
        training_type=request.training_type,
        image_count=snapshot.image_count,
    )
    return iteration


def _free_name(project: Project, number: int) -> str:
    taken = set(project.iterations.filter(deleted__isnull=True).values_list("name", flat=True))
    name = f"Iteration {number}"
    while name in taken:  # somebody renamed another iteration to just this
        name += " (new)"
    return name


def _already_training() -> Refusal:
    return Refusal("BadRequestTrainingAlreadyInProgress", "This project is being trained; wait for it or cancel it.")


def _check_request(request: TrainingRequest) -> None:
    if request.training_type not in TrainingType.values:
        raise Refusal("BadRequest", "trainingType is Regular or Advanced: send one of them.")
    if not 0 <= request.budget_hours <= LONGEST_BUDGET_HOURS:
        raise Refusal("BadRequest", f"The budget is 0 to {LONGEST_BUDGET_HOURS} hours: choose one of these.")
    if request.notification_email:
        try:
            validate_email(request.notification_email)
        except ValidationError:
            raise Refusal(
                "BadRequestInvalidEmailAddress",
                f"{request.notification_email!r} is not an e-mail address: correct it or leave it out.",
            ) from None


def _check_labels(project: Project, counts: LabelCounts, request: TrainingRequest) -> None:
    _check_tags_known(project, request.selected_tags)
    if project_domain(project).type is DomainType.OBJECT_DETECTION:
        _check_enough_boxes(counts)
    else:
        _check_enough_images(counts)


def _check_tags_known(project: Project, selected: Collection[UUID]) -> None:
    known = set(project.tags.filter(pk__in=selected).values_list("pk", flat=True)) if selected else set()
    unknown = [str(tag_id) for tag_id in selected if tag_id not in known]
    if unknown:
        raise Refusal("NotFoundTag", f"This project has no tag {', '.join(unknown)}; get_tags lists them.")


def _check_enough_images(labels: LabelCounts) -> None:
    counts = labels.images_per_tag
    code = "BadRequestClassificationTrainingValidationFailed"
    regular = [tag for tag in labels.tags if tag.type != TagType.NEGATIVE]
    if len(regular) < CLASSIFICATION_MINIMUM_TAGS:
        raise Refusal(
            code,
            f"Training needs at least {CLASSIFICATION_MINIMUM_TAGS} tags with {CLASSIFICATION_IMAGES_PER_TAG} images"
            f" each; {len(regular)} of this project's tags have images. Tag more; a negative tag does not count."
            f"{_left_out(labels)}",
        )
    short = [f"{tag.name} ({counts[tag.pk]})" for tag in labels.tags if counts[tag.pk] < CLASSIFICATION_IMAGES_PER_TAG]
    if short:
        raise Refusal(
            code,
            f"Each tag needs at least {CLASSIFICATION_IMAGES_PER_TAG} images; too few have: {', '.join(short)}."
            f" Tag more images, or delete the tag.{_left_out(labels)}",
        )


def _check_enough_boxes(labels: LabelCounts) -> None:
    if any(tag.type == TagType.NEGATIVE for tag in labels.tags):
        raise Refusal(
            "BadRequestDetectionTrainingNotAllowNegativeTag",
            "Object detection has no negative tag: delete it, and mark background images as having no objects.",
        )
    code = "BadRequestDetectionTrainingValidationFailed"
    if not labels.tags:
        raise Refusal(
            code,
            f"Training needs at least one tag with boxes on {DETECTION_IMAGES_PER_TAG} images; draw some first."
            f"{_left_out(labels)}",
        )
    counts = labels.images_per_tag
    short = [f"{tag.name} ({counts[tag.pk]})" for tag in labels.tags if counts[tag.pk] < DETECTION_IMAGES_PER_TAG]
    if short:
        raise Refusal(
            code,
            f"Each tag needs boxes on at least {DETECTION_IMAGES_PER_TAG} images; too few have: {', '.join(short)}."
            f" Draw more boxes, or delete the tag.{_left_out(labels)}",
        )


def _left_out(labels: LabelCounts) -> str:
    """Why there are fewer than the workspace has."""
    return f" {labels.left_out.sentence}" if labels.left_out else ""


def _last_completed(project: Project) -> Iteration | None:
    completed = project.iterations.filter(state=IterationState.COMPLETED, deleted__isnull=True)
    return completed.select_related("snapshot").order_by("-number").first()


def _has_same_counts(project: Project, counts: LabelCounts) -> bool:
    """Whether the labels could be those of the last iteration; False only where they cannot."""
    last = _last_completed(project)
    if last is None:
        return False
    frozen = SnapshotTag.objects.filter(snapshot_id=last.pk).values_list("tag_id", "image_count")
    return dict(frozen) == dict(counts.images_per_tag)


def _check_something_changed(gathered: Gathered, request: TrainingRequest) -> None:
    project = gathered.project
    last = _last_completed(project)
    if last is None:
        return
    same_question = (
        last.training_type == request.training_type
        and last.domain_id == project.domain_id
        and last.classification_type == project.classification_type
        and last.base_iteration_id == (request.base.iteration_id if request.base else None)
        and (request.training_type != TrainingType.ADVANCED or last.budget_hours == request.budget_hours)
    )
    if same_question and last.snapshot.digest == gathered.digest():
        raise Refusal(
            "BadRequestTrainingNotNeeded",
            f"Nothing changed since {last.name} was trained. Add or tag images, or force the training.",
        )
