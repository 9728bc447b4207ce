"""What iterations said of the same images of the locked test set, beside what people say of them today."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from training.detection_metrics import Detections


@dataclass(frozen=True)
class CommonTag:
    """A tag of the project, as it is today."""

    tag_id: UUID
    name: str


@dataclass(frozen=True)
class CommonImages:
    """The images of a comparison: those of today's test set that no compared iteration has seen, and are scored.

    `seen` counts images left out because an iteration, or one that it started from, was trained on them or on one
    that looks nearly the same; `waiting` counts images that some iteration has still to score.
    """

    tags: tuple[CommonTag, ...]
    image_ids: tuple[UUID, ...]
    seen: int
    waiting: int


@dataclass(frozen=True)
class CommonScores(CommonImages):
    """Of classifiers: `truth` [images, tags]; `probabilities` of each iteration [images, tags].

    A tag that an iteration does not know has the probability 0 in it.
    """

    truth: NDArray[np.bool_]
    probabilities: tuple[NDArray[np.float32], ...]


@dataclass(frozen=True)
class CommonBoxes(CommonImages):
    """Of detectors: `truth` of each image; `found` of each iteration and image, in falling score.

    Tags by their place in `tags`; boxes of tags that the project no longer has are left out.
    """

    truth: tuple[Detections, ...]
    found: tuple[tuple[Detections, ...], ...]
