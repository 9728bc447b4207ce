"""How long a training will take, from what trainings took on this install."""

from dataclasses import dataclass
from statistics import median
from uuid import UUID

from portal.domains import DOMAINS
from training.engine.detection.recipes import DETECTION_RECIPES
from training.engine.detection.steps import quick_steps
from training.engine.recipes import RECIPES
from training.models import Iteration, IterationState, TrainingType

# Fitted to trainings of 12, 33 and 367 images at 320 px on two cores: 3.7, 4.3 and 14.8 s.
REFERENCE_FIXED_SECONDS = 3.3
REFERENCE_SECONDS_PER_IMAGE = 0.0314
REFERENCE_SIDE_PIXELS = 320
# Eight images at 320 px: 0.9 s of one core.
REFERENCE_DETECTION_FIXED_SECONDS = 20.0
REFERENCE_SECONDS_PER_STEP = 0.6
ITERATIONS_LOOKED_AT = 20


@dataclass(frozen=True)
class Estimate:
    """Expected seconds of a Quick training; `is_measured` when trainings of this install stand behind it."""

    seconds: float
    is_measured: bool

    @property
    def words(self) -> str:
        """For a person: "about 20 s", "about 4 min"."""
        return duration_words(self.seconds)


def estimate_quick(domain_id: UUID, classification_type: str | None, image_count: int) -> Estimate:
    """Expected time of a Quick training of that many images (one query)."""
    past = Iteration.objects.filter(
        state=IterationState.COMPLETED, training_type=TrainingType.REGULAR, training_seconds__gt=0
    ).order_by("-trained")
    columns = ("domain_id", "classification_type", "snapshot__image_count", "training_seconds")
    # A detector's pace says little about a classifier's, and the reverse.
    domains = [domain for domain in DOMAINS if _is_detection(domain) == _is_detection(domain_id)]
    ratios = [
        seconds / _reference_seconds(domain, kind, images)
        for domain, kind, images, seconds in past.filter(domain_id__in=domains).values_list(*columns)[
            :ITERATIONS_LOOKED_AT
        ]
    ]
    expected = _reference_seconds(domain_id, classification_type, image_count)
    return Estimate(expected * (median(ratios) if ratios else 1.0), bool(ratios))


def _reference_seconds(domain_id: UUID, classification_type: str | None, image_count: int) -> float:
    if _is_detection(domain_id):
        return _reference_detection_seconds(image_count)
    recipe = RECIPES.get(str(domain_id))
    task = "multilabel" if classification_type == "Multilabel" else "multiclass"
    side_pixels = recipe.input_size(task) if recipe else REFERENCE_SIDE_PIXELS
    area = (side_pixels / REFERENCE_SIDE_PIXELS) ** 2
    return REFERENCE_FIXED_SECONDS + REFERENCE_SECONDS_PER_IMAGE * image_count * area


def _is_detection(domain_id: UUID) -> bool:
    return str(domain_id) in DETECTION_RECIPES


def _reference_detection_seconds(image_count: int) -> float:
    steps = quick_steps(image_count)
    return REFERENCE_DETECTION_FIXED_SECONDS + REFERENCE_SECONDS_PER_STEP * steps


def duration_words(seconds: float) -> str:
    """A time as people say it; never more exact than it is known."""
    if seconds < 10:
        return "about 10 s"
    if seconds < 100:
        return f"about {round(seconds / 10) * 10} s"
    if seconds < 3600 * 1.5:
        return f"about {round(seconds / 60)} min"
    return f"about {seconds / 3600:.1f} h"
