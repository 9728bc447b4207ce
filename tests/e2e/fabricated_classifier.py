"""A completed classifier in a running install, without any training: run in a process of its own.

It is sure of every image's own tag but of each fourth image's: of these it is as sure of the tag after that.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

if TYPE_CHECKING:
    from tests.live_install import LiveInstall

SURE = 0.94


def complete(project_id: UUID) -> UUID:
    """Freeze the project's labels and say what was found. Returns the iteration's id."""
    import django

    django.setup()
    from django.utils import timezone

    from labeling.snapshots import frozen_images, gather, write_snapshot
    from portal.models import Project
    from training.models import ImageScore, Iteration, IterationState, TrainingType

    project = Project.objects.get(pk=project_id)
    gathered = gather(project)
    snapshot = write_snapshot(gathered)
    iteration = Iteration.objects.create(
        snapshot=snapshot,
        project=project,
        number=1,
        name="Iteration 1",
        state=IterationState.COMPLETED,
        training_type=TrainingType.REGULAR,
        domain_id=project.domain_id,
        classification_type=project.classification_type,
        artifact="nowhere.onnx",
        artifact_sha256=snapshot.pk.hex * 2,
        trained=timezone.now(),
        training_seconds=60,
    )
    Project.objects.filter(pk=project.pk).update(iterations_started=1)
    tags = [tag.pk for tag in gathered.tags]
    for number, image in enumerate(sorted(frozen_images(snapshot.pk), key=lambda each: each.id)):
        place = tags.index(next(iter(image.tag_ids)))
        said = np.full(len(tags), (1 - SURE) / max(1, len(tags) - 1), "<f4")
        said[(place + 1) % len(tags) if number % 4 == 0 else place] = SURE
        ImageScore.objects.create(iteration=iteration, image_id=image.id, fold=0, probabilities=said.tobytes())
    return iteration.pk


def complete_in(install: "LiveInstall", project_id: str) -> str:
    """The same in a running install, from outside. Returns the iteration's id."""
    from tests.e2e.inside import run_inside

    return run_inside(install, __file__, project_id)[-1]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    print(complete(UUID(sys.argv[1])))
