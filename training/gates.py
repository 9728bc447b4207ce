"""The rules by which a published name may move to another iteration."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from portal import audit
from portal.actors import Actor, require
from portal.domains import DomainType
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project, project_domain
from training.models import GateMeasure, PublishGate

MOST_GATES = 20
MOST_FALL_POINTS = 100


@dataclass(frozen=True)
class GateRule:
    """What is asked for: the measure, overall or of one tag, may fall by at most so many points of 100."""

    measure: str
    tag_id: UUID | None = None
    threshold_percent: int = 50
    overlap_percent: int = 30
    most_fall_points: float = 0.0


def project_gates(project_id: UUID) -> list[PublishGate]:
    """The project's rules, the oldest first."""
    return list(PublishGate.objects.filter(project_id=project_id).select_related("project"))


def add_gate(actor: Actor, project: Project, rule: GateRule) -> PublishGate:
    """Let no published name of the project move against this rule from now on. Raises `BadRequestPublishGateRule`."""
    require(actor, Right.MANAGE_PROJECTS, project)
    with transaction.atomic():
        lock_project(project)
        gates = project_gates(project.pk)
        _check(project, rule, gates)
        gate = PublishGate.objects.create(
            project=project,
            measure=rule.measure,
            tag_id=rule.tag_id,
            threshold_percent=rule.threshold_percent,
            overlap_percent=rule.overlap_percent,
            most_fall_points=rule.most_fall_points,
            created_by=actor.name,
        )
        audit.record(
            actor, "add_publish_gate", project_id=project.pk, object_id=gate.pk, rule=gate_words(gate, _tags(project))
        )
    return gate


def remove_gate(actor: Actor, project: Project, gate_id: UUID) -> None:
    """Take the rule away; one that is gone already is no fault."""
    require(actor, Right.MANAGE_PROJECTS, project)
    with transaction.atomic():
        lock_project(project)
        gate = PublishGate.objects.filter(project=project, pk=gate_id).first()
        if gate is None:
            return
        words = gate_words(gate, _tags(project))
        gate.delete()
        audit.record(actor, "remove_publish_gate", project_id=project.pk, object_id=gate_id, rule=words)


def gate_words(gate: PublishGate, tag_names: dict[UUID, str]) -> str:
    """The rule as a sentence without its full stop."""
    if not gate.most_fall_points:
        return f"{gate_subject(gate, tag_names)} may not fall"
    return f"{gate_subject(gate, tag_names)} may fall by at most {points_words(gate.most_fall_points)}"


def gate_subject(gate: PublishGate, tag_names: dict[UUID, str]) -> str:
    """What the rule looks at: "Recall of can at 50%"."""
    is_detector = project_domain(gate.project).type is DomainType.OBJECT_DETECTION
    words = "mAP" if gate.tag_id is None else "AP"
    if gate.measure != GateMeasure.AVERAGE_PRECISION:
        words = {"precision": "Precision", "recall": "Recall", "f1": "F1"}[gate.measure]
    if gate.tag_id is not None:
        words += f" of {tag_names.get(gate.tag_id, 'a deleted tag')}"
    places = []
    if gate.measure != GateMeasure.AVERAGE_PRECISION:
        places.append(f"{gate.threshold_percent}%")
    if is_detector:
        places.append(f"{gate.overlap_percent}% overlap")
    return f"{words} at {' and '.join(places)}" if places else words


def points_words(points: float) -> str:
    """So many points of 100."""
    return f"{points:g} point{'' if points == 1 else 's'}"


def _tags(project: Project) -> dict[UUID, str]:
    return dict(project.tags.values_list("pk", "name"))


def _check(project: Project, rule: GateRule, gates: list[PublishGate]) -> None:
    code = "BadRequestPublishGateRule"
    if rule.measure not in GateMeasure.values:
        raise Refusal(code, "Choose what may not fall: precision, recall, F1 or average precision.")
    if rule.tag_id is not None and not project.tags.filter(pk=rule.tag_id).exists():
        raise Refusal(code, "This project has no such tag; it may have been deleted. Choose another.")
    if not 0 <= rule.threshold_percent <= 100 or not 0 <= rule.overlap_percent <= 100:
        raise Refusal(code, "A threshold is a percentage from 0 to 100: choose another.")
    if not 0 <= rule.most_fall_points <= MOST_FALL_POINTS:
        raise Refusal(code, f"How far it may fall is 0 to {MOST_FALL_POINTS} points: choose another number.")
    if len(gates) >= MOST_GATES:
        raise Refusal(code, f"A project has at most {MOST_GATES} rules: delete one first.")
    asked = (rule.measure, rule.tag_id, rule.threshold_percent, rule.overlap_percent, rule.most_fall_points)
    if any(
        asked == (gate.measure, gate.tag_id, gate.threshold_percent, gate.overlap_percent, gate.most_fall_points)
        for gate in gates
    ):
        raise Refusal(code, "This rule is there already: choose another.")
