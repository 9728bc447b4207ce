"""Publish gates: who may set them, what they let through, what they say, and how one goes on all the same."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.models import AuditEntry, Project
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_iteration, make_project, make_tag, member
from tests.training.judged import (
    boxed_project,
    keep_scores,
    lock_images,
    prediction_id,
    scored_iteration,
    searched_iteration,
    two_tags,
)
from training import gate_judgment, publishing
from training.gate_judgment import GateState, judge_move
from training.gates import MOST_GATES, GateRule, add_gate, gate_words, project_gates, remove_gate
from training.iterations import delete_iteration
from training.models import GateMeasure, Iteration, LockedTestScore, LockedTestScoring, PublishedName, PublishEvent
from training.publishing import publish_iteration, unpublish_iteration

pytestmark = pytest.mark.django_db


class Moving:
    """A name that answers with an iteration that is right about all 40 images, and one that is wrong about some."""

    def __init__(self, wrong: int, images: int = 40) -> None:
        self.project, self.tags = two_tags()
        self.images = lock_images(self.project, self.tags, images)
        self.old = scored_iteration(self.project, self.tags, self.images, 0)
        self.new = scored_iteration(self.project, self.tags, self.images, wrong)
        self.target = prediction_id()
        publish_iteration(self.actor, self.old, "trees", self.target)

    @property
    def actor(self) -> Any:
        return key_actor(self.project)

    def gate(self, measure: str = GateMeasure.RECALL, points: float = 0, **more: Any) -> None:
        add_gate(self.actor, self.project, GateRule(measure, most_fall_points=points, **more))

    def move(self, reason: str = "", iteration: Iteration | None = None) -> None:
        publish_iteration(
            self.actor, iteration or self.new, "trees", self.target, overwrite=True, override_reason=reason
        )

    def refusal(self, reason: str = "", iteration: Iteration | None = None) -> Refusal:
        before = list(PublishEvent.objects.values_list("pk", flat=True))
        holders = list(PublishedName.objects.values_list("name", "iteration_id"))
        with pytest.raises(Refusal) as refused:
            self.move(reason, iteration)
        assert list(PublishEvent.objects.values_list("pk", flat=True)) == before
        assert list(PublishedName.objects.values_list("name", "iteration_id")) == holders
        assert refused.value.status == 400
        return refused.value


def test_a_fall_beyond_what_is_allowed_is_refused_by_rule_and_figures() -> None:
    moving = Moving(wrong=2)
    moving.gate(points=1)
    refusal = moving.refusal()
    assert refusal.code == "BadRequestPublishGate"
    assert refusal.message == (
        "Recall at 50% on the locked test set would fall by 5 points, from 100.0 to 95.0 on 40 images; at most 1 is"
        " allowed. Publish another, or give a reason (overrideReason) to publish it anyway."
    )


@pytest.mark.parametrize("points", [5, 10, 100])
def test_a_fall_within_what_is_allowed_passes(points: float) -> None:
    moving = Moving(wrong=2)
    moving.gate(points=points)
    moving.move()
    assert PublishedName.objects.get().iteration == moving.new
    assert PublishEvent.objects.latest("pk").override_reason == ""


def test_what_rises_passes_and_so_does_another_project_s_gate() -> None:
    moving = Moving(wrong=0)
    add_gate(key_actor(other := make_project()), other, GateRule(GateMeasure.RECALL))
    LockedTestScore.objects.filter(iteration=moving.old).delete()
    keep_scores(moving.old, 2, moving.images, 3)
    moving.gate()
    moving.move()
    assert PublishedName.objects.get().iteration == moving.new


def test_every_measure_overall_and_of_one_tag() -> None:
    moving = Moving(wrong=4)
    can, cup = moving.tags
    expected = {
        (
            GateMeasure.PRECISION,
            None,
        ): "Precision at 50% on the locked test set would fall by 10 points, from 100.0 to 90",
        (GateMeasure.F1, None): "F1 at 50% on the locked test set would fall by 10 points, from 100.0 to 90.0",
        (GateMeasure.RECALL, can): "Recall of can at 50% on the locked test set would fall by 10 points",
        (GateMeasure.PRECISION, cup): "Precision of cup at 50% on the locked test set would fall by 10 points",
        (GateMeasure.AVERAGE_PRECISION, can): "AP of can on the locked test set would fall by ",
        (GateMeasure.AVERAGE_PRECISION, None): "mAP on the locked test set would fall by ",
    }
    for (measure, tag), words in expected.items():
        moving.gate(measure, tag_id=tag.pk if tag else None)
        assert moving.refusal().message.startswith(words)
        remove_gate(moving.actor, moving.project, project_gates(moving.project.pk)[0].pk)
    moving.move()


def test_a_fall_that_looks_like_the_allowed_one_is_said_with_more_digits() -> None:
    moving = Moving(wrong=1, images=97)
    moving.gate(points=1)
    assert (
        "would fall by 1.03 points, from 100.00 to 98.97 on 97 images; at most 1 is allowed" in moving.refusal().message
    )


def test_of_many_refusing_rules_two_are_told_and_the_others_counted() -> None:
    moving = Moving(wrong=4)
    for measure in GateMeasure:
        moving.gate(measure)
    message = moving.refusal().message
    assert message.count("would fall") == 2
    assert "; 2 more rules refuse it. Publish another" in message
    assert len(message) <= 400


def test_a_reason_overrides_and_is_kept_in_history_and_audit() -> None:
    moving = Moving(wrong=2)
    moving.gate()
    moving.move("  The old one\n drops boxes in the rain. ")
    event = PublishEvent.objects.latest("pk")
    assert (event.iteration_id, event.override_reason) == (moving.new.pk, "The old one drops boxes in the rain.")
    entry = AuditEntry.objects.filter(act="publish_iteration").latest("pk")
    assert entry.detail["override_reason"] == "The old one drops boxes in the rain."
    assert entry.detail["overridden"] == [
        "Recall at 50% on the locked test set would fall by 5 points, from 100.0 to 95.0 on 40 images; none is allowed"
    ]


def test_a_reason_that_nothing_asked_for_is_not_kept_and_blanks_are_none() -> None:
    moving = Moving(wrong=2)
    moving.gate(points=5)
    moving.move("just in case")
    assert PublishEvent.objects.latest("pk").override_reason == ""
    moving.gate()
    unpublish_iteration(moving.actor, moving.new)
    other = scored_iteration(moving.project, moving.tags, moving.images, 5)
    assert moving.refusal("  \n ", other).code == "BadRequestPublishGate"
    assert moving.refusal("x" * 501, other).code == "BadRequest"


def test_a_name_that_answers_no_more_is_compared_with_what_answered_last() -> None:
    moving = Moving(wrong=2)
    moving.gate()
    unpublish_iteration(moving.actor, moving.old)
    assert moving.refusal().code == "BadRequestPublishGate"
    publish_iteration(moving.actor, moving.new, "another name", moving.target)
    publish_iteration(moving.actor, moving.old, "trees", moving.target)  # no move: it answered last
    assert set(PublishedName.objects.values_list("name", flat=True)) == {"another name", "trees"}


def test_an_iteration_that_was_deleted_is_not_compared_with_but_the_one_before_it_is() -> None:
    moving = Moving(wrong=2)
    moving.gate()
    worse = scored_iteration(moving.project, moving.tags, moving.images, 3)
    moving.move("for the test", worse)
    unpublish_iteration(moving.actor, worse)
    delete_iteration(moving.actor, worse)
    assert "from 100.0 to 95.0" in moving.refusal().message
    delete_iteration(moving.actor, moving.old)
    moving.move()  # nothing is left to compare with
    assert PublishedName.objects.get().iteration == moving.new


def test_missing_scores_refuse_and_are_started() -> None:
    moving = Moving(wrong=0)
    moving.gate()
    LockedTestScore.objects.filter(iteration=moving.new, image__in=moving.images[:15]).delete()
    message = moving.refusal().message
    assert message == (
        "The locked test set is being scored: 15 of 40 images are left. Publish it again then, or give a reason"
        " (overrideReason) to publish it anyway."
    )
    job = LockedTestScoring.objects.get(iteration=moving.new).job
    assert job is not None
    assert LockedTestScoring.objects.get(iteration=moving.old).job is None
    judgment = judge_move(moving.new, "trees")
    assert [verdict.state for verdict in judgment.verdicts] == [GateState.WAITS]
    assert (judgment.scored, judgment.to_score) == (65, 80)
    keep_scores(moving.new, 2, moving.images[:15], 0)
    moving.move()


def test_scoring_that_failed_is_said_with_its_reason_and_started_anew() -> None:
    moving = Moving(wrong=0)
    moving.gate()
    LockedTestScore.objects.filter(iteration=moving.new).delete()
    moving.refusal()
    job = LockedTestScoring.objects.get(iteration=moving.new).job
    assert job is not None
    type(job).objects.filter(pk=job.pk).update(
        state="failed", finished=timezone.now(), error="The model's file is gone.", next_step="Train again."
    )
    (verdict,) = judge_move(moving.new, "trees").verdicts
    assert verdict.state == GateState.UNKNOWN
    assert verdict.sentence.endswith("did not score the locked test set: The model's file is gone. Train again")
    moving.refusal()
    again = LockedTestScoring.objects.get(iteration=moving.new).job
    assert again is not None
    assert again.pk != job.pk


def test_what_cannot_be_judged_says_why_and_refuses() -> None:
    few = Moving(wrong=0, images=29)
    few.gate()
    assert few.refusal().message.startswith(
        "Too few images of the locked test set count for both: 29 of the 30 that a rule needs."
    )
    none = Moving(wrong=0, images=0)
    none.gate()
    assert none.refusal().message.startswith("There is no locked test set with labels to compare on; choose one")
    none.move("we know it is better")
    assert PublishEvent.objects.latest("pk").override_reason == "we know it is better"


def test_a_rule_about_a_tag_that_no_image_shows_or_that_is_gone_cannot_be_judged() -> None:
    moving = Moving(wrong=0)
    rare = make_tag(moving.project, "rare")
    moving.gate(tag_id=rare.pk)
    assert moving.refusal().message.startswith(
        "Recall of rare at 50% cannot be measured: no image of the locked test set that counts for both shows it."
    )
    rare.delete()
    assert moving.refusal().message.startswith("A rule is about a tag that was deleted; delete the rule under History.")


def test_a_name_that_moves_while_it_is_judged_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    moving = Moving(wrong=2)
    moving.gate(points=1)
    worse = scored_iteration(moving.project, moving.tags, moving.images, 10)
    seen: list[Iteration | None] = []
    real = gate_judgment.judge_move

    def judged_while_it_moves(iteration: Iteration, name: str, **more: Any) -> Any:
        judgment = real(iteration, name, **more)
        seen.append(judgment.former)
        if len(seen) == 1:
            unpublish_iteration(moving.actor, worse)
            with monkeypatch.context() as patch:
                patch.setattr(publishing, "judge_move", real)
                moving.move(iteration=moving.old)
        return judgment

    unpublish_iteration(moving.actor, moving.old)
    moving.move("for the test", worse)
    monkeypatch.setattr(publishing, "judge_move", judged_while_it_moves)
    # Against the worse one it would pass; against the better one, which took the name meanwhile, it does not.
    with pytest.raises(Refusal, match="would fall by 5 points"):
        moving.move()
    assert seen == [worse, moving.old]


def test_a_gate_that_is_set_while_the_name_is_judged_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    moving = Moving(wrong=2)
    real, calls = gate_judgment.judge_move, []

    def judged_while_a_gate_is_set(iteration: Iteration, name: str, **more: Any) -> Any:
        judgment = real(iteration, name, **more)
        if not calls:
            moving.gate()
        calls.append(judgment)
        return judgment

    monkeypatch.setattr(publishing, "judge_move", judged_while_a_gate_is_set)
    assert moving.refusal().code == "BadRequestPublishGate"
    assert len(calls) == 2


@pytest.mark.parametrize("role", Role)
def test_who_may_set_a_gate(role: Role) -> None:
    project = make_project()
    actor = member(project, role)
    if role == Role.CONTRIBUTOR:
        gate = add_gate(actor, project, GateRule(GateMeasure.F1, most_fall_points=2.5))
        remove_gate(actor, project, gate.pk)
        lines = AuditEntry.objects.filter(act__endswith="publish_gate").order_by("pk")
        words = "F1 at 50% may fall by at most 2.5 points"
        assert [(line.act, line.detail["rule"]) for line in lines] == [
            ("add_publish_gate", words),
            ("remove_publish_gate", words),
        ]
    else:
        with pytest.raises(Refusal):
            add_gate(actor, project, GateRule(GateMeasure.F1))
        with pytest.raises(Refusal):
            remove_gate(actor, project, uuid4())
    assert project_gates(project.pk) == []


@pytest.mark.parametrize(
    "rule",
    [
        GateRule("speed"),
        GateRule(GateMeasure.F1, tag_id=uuid4()),
        GateRule(GateMeasure.F1, threshold_percent=101),
        GateRule(GateMeasure.F1, overlap_percent=-1),
        GateRule(GateMeasure.F1, most_fall_points=100.5),
        GateRule(GateMeasure.F1, most_fall_points=float("nan")),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: GateRule) -> None:
    project = make_project()
    with pytest.raises(Refusal) as refused:
        add_gate(key_actor(project), project, rule)
    assert refused.value.code == "BadRequestPublishGateRule"
    assert project_gates(project.pk) == []


def test_a_rule_is_set_once_and_there_is_a_most() -> None:
    project = make_project()
    for points in range(MOST_GATES):
        add_gate(key_actor(project), project, GateRule(GateMeasure.F1, most_fall_points=points))
        with pytest.raises(Refusal):
            add_gate(key_actor(project), project, GateRule(GateMeasure.F1, most_fall_points=points))
    with pytest.raises(Refusal, match="at most 20 rules"):
        add_gate(key_actor(project), project, GateRule(GateMeasure.RECALL))


def test_a_detector_is_judged_at_the_overlap_of_the_rule() -> None:
    project, tag, images = boxed_project()
    old, new = (searched_iteration(project, tag, images, loose) for loose in (0, 6))
    actor, target = key_actor(project), prediction_id()
    publish_iteration(actor, old, "bolts", target)
    for measure, overlap, words in (
        (
            GateMeasure.RECALL,
            60,
            "Recall at 50% and 60% overlap on the locked test set would fall by 20 points, from 100",
        ),
        (GateMeasure.AVERAGE_PRECISION, 60, "AP at 60% overlap on the locked test set would fall by "),
        (GateMeasure.F1, 40, ""),
    ):
        for tag_id in (None, tag.pk):
            gate = add_gate(actor, project, GateRule(measure, tag_id, overlap_percent=overlap, most_fall_points=1))
            (verdict,) = judge_move(new, "bolts").verdicts
            assert (verdict.state == GateState.PASSES) == (not words)
            said = verdict.sentence.replace(" of bolt", "").removeprefix("m")
            assert said.startswith(words)
            remove_gate(actor, project, gate.pk)


def test_the_words_of_a_detector_s_rules_name_the_overlap() -> None:
    project: Project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    ap = add_gate(key_actor(project), project, GateRule(GateMeasure.AVERAGE_PRECISION, most_fall_points=1))
    recall = add_gate(key_actor(project), project, GateRule(GateMeasure.RECALL, threshold_percent=40))
    assert [gate_words(each, {}) for each in (ap, recall)] == [
        "mAP at 30% overlap may fall by at most 1 point",
        "Recall at 40% and 30% overlap may not fall",
    ]


def test_without_gates_nothing_is_judged_and_nothing_scored() -> None:
    project = make_project()
    old, new = make_iteration(project), make_iteration(project)
    target = prediction_id()
    publish_iteration(key_actor(project), old, "trees", target)
    publish_iteration(key_actor(project), new, "trees", target, overwrite=True)
    assert not LockedTestScoring.objects.exists()
