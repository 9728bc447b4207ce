"""Suggested tags and regions as the wire has them."""

from uuid import UUID

from inference.tag_suggestions import ImageSuggestion
from labeling.files import original_name, resized_name, thumbnail_name
from portal.signed_files import signed_address
from portal.wire.records import WireBody, WireDate, WireRecord
from training.api.records import PredictionRecord


class SuggestedTagAndRegion(WireRecord):
    """What an iteration suggests for an image, whose id this is; a `predictionUncertainty` of 0 is sure."""

    id: UUID
    project: UUID
    iteration: UUID
    created: WireDate
    predictions: list[PredictionRecord]
    prediction_uncertainty: float


class StoredSuggestedTagAndRegion(SuggestedTagAndRegion):
    """The same with the image. The addresses need no key and live for a day at least."""

    width: int
    height: int
    resized_image_uri: str
    thumbnail_uri: str
    original_image_uri: str
    domain: UUID


class SuggestedTagAndRegionQueryToken(WireBody):
    """What to look for, and where the last page ended. Every part may be left out.

    `maxCount` is 50 unless told otherwise, 256 at most; `sortBy` UncertaintyAscending or UncertaintyDescending. A
    `session` without a `continuation` has come to its end.
    """

    tag_ids: list[UUID] = []
    threshold: float = 0.0
    session: str = ""
    continuation: str = ""
    max_count: int | None = None
    sort_by: str = ""


class SuggestedTagAndRegionQuery(WireRecord):
    """A page of suggestions; the token is to be sent back for the next one."""

    token: SuggestedTagAndRegionQueryToken
    results: list[StoredSuggestedTagAndRegion]


class TagFilter(WireBody):
    """Tags to count (all of the project where none is named), and how probable they have to be."""

    tag_ids: list[UUID] = []
    threshold: float = 0.0


def suggestion_record(suggestion: ImageSuggestion) -> SuggestedTagAndRegion:
    """A suggestion as the wire has it."""
    return SuggestedTagAndRegion(
        id=suggestion.image.pk,
        project=suggestion.image.project_id,
        iteration=suggestion.iteration_id,
        created=suggestion.created,
        predictions=[PredictionRecord.model_validate(each) for each in suggestion.predictions],
        prediction_uncertainty=suggestion.uncertainty,
    )


def stored_suggestion_record(suggestion: ImageSuggestion) -> StoredSuggestedTagAndRegion:
    """A suggestion with its image as the wire has it."""
    image = suggestion.image
    return StoredSuggestedTagAndRegion(
        **suggestion_record(suggestion).__dict__,
        width=image.width,
        height=image.height,
        resized_image_uri=signed_address(resized_name(image.project_id, image.sha256)),
        thumbnail_uri=signed_address(thumbnail_name(image.project_id, image.sha256)),
        original_image_uri=signed_address(original_name(image.project_id, image.sha256, image.media_type)),
        domain=suggestion.domain_id,
    )
