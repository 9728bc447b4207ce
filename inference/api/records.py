"""Predictions as the wire has them."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator

from inference.files import original_name, resized_name, thumbnail_name
from inference.models import StoredPrediction
from portal.signed_files import signed_address
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


def _as_written(moment: datetime) -> datetime:
    """In UTC and to the millisecond, as the wire writes it; a moment without a zone is in UTC."""
    try:
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("this moment is beyond all calendars") from error
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


Moment = Annotated[WireDate, AfterValidator(_as_written)]


class PredictionQueryTag(WireBody):
    """A tag, and how probable it is: from 0 to 1 unless told otherwise, both ends included."""

    id: UUID | None = None
    min_threshold: float = 0.0
    max_threshold: float = 1.0


class PredictionQueryToken(WireBody):
    """What to look for, and where the last page ended. Every part may be left out.

    `maxCount` is 50 unless told otherwise, 256 at most; `orderBy` Newest, Oldest or Suggested (the most uncertain
    first). All of `tags`, two at most, have to match. A `session` without a `continuation` has come to its end.
    """

    session: str = ""
    continuation: str = ""
    max_count: int | None = None
    order_by: str = ""
    tags: list[PredictionQueryTag] = []
    iteration_id: UUID | None = None
    start_time: Moment | None = None
    end_time: Moment | None = None
    application: str = ""


class StoredImagePrediction(WireRecord):
    """A stored prediction with its image. The addresses need no key and live for a day at least."""

    resized_image_uri: str
    thumbnail_uri: str
    original_image_uri: str
    domain: UUID
    id: UUID
    project: UUID
    iteration: UUID
    created: WireDate
    predictions: list[PredictionRecord]


class PredictionQueryResult(WireRecord):
    """A page of stored predictions; the token is to be sent back for the next one."""

    token: PredictionQueryToken
    results: list[StoredImagePrediction]


def stored_prediction_record(row: StoredPrediction) -> StoredImagePrediction:
    """A stored prediction as the wire has it."""
    return StoredImagePrediction(
        resized_image_uri=signed_address(resized_name(row.project_id, row.pk)),
        thumbnail_uri=signed_address(thumbnail_name(row.project_id, row.pk)),
        original_image_uri=signed_address(original_name(row.project_id, row.pk, row.media_type)),
        domain=row.domain_id,
        id=row.pk,
        project=row.project_id,
        iteration=row.iteration_id,
        created=row.created,
        predictions=[PredictionRecord.model_validate(each) for each in row.predictions],
    )
