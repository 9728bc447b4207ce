"""What a classifier got wrong, from truth and probabilities."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from training.errors.mistakes import ErrorKind, Mistake
from training.metrics import Scores, Truth


def tag_mistakes(
    tag_ids: Sequence[UUID],
    image_ids: Sequence[UUID],
    truth: Truth,
    probabilities: Scores,
    threshold: float,
    *,
    multiclass: bool,
) -> list[Mistake]:
    """Of `truth` and `probabilities` [images, tags], in the images' order, at a threshold 0..1.

    Predicted means at or above the threshold, as in the figures. Where an image has one tag, a tag that was said in
    place of the right one is a confusion: the most probable of them, if there are several.
    """
    predicted = probabilities >= np.asarray(threshold, dtype=probabilities.dtype)
    false, missed = predicted & ~truth, truth & ~predicted
    mistakes: list[Mistake] = []
    for row in np.flatnonzero((false | missed).any(axis=1)).tolist():
        said = np.flatnonzero(false[row])
        said = said[np.argsort(-probabilities[row, said], kind="stable")]
        lacking = np.flatnonzero(missed[row])
        mistakes += _of_image(tag_ids, image_ids[row], probabilities[row], said, lacking, multiclass)
    return mistakes


def _of_image(
    tag_ids: Sequence[UUID],
    image_id: UUID,
    probabilities: Scores,
    said: NDArray[np.intp],
    lacking: NDArray[np.intp],
    multiclass: bool,
) -> Iterator[Mistake]:
    confused = min(len(said), len(lacking)) if multiclass else 0
    for said_tag, true_tag in zip(said[:confused].tolist(), lacking[:confused].tolist(), strict=True):
        probability = float(probabilities[said_tag])
        yield Mistake(
            image_id,
            ErrorKind.CONFUSED,
            confidence=probability,
            true_tag=tag_ids[true_tag],
            predicted_tag=tag_ids[said_tag],
            probability=probability,
            true_probability=float(probabilities[true_tag]),
        )
    for tag in said[confused:].tolist():
        probability = float(probabilities[tag])
        yield Mistake(
            image_id, ErrorKind.FALSE, confidence=probability, predicted_tag=tag_ids[tag], probability=probability
        )
    for tag in lacking[confused:].tolist():
        probability = float(probabilities[tag])
        yield Mistake(
            image_id,
            ErrorKind.MISSED,
            confidence=1 - probability,
            true_tag=tag_ids[tag],
            true_probability=probability,
        )
