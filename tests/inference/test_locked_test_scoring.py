"""Iterations' own artifacts over the locked test set: small real models, pictures, the job as a worker does it."""

from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import inference.locked_test_scoring
from inference.runtime import Model
from labeling.files import original_name
from labeling.models import Image, ImageTag, LockedTestImage, SnapshotTag
from portal.domains import GENERAL_DETECTION
from portal.jobs.leases import claim
from portal.jobs.models import Job, JobState
from portal.jobs.queue import request_cancel
from portal.jobs.running import work_on
from portal.models import AuditEntry
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import make_project, make_tag, member
from tests.inference.artifacts import make_artifact, make_detector
from tests.inference.serving import png
from tests.training.locked_test.rows import draw_box, put_in_test_set, stored, trained_iteration
from training.iterations import delete_iteration
from training.locked_test.scores import common_boxes, common_scores
from training.locked_test.scoring import (
    ScoringState,
    ask_for_scores,
    cancel_scoring,
    score_after_a_change,
    scoring_progress,
)
from training.models import Iteration, LockedTestScore, LockedTestScoring

pytestmark = pytest.mark.django_db(transaction=True)

COLORS = {"red": (250, 5, 5), "green": (5, 250, 5), "blue": (5, 5, 250)}


class Set:
    """A project that tells colors apart."""

    def __init__(self) -> None:
        self.project = make_project()
        self.tags = {name: make_tag(self.project, name) for name in COLORS}

    def images(self, *names: str) -> list[Image]:
        """A picture of each color, tagged; no two alike in their bytes."""
        images = []
        for number, name in enumerate(names):
            red, green, blue = COLORS[name]
            count = Image.objects.count()
            image = stored(self.project, png((red, green, blue), (50 + count, 40 + number), format="JPEG"))
            ImageTag.objects.create(image=image, tag=self.tags[name], created_by="test")
            images.append(image)
        return images

    def iteration(self, images: list[Image] | None = None, order: tuple[str, ...] = ("green", "red", "blue")) -> Any:
        """One whose snapshot has the tags in another order than the artifact's labels."""
        iteration = trained_iteration(self.project, [self.tags[name] for name in order], images or ())
        labels = [(str(tag.pk), name, "regular") for name, tag in self.tags.items()]
        return with_artifact(iteration, make_artifact(labels))


def with_artifact(iteration: Iteration, artifact: bytes) -> Iteration:
    name = f"projects/{iteration.project_id}/iterations/{iteration.pk}/test.onnx"
    iteration.artifact = default_storage.save(name, ContentFile(artifact))
    iteration.artifact_sha256 = ""
    iteration.save()
    return iteration


def work() -> list[JobState]:
    """Do what waits, due or not, until nothing does; how each job ended."""
    ended = []
    while job := Job.objects.filter(kind="score_locked_test", state=JobState.QUEUED).order_by("created").first():
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        work_on(job.pk, "test")
        job.refresh_from_db()
        ended.append(JobState(job.state))
    return ended


def test_an_iteration_scores_what_it_has_not_seen() -> None:
    given = Set()
    images = given.images("red", "green", "blue", "red")
    put_in_test_set(given.project, images)
    iteration = given.iteration(images[3:])

    ask_for_scores([iteration])
    (waiting,) = scoring_progress([iteration])
    assert work() == [JobState.SUCCEEDED]

    assert (waiting.state, waiting.scored, waiting.wanted, waiting.seen) == (ScoringState.WAITING, 0, 3, 1)
    (done,) = scoring_progress([iteration])
    assert (done.state, done.scored, done.wanted) == (ScoringState.DONE, 3, 3)
    assert done.artifact_bytes == default_storage.size(iteration.artifact)
    assert done.image_milliseconds is not None
    assert 0 < done.image_milliseconds < 1000
    common = common_scores([iteration])
    assert set(common.image_ids) == {image.pk for image in images[:3]}
    assert (common.probabilities[0].argmax(axis=1) == common.truth.argmax(axis=1)).all()
    model = Model.load(make_artifact([(str(tag.pk), name, "regular") for name, tag in given.tags.items()]))
    with default_storage.open(original_name(given.project.pk, images[0].sha256, "image/jpeg")) as file:
        said = {each.name: each.probability for each in model.predict(file.read())}
    row = common.image_ids.index(images[0].pk)
    assert dict(zip(COLORS, common.probabilities[0][row].tolist(), strict=True)) == said


