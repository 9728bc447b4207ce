"""The flavors of an ONNX export."""

from dataclasses import dataclass

# Raise it when what is made from the same artifact changes: clients then see `newerVersionAvailable`.
EXPORTER_VERSION = "1"
# Of a probability, or of a side of a box as a fraction, from the iteration's own.
LARGEST_DIFFERENCE = 1e-3
MEAN_DIFFERENCE_ROUNDED = 0.02


@dataclass(frozen=True)
class Flavor:
    """How the model is written: in which opset (None: the one that it has), and with which weights.

    Rounded weights may decide another way between two boxes on one thing, so that one box is far from the
    iteration's own; their answers are judged by the mean.
    """

    name: str
    words: str
    opset: int | None = None
    has_half_weights: bool = False


PLAIN = Flavor("", "For any runtime of the last years. The answers are the prediction URL's.")
FLAVORS = (
    PLAIN,
    Flavor("ONNX12", "Opset 12, for runtimes from 2020 on. The answers are the same.", opset=12),
    Flavor("ONNX10", "Opset 10, for runtimes from 2019 on. The answers are the same.", opset=10),
    Flavor(
        "ONNXFloat16",
        "Half the size: weights in 16 bits, computed in 32. The answers differ a little.",
        has_half_weights=True,
    ),
)
_BY_NAME = {flavor.name.lower(): flavor for flavor in FLAVORS}


def find_flavor(name: str) -> Flavor | None:
    """The flavor of that name in any case; None for one that there is not."""
    return _BY_NAME.get(name.lower())
