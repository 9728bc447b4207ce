"""One thing that an iteration got wrong about an image that it had not seen."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

Corners = tuple[float, float, float, float]


# A box that shares this much with another is at the same place.
SAME_PLACE = 0.5


class ErrorKind(StrEnum):
    """How: said where nothing is, not said where it is, another tag said than is there, or a box badly placed.

    Each wrong answer and each missed label of the figures is in exactly one mistake; a confused or a loose one is a
    wrong answer and a missed label in one.
    """

    FALSE = "false"
    MISSED = "missed"
    CONFUSED = "confused"
    LOOSE = "loose"


@dataclass(frozen=True)
class Mistake:
    """`true_tag` is what a person says, `predicted_tag` what the model says; of a miss and a false answer one is None.

    `confidence` 0..1 is how sure the model was of being right: the probability of what it said, or of a miss how
    improbable it found the label. `corners` are left, top, right, bottom as fractions, of detectors alone. `twins`: how
    many labels of its tag a false box lies on, as a second box on one that was found does. `is_said_too`: the label's
    tag was said as well, only less surely, as can be with one tag an image below 50%; it is not missed.
    """

    image_id: UUID
    kind: ErrorKind
    confidence: float
    true_tag: UUID | None = None
    predicted_tag: UUID | None = None
    probability: float | None = None
    true_probability: float | None = None
    true_corners: Corners | None = None
    predicted_corners: Corners | None = None
    overlap: float | None = None
    twins: int = 0
    is_said_too: bool = False