def test_a_detector_keeps_its_boxes_by_the_places_of_its_own_tags() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    cat, dog = make_tag(project, "cat"), make_tag(project, "dog")
    image = stored(project, png(format="JPEG"))
    ImageTag.objects.create(image=image, tag=dog, created_by="test")
    draw_box(image, dog, 0.1, 0.2, 0.3, 0.4)
    put_in_test_set(project, [image])
    labels = [(str(tag.pk), tag.name, "regular") for tag in (cat, dog)]
    boxes = [(0.1, 0.2, 0.4, 0.6, 1, 0.75), (0.5, 0.5, 0.9, 0.9, 0, 0.25)]
    iteration = with_artifact(trained_iteration(project, [dog, cat]), make_detector(boxes, labels))

    ask_for_scores([iteration])
    assert work() == [JobState.SUCCEEDED]

    (found,) = common_boxes([iteration]).found[0]
    assert found.tags.tolist() == [1, 0]
    assert found.scores.tolist() == [0.75, 0.25]
    np.testing.assert_array_equal(found.corners, np.array([row[:4] for row in boxes], np.float32))


def test_a_killed_worker_leaves_what_it_scored_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Set()
    put_in_test_set(given.project, given.images(*["red", "green", "blue"] * 3))
    iteration = given.iteration()
    ask_for_scores([iteration])
    (job,) = Job.objects.filter(kind="score_locked_test")
    monkeypatch.setattr("inference.locked_test_scoring.IMAGES_PER_BATCH", 2)
    read = inference.locked_test_scoring._read
    looked_at: list[Any] = []

    def die_at_the_sixth(image: Image) -> bytes:
        looked_at.append(image.pk)
        if len(looked_at) == 6:
            raise SystemExit  # nothing of ours catches it
        return read(image)

    monkeypatch.setattr("inference.locked_test_scoring._measure", lambda *_: None)
    monkeypatch.setattr("inference.locked_test_scoring._read", die_at_the_sixth)
    with pytest.raises(SystemExit):
        work_on(job.pk, "killed")
    assert LockedTestScore.objects.count() == 4
    assert claim(job.pk, "other") is None  # its lease still holds
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now())

    work_on(job.pk, "next")

    job.refresh_from_db()
    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 2)
    assert LockedTestScore.objects.count() == 9
    assert len(looked_at) == 6 + 5  # the four that were kept were not looked at again


