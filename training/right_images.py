"""Images that an iteration got right about a tag, from what models said that had not seen them."""

from collections.abc import Collection
from uuid import UUID

import numpy as np

from training.judged import JudgedOn, JudgedScores, judged, judged_matches
from training.models import Iteration


def right_images(
    iteration: Iteration,
    tag_ids: Collection[UUID],
    threshold_percent: int,
    overlap_percent: int,
    judged_on: JudgedOn = JudgedOn.UNSEEN,
    *,
    is_first: bool = False,
) -> set[UUID]:
    """Those with a right answer about any of the tags, or about any at all where none is given.

    With `is_first` the tag of a classifier that knows one tag an image must also be the most probable one, as its
    confusion matrix counts. Raises Refusal `BadRequestIterationIsNotTrained`.
    """
    source = judged(iteration, judged_on)
    places = [place for place, tag in enumerate(source.tags) if not tag_ids or tag.tag_id in tag_ids]
    limit = np.float32(threshold_percent / 100)
    if isinstance(source, JudgedScores):
        is_right = source.truth & (source.probabilities >= limit)
        if is_first and source.is_multiclass:
            is_right &= source.probabilities == source.probabilities.max(axis=1, keepdims=True, initial=0)
        rows = is_right[:, places].any(axis=1)
    else:
        rows = np.zeros(len(source.image_ids), dtype=bool)
        for row, (found, matches) in enumerate(zip(source.found, judged_matches(source, overlap_percent), strict=True)):
            rows[row] = bool(((matches >= 0) & (found.scores >= limit) & np.isin(found.tags, places)).any())
    return {source.image_ids[row] for row in np.flatnonzero(rows).tolist()}
