"""A project of many untagged images with suggestions, in a running install's data folder, straight to its database."""

import hashlib
import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid5

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._many_predictions import TAG_NAMES, entries  # noqa: E402
from benchmarks._trained_iteration import completed_iteration  # noqa: E402

TAGGED_EVERY = 10
# Of the untagged images, the oldest are not looked at yet: the walk to them is the longest there is.
LOOKED_AT_SHARE = 0.9
ROWS_PER_COMMIT = 2000


def fill(data: Path, count: int) -> dict[str, Any]:
    """Make the project; run in a process of its own whose SIGHTLINE_DATA is `data`. Returns its ids."""
    os.environ["SIGHTLINE_DATA"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    import django

    django.setup()
    from django.db import connection, transaction
    from django.utils import timezone

    from inference.models import Suggestion, SuggestionTag
    from inference.tag_probabilities import answer_uncertainty, tag_probabilities
    from labeling.models import Image, ImageTag, Snapshot, SnapshotTag
    from labeling.tags import create_tag
    from portal.actors import SYSTEM
    from portal.models import Resource, ResourceKind
    from portal.projects import create_project

    resource = Resource.objects.filter(kind=ResourceKind.TRAINING).first()
    assert resource is not None
    project = create_project(SYSTEM, resource, f"{count:,} images")
    tags = [create_tag(SYSTEM, project, name) for name in TAG_NAMES]
    snapshot = Snapshot.objects.create(project=project, digest="0" * 64)
    SnapshotTag.objects.bulk_create(
        SnapshotTag(snapshot=snapshot, tag_id=tag.pk, name=tag.name, type=tag.type, position=place)
        for place, tag in enumerate(tags)
    )
    iteration = completed_iteration(project, snapshot)
    chance = np.random.default_rng(count)
    now = timezone.now()
    for start in range(0, count, ROWS_PER_COMMIT):
        numbers = range(start, min(count, start + ROWS_PER_COMMIT))
        images = [
            Image(
                project=project,
                sha256=hashlib.sha256(f"{project.pk} {number}".encode()).hexdigest(),
                media_type="image/jpeg",
                size_bytes=60_000,
                width=640,
                height=480,
                created=now - timedelta(seconds=number),
                created_by="benchmark",
            )
            for number in numbers
        ]
        tagged = [image for number, image in zip(numbers, images, strict=True) if number % TAGGED_EVERY == 0]
        looked_at = [image for number, image in zip(numbers, images, strict=True) if number < LOOKED_AT_SHARE * count]
        rows = []
        for image in looked_at:
            said = entries(tags, chance)
            rows.append(
                Suggestion(
                    id=uuid5(iteration.pk, str(image.pk)),
                    iteration=iteration,
                    image=image,
                    predictions=said,
                    uncertainty=answer_uncertainty(said),
                    created=now,
                )
            )
        with transaction.atomic():
            Image.objects.bulk_create(images, batch_size=500)
            ImageTag.objects.bulk_create(
                (ImageTag(image=image, tag=tags[0], created_by="benchmark") for image in tagged), batch_size=500
            )
            Suggestion.objects.bulk_create(rows, batch_size=500)
            SuggestionTag.objects.bulk_create(
                (
                    SuggestionTag(suggestion=row, iteration_id=iteration.pk, tag_id=tag_id, probability=probability)
                    for row in rows
                    for tag_id, probability in tag_probabilities(row.predictions).items()
                ),
                batch_size=500,
            )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # as autovacuum does within a minute
            for table in (Image, ImageTag, Suggestion, SuggestionTag):
                cursor.execute(f"VACUUM ANALYZE {table._meta.db_table}")
    return {
        "database": connection.vendor,
        "project": str(project.pk),
        "iteration": str(iteration.pk),
        "tags": [str(tag.pk) for tag in tags],
    }


if __name__ == "__main__":
    print(json.dumps(fill(Path(sys.argv[1]), int(sys.argv[2]))))
