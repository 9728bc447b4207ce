"""A predicted box as a page draws it over the picture."""

from dataclasses import dataclass

from inference.runtime import Prediction
from labeling.tag_keys import PageTag

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


def drawn_box(prediction: Prediction, tag: PageTag | None) -> DrawnBox:
    """The prediction's box, cut to the picture. Raises ValueError for a prediction without one."""
    box = prediction.box
    if box is None:
        raise ValueError(f"the prediction of {prediction.name} has no box")
    left, top = max(0.0, box.left), max(0.0, box.top)
    right, bottom = min(1.0, box.left + box.width), min(1.0, box.top + box.height)
    return DrawnBox(
        tag=tag,
        color=tag.color if tag else UNKNOWN_COLOR,
        name=prediction.name,
        probability=prediction.probability,
        left=_percent(left),
        top=_percent(top),
        width=_percent(max(0.0, right - left)),
        height=_percent(max(0.0, bottom - top)),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"
