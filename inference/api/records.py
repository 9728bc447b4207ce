"""Predictions as the wire has them."""

from uuid import UUID

from portal.wire.records import WireBody, WireDate, WireRecord
from training.api.records import PredictionRecord


class ImagePredictionRecord(WireRecord):
    """What an iteration says of an image, most probable tag first."""

    id: UUID
    project: UUID
    iteration: UUID
    created: WireDate
    predictions: list[PredictionRecord]


class ImageUrl(WireBody):
    """Where the image lies."""

    url: str
