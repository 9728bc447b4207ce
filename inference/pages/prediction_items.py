"""Stored predictions as the page's script takes them (`PredictionItem` in static/src/predictions/types.ts)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from inference.files import resized_name, thumbnail_name
from inference.models import StoredPrediction
from inference.uncertainty import LEAST_BOX_PROBABILITY
from portal.models import Project
from portal.signed_files import signed_path

# A tile says two of them; all of an answer over 500 tags would make pages of megabytes.
TAGS_ON_TILES = 5
EDGES = ("left", "top", "width", "height")


def prediction_items(
    project: Project, rows: Sequence[StoredPrediction], iteration_names: Mapping[UUID, str], *, is_whole: bool = False
) -> list[dict[str, Any]]:
    """What tiles need; `is_whole` gives every tag. Boxes of less than 10% are left out always."""
    return [_item(project, row, iteration_names, is_whole=is_whole) for row in rows]


def _item(project: Project, row: StoredPrediction, names: Mapping[UUID, str], *, is_whole: bool) -> dict[str, Any]:
    return {
        "image": str(row.pk),
        "width": row.width,
        "height": row.height,
        "thumbnail": signed_path(thumbnail_name(project.pk, row.pk)),
        "picture": signed_path(resized_name(project.pk, row.pk)),
        "iteration": names.get(row.iteration_id, "a deleted iteration"),
        "publishedName": row.published_name,
        "application": row.application,
        "created": row.created.isoformat(),
        "uncertainty": round(row.uncertainty, 3),
        "says": _says(row.predictions, is_whole=is_whole),
    }


def _says(predictions: Sequence[Mapping[str, Any]], *, is_whole: bool) -> list[dict[str, Any]]:
    boxes = [each for each in predictions if each.get("boundingBox")]
    if boxes:
        return [
            {**_tag(each), **{edge: round(each["boundingBox"][edge], 4) for edge in EDGES}}
            for each in boxes
            if each["probability"] >= LEAST_BOX_PROBABILITY
        ]
    return [_tag(each) for each in (predictions if is_whole else predictions[:TAGS_ON_TILES])]


def _tag(each: Mapping[str, Any]) -> dict[str, Any]:
    return {"tag": each["tagId"], "name": each["tagName"], "probability": round(each["probability"], 4)}
