"""Stored predictions as rows without files."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from inference.ingesting import tag_rows
from inference.models import PredictionTag, StoredPrediction
from inference.tag_probabilities import answer_uncertainty
from labeling.models import Tag
from portal.models import Project

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def predicted(tag: Tag, probability: float, box: tuple[float, float, float, float] | None = None) -> dict[str, Any]:
    names = ("left", "top", "width", "height")
    return {
        "tagId": str(tag.pk),
        "tagName": tag.name,
        "tagType": tag.type,
        "boundingBox": dict(zip(names, box, strict=True)) if box else None,
        "probability": probability,
    }


def store_row(
    project: Project,
    said: Mapping[Tag, float] | list[dict[str, Any]],
    minutes: float = 0,
    iteration_id: UUID | None = None,
    application: str = "",
    published_name: str = "",
) -> UUID:
    """A classifier's answer, or entries as `predicted` makes them, so many minutes after START."""
    entries = [predicted(tag, probability) for tag, probability in said.items()] if isinstance(said, Mapping) else said
    row = StoredPrediction.objects.create(
        project=project,
        iteration_id=iteration_id or uuid4(),
        application=application,
        published_name=published_name,
        domain_id=project.domain_id,
        image_sha256="0" * 64,
        media_type="image/png",
        width=50,
        height=40,
        size_bytes=100,
        predictions=entries,
        uncertainty=answer_uncertainty(entries),
        created=START + timedelta(minutes=minutes),
    )
    PredictionTag.objects.bulk_create(tag_rows(row))
    return row.pk
