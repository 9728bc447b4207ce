"""What an answer says of each tag, in the shape that queries ask it in."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from inference.uncertainty import box_uncertainty, tag_uncertainty

# Below it a probability counts as 0 in queries: an answer over 500 tags is a handful of rows, not 500.
LEAST_PROBABILITY = 0.01

Answer = Sequence[Mapping[str, Any]]


def tag_probabilities(predictions: Answer) -> dict[UUID, float]:
    """The highest probability of each tag in an answer as it is stored, as far as it counts."""
    highest: dict[UUID, float] = {}
    for each in predictions:
        if each["probability"] >= LEAST_PROBABILITY:
            tag_id = UUID(each["tagId"])
            highest[tag_id] = max(highest.get(tag_id, 0.0), each["probability"])
    return highest


def answer_uncertainty(predictions: Answer) -> float:
    """How unsure the model is; 0 where a detector finds nothing at all."""
    probabilities = [each["probability"] for each in predictions]
    has_boxes = any(each.get("boundingBox") for each in predictions)
    return box_uncertainty(probabilities) if has_boxes else tag_uncertainty(probabilities)
