"""What iterations were made with, and what they cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from portal.domains import DOMAINS
from training.models import Iteration, LockedTestScoring, TrainingType

NONE = "–"  # noqa: RUF001


@dataclass(frozen=True)
class RecipeRow:
    """One line: a value for each iteration; `differs` where they are not all the same."""

    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


@dataclass(frozen=True)
class RecipeTable:
    """`unmeasured`: the time for one image is still to be measured for some iteration."""

    rows: tuple[RecipeRow, ...]
    unmeasured: bool


def recipe_table(iterations: Sequence[Iteration]) -> RecipeTable:
    """Recipe and cost of completed iterations, side by side (one query)."""
    measured = LockedTestScoring.objects.in_bulk([each.pk for each in iterations])
    readers: list[tuple[str, Callable[[Iteration], str]]] = [
        ("Domain", lambda each: DOMAINS[each.domain_id].name),
        ("Backbone", lambda each: str(each.result.get("backbone", NONE))),
        ("Input size", _input_size),
        ("Images", lambda each: f"{each.result.get('image_count', 0):,}" if each.result else NONE),
        ("Training type", _training_type),
        ("Steps or epochs", _length),
        ("Started from", lambda each: each.base_iteration.name if each.base_iteration else "Pretrained weights"),
        ("Seed", lambda each: str(each.result.get("seed", each.seed))),
        ("Training time", lambda each: _duration(each.training_seconds)),
        ("Time for one image here", lambda each: _milliseconds(measured.get(each.pk))),
        ("File size", lambda each: _megabytes(each.result, measured.get(each.pk))),
    ]
    rows = [RecipeRow(name, tuple(read(each) for each in iterations)) for name, read in readers]
    known = [each for each in measured.values() if each.image_milliseconds is not None]
    return RecipeTable(tuple(rows), len(known) < len(iterations))


def _input_size(iteration: Iteration) -> str:
    size = iteration.result.get("input_size")
    return f"{size} px" if size else NONE


def _training_type(iteration: Iteration) -> str:
    if iteration.training_type == TrainingType.REGULAR:
        return "Quick"
    return f"Advanced, {iteration.budget_hours} h" if iteration.budget_hours else "Advanced"


def _length(iteration: Iteration) -> str:
    """A detector's steps of the model that ships; the epochs of fine-tuning, where it ships."""
    result = iteration.result
    schedule: dict[str, Any] = result.get("schedule") or {}
    if "final_steps" in schedule:
        steps = schedule["final_steps"] if result.get("shipped") == "all" else schedule["split_steps"]
        return f"{steps:,} steps"
    if result.get("shipped") == "probe":
        return "Probe on frozen features"
    epochs = schedule.get("epochs") or max((point.get("epochs", 0) for point in iteration.curve), default=0)
    return f"{epochs} epochs" if epochs else NONE


def _duration(seconds: float) -> str:
    if not seconds:
        return NONE
    if seconds < 60:
        return f"{seconds:.0f} s"
    whole = timedelta(seconds=round(seconds))
    minutes, rest = divmod(int(whole.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _milliseconds(scoring: LockedTestScoring | None) -> str:
    if scoring is None or scoring.image_milliseconds is None:
        return "Not measured yet"
    value = scoring.image_milliseconds
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def _megabytes(result: dict[str, Any], scoring: LockedTestScoring | None) -> str:
    size = scoring.artifact_bytes if scoring and scoring.artifact_bytes else result.get("model", {}).get("size_bytes")
    return f"{size / 1e6:.1f} MB" if size else NONE
