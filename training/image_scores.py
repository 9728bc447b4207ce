"""What an iteration's held-out model said of one image."""

from uuid import UUID

import numpy as np

from labeling.models import SnapshotTag
from portal.actors import Actor, require
from portal.permissions import Right
from training.models import ImageScore, Iteration
from training.performance import TagProbability


def image_scores(actor: Actor, iteration: Iteration, image_id: UUID) -> list[TagProbability]:
    """Probabilities of all tags, most probable first; none for an image that was not judged (two queries)."""
    require(actor, Right.VIEW, iteration.project)
    score = ImageScore.objects.filter(iteration=iteration, image_id=image_id).only("probabilities").first()
    if score is None:
        return []
    tags = SnapshotTag.objects.filter(snapshot_id=iteration.pk).order_by("position")
    probabilities = np.frombuffer(bytes(score.probabilities), dtype="<f4").tolist()
    scores = [TagProbability(tag, probability) for tag, probability in zip(tags, probabilities, strict=True)]
    return sorted(scores, key=lambda each: -each.probability)
