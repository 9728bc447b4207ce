"""Images that an iteration got wrong about a tag, from the scores of models that had not seen them."""

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

import numpy as np

from training.models import Iteration
from training.performance import scores_of


class Wrong(StrEnum):
    """How: the image has the tag and it was not predicted, or it was predicted and the image has it not."""

    MISSED = "missed"
    FALSE = "false"


def wrong_images(iteration: Iteration, tag_ids: Collection[UUID], threshold: float) -> dict[UUID, Wrong]:
    """Which images are wrong about any of the tags at `threshold` 0..1; missed counts before false.

    Predicted means at or above the threshold, as in the figures. Raises Refusal `BadRequestIterationIsNotTrained`.
    """
    scores = scores_of(iteration)
    columns = [index for index, tag in enumerate(scores.tags) if tag.tag_id in tag_ids]
    truth = scores.truth[:, columns]
    predicted = scores.probabilities[:, columns] >= np.asarray(threshold, dtype=scores.probabilities.dtype)
    is_missed = (truth & ~predicted).any(axis=1)
    is_false = (~truth & predicted).any(axis=1)
    wrong = {scores.image_ids[row]: Wrong.FALSE for row in np.flatnonzero(is_false)}
    wrong.update({scores.image_ids[row]: Wrong.MISSED for row in np.flatnonzero(is_missed)})
    return wrong