def test_a_long_scoring_lets_others_come_between(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Set()
    put_in_test_set(given.project, given.images(*["red"] * 5))
    first, second = given.iteration(), given.iteration()
    monkeypatch.setattr("inference.locked_test_scoring.SECONDS_PER_TURN", 0)
    monkeypatch.setattr("inference.locked_test_scoring.IMAGES_PER_BATCH", 2)

    ask_for_scores([first, second])
    jobs = list(Job.objects.filter(kind="score_locked_test").order_by("created"))
    work_on(jobs[0].pk, "test")

    assert LockedTestScore.objects.filter(iteration=first).count() == 2
    (progress,) = scoring_progress([first])
    assert (progress.state, progress.scored, progress.wanted) == (ScoringState.WAITING, 2, 5)
    assert len(work()) > 2
    assert LockedTestScore.objects.filter(iteration=first).count() == 5
    assert LockedTestScore.objects.filter(iteration=second).count() == 5


def test_images_that_come_in_while_it_works_are_scored_by_the_same_job(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Set()
    first, late = given.images("red", "green")
    put_in_test_set(given.project, [first])
    iteration = given.iteration()
    ask_for_scores([iteration])
    keep = inference.locked_test_scoring._keep

    def meanwhile(*arguments: Any) -> None:
        keep(*arguments)
        if not LockedTestImage.objects.filter(image=late).exists():
            put_in_test_set(given.project, [late])
            score_after_a_change(given.project)

    monkeypatch.setattr("inference.locked_test_scoring._keep", meanwhile)
    assert work() == [JobState.SUCCEEDED]
    assert LockedTestScore.objects.count() == 2


def test_many_changes_are_one_job_for_each_of_the_newest() -> None:
    given = Set()
    iterations = [given.iteration() for _ in range(5)]
    for image in given.images("red", "green", "blue"):
        put_in_test_set(given.project, [image])
        score_after_a_change(given.project)

    jobs = list(Job.objects.filter(kind="score_locked_test"))
    assert len(jobs) == 3
    assert {job.arguments["iteration_id"] for job in jobs} == {str(each.pk) for each in iterations[2:]}
    assert all(job.due_at > timezone.now() for job in jobs)
    work()
    assert [each.state for each in scoring_progress(iterations)] == [ScoringState.OPEN] * 2 + [ScoringState.DONE] * 3
    ask_for_scores(iterations)
    assert Job.objects.filter(kind="score_locked_test").count() == 5


def test_a_cancelled_scoring_keeps_what_it_has_and_is_not_begun_again_by_itself() -> None:
    given = Set()
    put_in_test_set(given.project, given.images("red", "green"))
    iteration = given.iteration()
    lead = member(given.project, Role.TRAINER)
    ask_for_scores([iteration], lead)
    job = Job.objects.get(kind="score_locked_test")
    assert job.started_by == lead.name

    cancel_scoring(lead, iteration)
    ask_for_scores([iteration])

    (progress,) = scoring_progress([iteration])
    assert progress.state == ScoringState.CANCELLED
    assert AuditEntry.objects.filter(act="cancel_locked_test_scoring", object_id=str(iteration.pk)).count() == 1
    ask_for_scores([iteration], lead, is_again=True)
    assert work() == [JobState.SUCCEEDED]
    assert scoring_progress([iteration])[0].state == ScoringState.DONE


def test_cancelled_while_it_hands_over(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Set()
    put_in_test_set(given.project, given.images(*["red"] * 4))
    iteration = given.iteration()
    ask_for_scores([iteration])
    job = Job.objects.get(kind="score_locked_test")
    monkeypatch.setattr("inference.locked_test_scoring.SECONDS_PER_TURN", 0)
    monkeypatch.setattr("inference.locked_test_scoring.IMAGES_PER_BATCH", 1)

    def others_wait(_: Any) -> bool:
        request_cancel(job, "somebody")
        return True

    monkeypatch.setattr("inference.locked_test_scoring._others_wait", others_wait)
    work_on(job.pk, "test")

    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert Job.objects.filter(kind="score_locked_test").count() == 1


def test_a_picture_that_cannot_be_read_is_named_after_all_others_are_scored() -> None:
    given = Set()
    images = given.images("red", "green", "blue")
    put_in_test_set(given.project, images)
    default_storage.delete(original_name(given.project.pk, images[1].sha256, images[1].media_type))
    iteration = given.iteration()

    ask_for_scores([iteration])
    assert work() == [JobState.FAILED]
    ask_for_scores([iteration])  # nothing has changed
    assert work() == []

    (progress,) = scoring_progress([iteration])
    assert (progress.state, progress.scored, progress.wanted) == (ScoringState.FAILED, 2, 3)
    assert str(images[1].pk) in progress.error
    LockedTestImage.objects.filter(image=images[1]).delete()
    assert scoring_progress([iteration])[0].state == ScoringState.DONE


@pytest.mark.parametrize(("break_it", "words"), [("lose", "not in storage"), ("spoil", "cannot be loaded")])
def test_a_model_that_is_no_more_is_told_by_its_name(break_it: str, words: str) -> None:
    given = Set()
    put_in_test_set(given.project, given.images("red"))
    iteration = given.iteration()
    if break_it == "lose":
        default_storage.delete(iteration.artifact)
    else:
        with_artifact(iteration, b"no model")

    ask_for_scores([iteration])

    assert work() == [JobState.FAILED]
    error = scoring_progress([iteration])[0].error
    assert iteration.name in error
    assert words in error


def test_a_model_that_lacks_a_tag_of_its_snapshot_is_not_guessed_at() -> None:
    given = Set()
    put_in_test_set(given.project, given.images("red"))
    iteration = given.iteration()
    SnapshotTag.objects.create(snapshot_id=iteration.pk, tag_id=make_tag(given.project).pk, name="x", position=3)

    ask_for_scores([iteration])

    assert work() == [JobState.FAILED]
    assert not LockedTestScore.objects.exists()


def test_without_a_test_set_time_and_size_are_measured_on_other_images() -> None:
    given = Set()
    given.images("red", "green")
    iteration = given.iteration()
    assert scoring_progress([iteration])[0].state == ScoringState.OPEN

    ask_for_scores([iteration])
    assert work() == [JobState.SUCCEEDED]
    ask_for_scores([iteration])
    assert work() == []

    (progress,) = scoring_progress([iteration])
    assert (progress.state, progress.wanted) == (ScoringState.DONE, 0)
    assert progress.image_milliseconds
    assert progress.artifact_bytes
    assert not LockedTestScore.objects.exists()


def test_an_iteration_deleted_meanwhile_leaves_nothing() -> None:
    given = Set()
    put_in_test_set(given.project, given.images("red"))
    iteration = given.iteration()
    ask_for_scores([iteration])
    delete_iteration(member(given.project, Role.TRAINER), iteration)

    assert work() == [JobState.FAILED]
    assert not LockedTestScore.objects.exists()
    ask_for_scores(Iteration.objects.filter(pk=iteration.pk))
    assert Job.objects.filter(kind="score_locked_test").count() == 1


def test_progress_takes_as_many_queries_for_many_iterations() -> None:
    given = Set()
    put_in_test_set(given.project, given.images("red", "green"))
    iterations = [given.iteration() for _ in range(4)]
    ask_for_scores(iterations)
    with CaptureQueriesContext(connection) as captured:
        scoring_progress(iterations)
    assert len(captured) <= 5
    assert LockedTestScoring.objects.count() == 4
