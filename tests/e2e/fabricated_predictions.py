"""Stored predictions in a running install, as if a classifier had said so: run in a process of its own."""

import json
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

if TYPE_CHECKING:
    from tests.live_install import LiveInstall

Said = dict[str, float]


def store(project_id: UUID, answers: Sequence[Said]) -> None:
    """A prediction for each answer, a minute apart, of a picture of its most probable tag; the first is the newest."""
    import django

    django.setup()
    from django.utils import timezone

    from inference.ingesting import store_now
    from inference.stored_facts import facts_json
    from labeling.models import Tag
    from portal.imaging import ImageLimits, inspect
    from portal.models import Project
    from tests.builders import make_iteration
    from tests.pictures import picture

    project = Project.objects.get(pk=project_id)
    iteration = make_iteration(project)
    tags = {tag.name: tag for tag in Tag.objects.filter(project=project)}
    now = timezone.now() - timedelta(hours=1)
    for number, said in enumerate(answers):
        ranked = sorted(said.items(), key=lambda entry: -entry[1])
        image = picture(ranked[0][0], number)
        predictions = [
            {"tagId": str(tags[name].pk), "tagName": name, "tagType": "Regular", "probability": probability}
            for name, probability in ranked
        ]
        facts = facts_json(
            prediction_id=str(uuid4()),
            project_id=str(project.pk),
            iteration_id=iteration.pk,
            resource_id=None,
            published_name="",
            application=f"line {number % 2}",
            domain_id=project.domain_id,
            image=inspect(image, ImageLimits(max_bytes=2**20)),
            created=now - timedelta(minutes=number),
            predictions=json.dumps(predictions).encode(),
        )
        store_now(facts, image)


def store_in(install: "LiveInstall", project_id: str, answers: Sequence[Said]) -> None:
    """The same in a running install, from outside."""
    from tests.e2e.inside import run_inside

    run_inside(install, __file__, project_id, json.dumps(answers))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    store(UUID(sys.argv[1]), json.loads(sys.argv[2]))
