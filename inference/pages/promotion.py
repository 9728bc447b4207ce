"""What the Predictions page sends: pictures that become training images, and those that are deleted."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse

from inference.predictions_to_images import WantedImage, images_from_predictions
from inference.stored_predictions import delete_predictions, media_types_of
from labeling.boxes import Box
from labeling.ingest_plan import Ingested
from labeling.models import LabelSource
from labeling.upload_words import upload_words
from labeling.uploads import IngestStatus
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right

EDGES = ("left", "top", "width", "height")
MOVED_OR_DELETED = "It was moved or deleted meanwhile."
WORDS = {
    IngestStatus.ERROR_INVALID_TAG: "One of its tags was deleted meanwhile: choose its tags anew.",
    IngestStatus.ERROR_NEGATIVE_AND_REGULAR: "The negative tag stands alone on an image: take it off, or the others.",
}


@page(Right.EDIT_IMAGES, methods=("POST",))
def promote_predictions(request: PageRequest, project: Project) -> HttpResponse:
    """`{"images": [{"image", "tags", "boxes", "hasNoObjects"}]}`, at most 64: what became of each, in their order."""
    wanted = [_wanted(each) for each in _list(request, "images")]
    results = images_from_predictions(request.actor, project, wanted, source=LabelSource.DRAWN)
    there = media_types_of(project, {each.prediction_id for each in wanted})
    answers = [
        {"image": str(each.prediction_id), **_answer(result, is_gone=each.prediction_id not in there)}
        for each, result in zip(wanted, results, strict=True)
    ]
    return JsonResponse({"images": answers})


@page(Right.EDIT_IMAGES, methods=("POST",))
def delete_stored_predictions(request: PageRequest, project: Project) -> HttpResponse:
    """`{"images": [ids]}`, at most 64. Cannot be undone."""
    try:
        ids = [UUID(each) for each in _list(request, "images")]
    except (ValueError, TypeError, AttributeError) as error:
        raise _not_understood() from error
    delete_predictions(request.actor, project, ids)
    return HttpResponse(status=204)


def _answer(result: Ingested, *, is_gone: bool) -> dict[str, Any]:
    is_moved = result.status.is_success
    words = result.message or WORDS.get(result.status) or upload_words(result)
    if is_gone and not is_moved:
        words = MOVED_OR_DELETED
    return {
        "isMoved": is_moved,
        "isGone": is_gone,
        "trainingImage": str(result.image_id or ""),
        "words": "" if result.status is IngestStatus.OK else words,
    }


def _wanted(record: Mapping[str, Any]) -> WantedImage:
    try:
        return WantedImage(
            UUID(record["image"]),
            tuple(UUID(tag) for tag in record.get("tags", ())),
            tuple(Box(UUID(box["tag"]), *(float(box[edge]) for edge in EDGES)) for box in record.get("boxes", ())),
            record.get("hasNoObjects") is True,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _not_understood() from error


def _list(request: PageRequest, name: str) -> Sequence[Any]:
    try:
        found = json.loads(request.body)[name]
    except (ValueError, KeyError, TypeError) as error:
        raise _not_understood() from error
    if not isinstance(found, list):
        raise _not_understood()
    return found


def _not_understood() -> Refusal:
    return Refusal("BadRequestInvalid", "This is not what the server understands. Load the page again.")
