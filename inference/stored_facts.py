"""What is kept about a prediction beside its image."""

import json
from datetime import datetime
from uuid import UUID

from portal.errors import Refusal
from portal.imaging import ImageFacts

LONGEST_APPLICATION = 256


def checked_application(application: str) -> str:
    """The name that a caller gives itself. Raises Refusal `BadRequestPredictionInvalidApplicationName`."""
    if not is_application(application):
        raise Refusal(
            "BadRequestPredictionInvalidApplicationName",
            f"application may have {LONGEST_APPLICATION} characters, and no NUL among them: shorten it.",
        )
    return application


def is_application(text: str) -> bool:
    """Whether it can be kept as an application's name."""
    return len(text) <= LONGEST_APPLICATION and "\0" not in text


def facts_json(
    *,
    prediction_id: str,
    project_id: str,
    iteration_id: UUID,
    resource_id: UUID | None,
    published_name: str,
    application: str,
    domain_id: UUID,
    image: ImageFacts,
    created: datetime,
    predictions: bytes,
    most_a_day: int | None = None,
) -> bytes:
    """The JSON object that the spool holds and the ingester reads; `predictions` is the array as answered.

    With `most_a_day`, the ingester keeps so many of the application's predictions of that day.
    """
    facts: dict[str, object] = {
        "id": prediction_id,
        "project": project_id,
        "iteration": str(iteration_id),
        "resource": str(resource_id) if resource_id else None,
        "published_name": published_name,
        "application": application,
        "domain": str(domain_id),
        "media_type": image.media_type,
        "width": image.width,
        "height": image.height,
        "created": created.isoformat(),
    }
    if most_a_day is not None:
        facts["most_a_day"] = most_a_day
    return json.dumps(facts).encode()[:-1] + b', "predictions": ' + predictions + b"}"
