"""A predicted box as a page draws it over the picture."""

from dataclasses import dataclass

from inference.runtime import Prediction
from labeling.tag_keys import PageTag

# Nearer to the picture's top than this share of it, a box has its word inside.
WORD_NEEDS = 0.07
UNKNOWN_COLOR = 1


@dataclass(frozen=True)
class DrawnBox:
    """Lengths in percent of the picture; `tag` is None where it was deleted since."""

    tag: PageTag | None
    color: int
    name: str
    probability: float
    left: str
    top: str
    width: str
    height: str
    is_word_inside: bool


def drawn_box(prediction: Prediction, tag: PageTag | None) -> DrawnBox:
    """The prediction's box, cut to the picture. Raises ValueError for a prediction without one."""
    box = prediction.box
    if box is None:
        raise ValueError(f"the prediction of {prediction.name} has no box")
    left, top = max(0.0, box.left), max(0.0, box.top)
    right, bottom = min(1.0, box.left + box.width), min(1.0, box.top + box.height)
    edges = (left, top, max(0.0, right - left), max(0.0, bottom - top))
    return DrawnBox(
        tag,
        tag.color if tag else UNKNOWN_COLOR,
        prediction.name,
        prediction.probability,
        *(f"{100 * edge:.2f}" for edge in edges),
        is_word_inside=top < WORD_NEEDS,
    )
