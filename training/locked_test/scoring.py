"""Having the locked test set scored by iterations' own artifacts, in the background, and how far that is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from labeling.locked_test_set import images_in_test_set, read_test_images, text_key
from labeling.models import LockedTestImage
from portal import audit
from portal.actors import SYSTEM, Actor, require
from portal.jobs.models import Job, JobState
from portal.jobs.queue import request_cancel, start_job
from portal.models import Project
from portal.permissions import Right
from training.locked_test.seen import seen_by
from training.models import Iteration, IterationState, LockedTestScore, LockedTestScoring

SCORE_JOB = "score_locked_test"
# Who puts images in one by one changes the set many times: one job comes after them all.
AFTER_A_CHANGE = timedelta(seconds=5)
NEWEST = 3


class ScoringState(StrEnum):
    OPEN = "open"  # something is to be scored, or measured, and nobody has asked for it
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class ScoringProgress:
    """How far an iteration's scoring is: of `wanted` images, those of today's test set that it has not seen, `scored`.

    `error` says why it failed, and what to do. Milliseconds an image and bytes of the model where they were measured.
    """

    iteration_id: UUID
    state: ScoringState
    scored: int
    wanted: int
    seen: int
    error: str = ""
    image_milliseconds: float | None = None
    artifact_bytes: int | None = None


def ask_for_scores(
    iterations: Iterable[Iteration], by: Actor = SYSTEM, *, is_again: bool = False, delay: timedelta | None = None
) -> None:
    """Start the jobs that are needed: for iterations that have images to score, or were never measured.

    None where one is on its way. After one that failed or was cancelled only when the test set has changed since, or
    `is_again`. The right to is the caller's business: what a page needs for its figures is nobody's act.
    """
    for iteration in iterations:
        if iteration.state == IterationState.COMPLETED and iteration.deleted is None:
            _start_where_needed(iteration, by, is_again, delay)


def scoring_progress(iterations: Sequence[Iteration]) -> list[ScoringProgress]:
    """Of each iteration of a project, in the order given (five queries)."""
    if not iterations:
        return []
    images = read_test_images(iterations[0].project_id)
    seen = seen_by(iterations, images)
    scored = _scored_keys(iterations)
    scorings = LockedTestScoring.objects.filter(iteration__in=[each.pk for each in iterations]).select_related("job")
    scoring_of = {scoring.pk: scoring for scoring in scorings}
    progress = []
    for column, iteration in enumerate(iterations):
        scoring = scoring_of.get(iteration.pk)
        wanted = {key for key, is_seen in zip(images.keys, seen[:, column].tolist(), strict=True) if not is_seen}
        count = len(wanted & scored[column])
        job = scoring.job if scoring else None
        is_measured = scoring is not None and scoring.measured is not None
        state = _state(job, is_done=count == len(wanted) and is_measured)
        progress.append(
            ScoringProgress(
                iteration_id=iteration.pk,
                state=state,
                scored=count,
                wanted=len(wanted),
                seen=len(images.ids) - len(wanted),
                error=_words(job) if job and state == ScoringState.FAILED else "",
                image_milliseconds=scoring.image_milliseconds if scoring else None,
                artifact_bytes=scoring.artifact_bytes if scoring else None,
            )
        )
    return progress


def score_after_a_change(project: Project) -> None:
    """Have the project's published and newest iterations scored anew, in a while: others when somebody asks."""
    completed = Iteration.objects.filter(project=project, state=IterationState.COMPLETED, deleted__isnull=True)
    newest = list(completed.order_by("-number")[:NEWEST])
    published = list(completed.filter(published_name__isnull=False))
    chosen = {iteration.pk: iteration for iteration in (*newest, *published)}
    ask_for_scores(chosen.values(), delay=AFTER_A_CHANGE)


def score_what_was_trained(iteration_id: UUID) -> None:
    """Have an iteration scored that was just completed, where there is a test set. Call it in its transaction."""
    iteration = Iteration.objects.select_related("project").get(pk=iteration_id)
    if images_in_test_set(iteration.project).exists():
        ask_for_scores([iteration])


