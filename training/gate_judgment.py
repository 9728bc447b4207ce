"""What a project's gates say of a published name that is to move from one iteration to another."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from portal.errors import Refusal
from training.gate_figures import GateFigures, gate_figures
from training.gates import gate_subject, gate_words, points_words, project_gates
from training.locked_test.scoring import ScoringProgress, ScoringState, ask_for_scores, scoring_progress
from training.models import Iteration, PublishGate
from training.name_history import former_iteration

# Below this many images one image more or less is over three points: a fall says nothing.
FEWEST_IMAGES = 30
_SENTENCES_IN_MESSAGE = 2
_POINTS_TOLERANCE = 1e-9


class GateState(StrEnum):
    PASSES = "passes"
    FAILS = "fails"
    WAITS = "waits"  # some image is still to be scored
    UNKNOWN = "unknown"  # it cannot be judged


@dataclass(frozen=True)
class GateVerdict:
    """One rule: `rule` in words, and what is so, a sentence without its full stop."""

    rule: str
    state: GateState
    sentence: str


@dataclass(frozen=True)
class Judgment:
    """All rules for a move away from `former`; None where nothing is left to compare with, so that none applies.

    It holds as long as the name and the rules are as they were: `former_id` and `gate_ids` tell.
    """

    former: Iteration | None
    gate_ids: frozenset[UUID]
    verdicts: tuple[GateVerdict, ...]
    progress: tuple[ScoringProgress, ...] = ()

    @property
    def refusing(self) -> tuple[GateVerdict, ...]:
        """Those that do not let it through."""
        return tuple(verdict for verdict in self.verdicts if verdict.state != GateState.PASSES)

    @property
    def is_waiting(self) -> bool:
        return any(verdict.state == GateState.WAITS for verdict in self.verdicts)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """State and words of each rule, for a list; what is said of several is said once."""
        said = [
            (each.state.value, each.rule if each.state == GateState.WAITS else each.sentence) for each in self.verdicts
        ]
        return list(dict.fromkeys(said))

    @property
    def scored(self) -> int:
        """Scores that are there, of both iterations."""
        return sum(each.scored for each in self.progress)

    @property
    def to_score(self) -> int:
        """Scores that both need."""
        return sum(each.wanted for each in self.progress)

    def still_holds(self, project_id: UUID, name: str) -> bool:
        """Whether name and rules are as they were (four queries). Ask it under the project's lock."""
        former = former_iteration(project_id, name)
        gates = PublishGate.objects.filter(project_id=project_id).values_list("pk", flat=True)
        return (former and former.pk) == (self.former and self.former.pk) and frozenset(gates) == self.gate_ids


def judge_move(iteration: Iteration, name: str, *, is_again: bool = False) -> Judgment:
    """What the rules say of `iteration` under `name`. Scores that are missing are asked for, `is_again` also where
    scoring failed before."""
    gates = project_gates(iteration.project_id)
    former = former_iteration(iteration.project_id, name)
    gate_ids = frozenset(gate.pk for gate in gates)
    if not gates or former is None or former.pk == iteration.pk:
        return Judgment(former, gate_ids, ())
    figures = gate_figures(former, iteration)
    progress: tuple[ScoringProgress, ...] = ()
    if figures.waiting:
        ask_for_scores([former, iteration], is_again=is_again)
        progress = tuple(scoring_progress([former, iteration]))
    missing = _missing_words((former, iteration), progress)
    verdicts = tuple(_verdict(gate, figures, missing) for gate in gates)
    return Judgment(former, gate_ids, verdicts, progress)


def _missing_words(iterations: tuple[Iteration, Iteration], progress: tuple[ScoringProgress, ...]) -> str:
    """Why the scores that are missing will not come by themselves; empty where they will."""
    for iteration, each in zip(iterations, progress, strict=False):
        if each.state in (ScoringState.FAILED, ScoringState.CANCELLED):
            why = each.error or "it was cancelled."
            return f"{iteration.name} did not score the locked test set: {why}".rstrip(".")
    return ""


def refuse_against(judgment: Judgment) -> None:
    """Raises Refusal `BadRequestPublishGate` where a rule does not let the move through."""
    refusing = judgment.refusing
    if not refusing:
        return
    sentences = list(dict.fromkeys(verdict.sentence for verdict in refusing))
    said = "; ".join(sentences[:_SENTENCES_IN_MESSAGE])
    more = len(sentences) - _SENTENCES_IN_MESSAGE
    if more > 0:
        said += f"; {more} more rule{'' if more == 1 else 's'} refuse{'s' if more == 1 else ''} it"
    mend = "Publish it again then" if judgment.is_waiting else "Publish another"
    raise Refusal("BadRequestPublishGate", f"{said}. {mend}, or give a reason (overrideReason) to publish it anyway.")


def _verdict(gate: PublishGate, figures: GateFigures, missing: str) -> GateVerdict:
    rule = gate_words(gate, figures.tag_names)
    if figures.waiting and missing:
        return GateVerdict(rule, GateState.UNKNOWN, missing)
    if figures.waiting:
        count = figures.waiting + figures.images
        words = f"The locked test set is being scored: {figures.waiting} of {count} images are left"
        return GateVerdict(rule, GateState.WAITS, words)
    if (why := _why_unknown(gate, figures)) is not None:
        return GateVerdict(rule, GateState.UNKNOWN, why)
    before, after = figures.of(gate)
    subject = gate_subject(gate, figures.tag_names)
    if before is None or after is None:
        words = f"{subject} cannot be measured: no image of the locked test set that counts for both shows it"
        return GateVerdict(rule, GateState.UNKNOWN, words)
    return _compared(gate, rule, subject, (100 * before, 100 * after), figures.images)


def _why_unknown(gate: PublishGate, figures: GateFigures) -> str | None:
    if gate.tag_id is not None and gate.tag_id not in figures.tag_names:
        return "A rule is about a tag that was deleted; delete the rule under History"
    if not figures.images and not figures.seen:
        return "There is no locked test set with labels to compare on; choose one under Training images"
    if figures.images < FEWEST_IMAGES:
        seen = f", and {figures.seen} were left out because one of the two was trained on them" if figures.seen else ""
        return (
            f"Too few images of the locked test set count for both: {figures.images} of the {FEWEST_IMAGES}"
            f" that a rule needs{seen}"
        )
    return None


def _compared(gate: PublishGate, rule: str, subject: str, figures: tuple[float, float], images: int) -> GateVerdict:
    before, after = figures
    fall = before - after
    most = gate.most_fall_points
    if fall <= most + _POINTS_TOLERANCE:
        change = "stay at" if abs(fall) < 0.05 else "fall" if fall > 0 else "rise"
        words = (
            f"{subject} would stay at {after:.1f}"
            if change == "stay at"
            else f"{subject} would {change} from {before:.1f} to {after:.1f}"
        )
        return GateVerdict(rule, GateState.PASSES, f"{words} on {images} images")
    # So many digits that the fall does not look like one that is allowed.
    digits = next((each for each in (1, 2, 3) if round(fall, each) > most), 4)
    allowed = f"at most {most:g} is allowed" if most else "none is allowed"
    words = (
        f"{subject} on the locked test set would fall by {points_words(round(fall, digits))},"
        f" from {before:.{digits}f} to {after:.{digits}f} on {images} images; {allowed}"
    )
    return GateVerdict(rule, GateState.FAILS, words)
