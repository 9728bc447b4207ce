"""What a model says of one image."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BoundingBox:
    """Fractions 0..1 of the upright image, from its top left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Prediction:
    """How likely a tag is, 0..1; a detector's has a box."""

    id: str
    name: str
    type: str
    probability: float
    box: BoundingBox | None = None
