"""What is kept about a prediction beside its image."""

import json
from datetime import datetime
from uuid import UUID

from portal.imaging import ImageFacts


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
) -> bytes:
    """The JSON object that the spool holds and the ingester reads; `predictions` is the array as answered."""
    facts = {
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
    return json.dumps(facts).encode()[:-1] + b', "predictions": ' + predictions + b"}"
