"""A project of many stored predictions in a running install's data folder, written straight to its database."""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TAG_NAMES = ("glass", "paper", "cardboard", "plastic", "metal", "trash")
APPLICATIONS = ("line 1", "line 2", "line 3")
RARE_APPLICATION = "inspector"
RARE_EVERY = 5000
PUBLISHED, RARELY_PUBLISHED = "model", "trial"
QUICK_TEST_EVERY = 40
SPAN_DAYS = 29
ROWS_PER_COMMIT = 2000


def fill(data: Path, count: int) -> dict[str, Any]:
    """Make the project; run in a process of its own whose SIGHTLINE_DATA is `data`. Returns its ids."""
    os.environ["SIGHTLINE_DATA"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.db import connection, transaction
    from django.utils import timezone

    from inference.ingesting import tag_rows
    from inference.models import PredictionTag, StoredPrediction
    from labeling.tags import create_tag
    from portal.actors import SYSTEM
    from portal.models import Resource, ResourceKind
    from portal.projects import create_project

    resource = Resource.objects.filter(kind=ResourceKind.TRAINING).first()
    assert resource is not None
    project = create_project(SYSTEM, resource, f"{count:,} predictions")
    tags = [create_tag(SYSTEM, project, name) for name in TAG_NAMES]
    iterations = [uuid4(), uuid4(), uuid4()]
    chance = np.random.default_rng(count)
    now = timezone.now()

    def row(number: int) -> StoredPrediction:
        said = entries(tags, chance)
        return StoredPrediction(
            id=UUID(bytes=chance.bytes(16), version=4),
            project=project,
            # The last one has made a few only.
            iteration_id=iterations[2] if number < count // 1000 else iterations[int(chance.random() < 0.6)],
            resource_id=resource.pk,
            published_name=published_name(number),
            application=RARE_APPLICATION if number % RARE_EVERY == 0 else APPLICATIONS[number % len(APPLICATIONS)],
            domain_id=project.domain_id,
            image_sha256=f"{number:064x}",
            media_type="image/jpeg",
            width=640,
            height=480,
            size_bytes=60_000,
            predictions=said,
            uncertainty=answer_uncertainty(said),
            created=now - timedelta(days=SPAN_DAYS * (number + 1) / count),
        )

    from inference.tag_probabilities import answer_uncertainty

    for start in range(0, count, ROWS_PER_COMMIT):
        rows = [row(number) for number in range(start, min(count, start + ROWS_PER_COMMIT))]
        with transaction.atomic():
            StoredPrediction.objects.bulk_create(rows, batch_size=500)
            PredictionTag.objects.bulk_create((tag for each in rows for tag in tag_rows(each)), batch_size=500)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # as autovacuum does within a minute
            cursor.execute("VACUUM ANALYZE inference_storedprediction")
            cursor.execute("VACUUM ANALYZE inference_predictiontag")
    return {
        "database": connection.vendor,
        "project": str(project.pk),
        "tags": [str(tag.pk) for tag in tags],
        "iterations": [str(each) for each in iterations],
        "oldest": (now - timedelta(days=SPAN_DAYS)).isoformat(),
        "middle": (now - timedelta(days=SPAN_DAYS / 2)).isoformat(),
        "tag_rows": PredictionTag.objects.count(),
    }


def published_name(number: int) -> str:
    """Mostly one, seldom another, now and then a Quick Test."""
    if number % RARE_EVERY == 1:
        return RARELY_PUBLISHED
    return "" if number % QUICK_TEST_EVERY == 0 else PUBLISHED


def entries(tags: list[Any], chance: np.random.Generator) -> list[dict[str, Any]]:
    """A classifier's answer, mostly rather sure."""
    probabilities = np.sort(chance.dirichlet(np.full(len(tags), 0.3)))[::-1]
    order = chance.permutation(len(tags))
    return [
        {
            "tagId": str(tags[place].pk),
            "tagName": tags[place].name,
            "tagType": "Regular",
            "boundingBox": None,
            "probability": float(probability),
        }
        for place, probability in zip(order, probabilities, strict=True)
    ]


if __name__ == "__main__":
    print(json.dumps(fill(Path(sys.argv[1]), int(sys.argv[2]))))
