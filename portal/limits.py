"""Custom Vision's limits, in one place: those of the tier that SIGHTLINE_TIER names, else S0's without its rates.

Rates are calls a second to one resource, by what the call does; None means that nobody counts.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class CallKind(StrEnum):
    """What a call does, for its rate."""

    STORED_PREDICTION = "stored prediction"
    PREDICTION = "prediction"
    TRAIN = "training"
    OTHER = "call"


@dataclass(frozen=True)
class Tier:
    """What a pricing tier of Custom Vision holds a resource to."""

    name: str
    projects: int
    tags: int
    images: int
    predictions_a_month: int | None
    calls_a_second: dict[CallKind, int] | None


S0 = Tier(
    name="S0",
    projects=100,
    tags=500,
    images=100_000,
    predictions_a_month=None,
    calls_a_second={
        CallKind.STORED_PREDICTION: 10,
        CallKind.PREDICTION: 20,
        CallKind.TRAIN: 10,
        CallKind.OTHER: 10,
    },
)
F0 = Tier(
    name="F0",
    projects=2,
    tags=50,
    images=5_000,
    predictions_a_month=10_000,
    calls_a_second={
        CallKind.STORED_PREDICTION: 2,
        CallKind.PREDICTION: 2,
        CallKind.TRAIN: 2,
        CallKind.OTHER: 10,
    },
)
UNMETERED = Tier("none", S0.projects, S0.tags, S0.images, predictions_a_month=None, calls_a_second=None)
TIERS = {tier.name.lower(): tier for tier in (S0, F0, UNMETERED)}


def tier_named(name: str) -> Tier:
    """The tier; case does not count, and no name is none. Raises ImproperlyConfigured."""
    try:
        return TIERS[name.strip().lower() or "none"]
    except KeyError:
        raise ImproperlyConfigured(f"SIGHTLINE_TIER is S0, F0 or none, not {name!r}.") from None


TIER = tier_named(settings.SIGHTLINE_TIER)

PROJECTS_PER_RESOURCE = TIER.projects
TAGS_PER_PROJECT = TIER.tags
TAGS_PER_IMAGE = 100
IMAGES_PER_PROJECT = TIER.images
ITERATIONS_PER_PROJECT = 20
REGIONS_PER_IMAGE = 300
TRAINING_IMAGE_BYTES = 6 * 1024 * 1024
PREDICTION_IMAGE_BYTES = 4 * 1024 * 1024
IMAGE_BATCH = 64
REGIONS_PER_BATCH = 64
TAGS_PER_BATCH = 20
CLASSIFICATION_MINIMUM_TAGS = 2
CLASSIFICATION_IMAGES_PER_TAG = 5
DETECTION_IMAGES_PER_TAG = 15
NAME_CHARACTERS = 256