def cancel_scoring(actor: Actor, iteration: Iteration) -> None:
    """Stop the iteration's scoring; what was scored is kept."""
    require(actor, Right.TRAIN, iteration.project)
    with transaction.atomic():
        lock_iteration(iteration.pk)
        scoring = LockedTestScoring.objects.select_related("job").filter(pk=iteration.pk).first()
        if scoring is None or scoring.job is None or scoring.job.is_finished:
            return
        request_cancel(scoring.job, actor.name)
        audit.record(
            actor, "cancel_locked_test_scoring", project_id=iteration.project_id, object_id=iteration.pk,
            name=iteration.name,
        )  # fmt: skip


def lock_iteration(iteration_id: UUID) -> bool:
    """Let nobody else start, hand over or cancel its scoring in this transaction; False when it was deleted."""
    return Iteration.objects.select_for_update().filter(pk=iteration_id, deleted__isnull=True).exists()


def start_scoring_job(iteration: Iteration, by: str, delay: timedelta | None = None) -> Job:
    """The next job of an iteration's scoring. Call it in a transaction that has locked the iteration."""
    due_at = timezone.now() + delay if delay else None
    job = start_job(SCORE_JOB, by, project_id=iteration.project_id, due_at=due_at, iteration_id=str(iteration.pk))
    LockedTestScoring.objects.filter(pk=iteration.pk).update(job=job)
    return job


def images_to_score(iteration: Iteration) -> list[UUID]:
    """Those of today's test set that neither it nor an iteration it started from has seen, and it has not scored."""
    images = read_test_images(iteration.project_id)
    seen = seen_by([iteration], images)[:, 0]
    (scored,) = _scored_keys([iteration])
    rows = zip(images.ids, images.keys, seen.tolist(), strict=True)
    return [image_id for image_id, key, is_seen in rows if not is_seen and key not in scored]


def _start_where_needed(iteration: Iteration, by: Actor, is_again: bool, delay: timedelta | None) -> None:
    with transaction.atomic():
        if not lock_iteration(iteration.pk):
            return
        scoring, _ = LockedTestScoring.objects.select_related("job").get_or_create(pk=iteration.pk)
        job = scoring.job
        if job is not None and not job.is_finished:
            return
        if job is not None and job.state != JobState.SUCCEEDED and not is_again and not _changed_since(job, iteration):
            return
        if scoring.measured is None or images_to_score(iteration):
            start_scoring_job(iteration, by.name, delay)


def _changed_since(job: Job, iteration: Iteration) -> bool:
    newest = LockedTestImage.objects.filter(project=iteration.project_id).aggregate(newest=Max("created"))["newest"]
    return newest is not None and job.finished is not None and newest > job.finished


def _scored_keys(iterations: Sequence[Iteration]) -> list[set[str]]:
    """Of each iteration the images that it has scored, by their keys (one query)."""
    scored: dict[str, set[str]] = {}
    rows = LockedTestScore.objects.filter(iteration__in=[each.pk for each in iterations]).order_by()
    keys = rows.annotate(iteration_key=text_key("iteration_id"), image_key=text_key("image_id"))
    for iteration, image in keys.values_list("iteration_key", "image_key"):
        scored.setdefault(iteration, set()).add(image)
    # Databases write an id in one way or the other.
    return [scored.get(each.pk.hex) or scored.get(str(each.pk), set()) for each in iterations]


def _state(job: Job | None, *, is_done: bool) -> ScoringState:
    if job is not None and not job.is_finished:
        return ScoringState.RUNNING if job.state == JobState.RUNNING else ScoringState.WAITING
    if is_done:
        return ScoringState.DONE
    if job is not None and job.state == JobState.FAILED:
        return ScoringState.FAILED
    if job is not None and job.state == JobState.CANCELLED:
        return ScoringState.CANCELLED
    return ScoringState.OPEN


def _words(job: Job) -> str:
    return " ".join(part for part in (job.error, job.next_step) if part)
