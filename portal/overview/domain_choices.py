"""Domains as a person chooses among them: each with one line that is true on this machine."""

from dataclasses import dataclass
from statistics import median

from portal.domains import DOMAINS, GENERAL_DETECTION, Domain, DomainType
from training.engine.detection.recipes import DETECTION_RECIPES, DetectionRecipe, detector_title
from training.engine.recipes import LITE0, RECIPES
from training.estimate import estimate_quick
from training.models import Iteration, IterationState, TrainingType

ASSUMED_IMAGES = 100
# Start and seconds an image of a Quick training by input side, measured on two cores (docs/domains.md).
MEASURED_SECONDS = {224: (3.1, 0.017), 320: (3.3, 0.031), 384: (4.3, 0.052)}
MEASURED_TRAININGS = 20


@dataclass(frozen=True)
class DomainChoice:
    domain: Domain
    line: str

    @property
    def is_compact(self) -> bool:
        return self.domain.is_exportable


def domain_choices(kind: DomainType) -> list[DomainChoice]:
    """The domains of that type that are offered, in Custom Vision's order (one query)."""
    if kind is DomainType.OBJECT_DETECTION:
        # All cost the same: whatever the input, training sees windows of one size.
        time = estimate_quick(GENERAL_DETECTION, None, ASSUMED_IMAGES)
        where = "here" if time.is_measured else "on two cores"
        words = f"{time.words} for {ASSUMED_IMAGES} images {where}"
        recipes = [(domain, DETECTION_RECIPES[str(domain.id)]) for domain in _of(kind)]
        return [DomainChoice(domain, _detection_line(recipe, words)) for domain, recipe in recipes]
    slower = _slower_than_measured()
    return [DomainChoice(domain, _line(domain, slower)) for domain in _of(kind)]


def _of(kind: DomainType) -> list[Domain]:
    return [domain for domain in DOMAINS.values() if domain.type is kind and domain.is_enabled]


def _detection_line(recipe: DetectionRecipe, time: str) -> str:
    first, last = recipe.input_sizes[0], recipe.input_sizes[-1]
    sizes = f"{first} px" if first == last else f"For small things: {first} to {last} px, chosen from the boxes"
    model = detector_title(recipe.backbone)
    if recipe.backbone is not LITE0:
        model += f" where its weights can be had, else on {LITE0.title}"
    return f"{sizes}, {time}. {model}."


def _line(domain: Domain, slower: float | None) -> str:
    recipe = RECIPES[str(domain.id)]
    side = recipe.input_size("multiclass")
    where = "here" if slower is not None else "on two cores"
    seconds = _expected_seconds(side, ASSUMED_IMAGES) * (slower or 1)
    time = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
    if recipe.backbone is not LITE0:
        return (
            f"{recipe.backbone.title}, {side} px, where its weights can be had; else {LITE0.title}, {side} px,"
            f" about {time} for {ASSUMED_IMAGES} images {where}."
        )
    same = f" The recipe of General{' (compact)' if domain.is_exportable else ''}."
    line = f"{recipe.backbone.title}, {side} px, about {time} for {ASSUMED_IMAGES} images {where}."
    return line if domain.name.startswith("General") else line + same


def _expected_seconds(side: int, images: int) -> float:
    start, each = MEASURED_SECONDS[side]
    return start + each * images


def _slower_than_measured() -> float | None:
    """How many times longer Quick trainings took here lately than was measured; None before the first."""
    done = Iteration.objects.filter(
        state=IterationState.COMPLETED, training_type=TrainingType.REGULAR, training_seconds__gt=0
    ).order_by("-trained")
    ratios = []
    for seconds, images, side in done.values_list("training_seconds", "snapshot__image_count", "result__input_size")[
        :MEASURED_TRAININGS
    ]:
        if side in MEASURED_SECONDS:
            ratios.append(seconds / _expected_seconds(side, images))
    return median(ratios) if ratios else None
