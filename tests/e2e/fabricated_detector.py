"""A completed detector in a running install, without any training: run in a process of its own.

It finds the same three boxes on every picture; half of the project's images are held out, on each of which it has
found all but the first box, and one that is not there.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

if TYPE_CHECKING:
    from tests.live_install import LiveInstall

FOUND_EVERYWHERE = [(0.1, 0.1, 0.45, 0.5, 0, 0.93), (0.5, 0.02, 0.9, 0.4, 1, 0.71), (0.2, 0.6, 0.5, 0.9, 0, 0.12)]


def complete(project_id: UUID) -> UUID:
    """Freeze the project's boxes and say what was found on them. Returns the iteration's id."""
    import django

    django.setup()
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from django.utils import timezone

    from labeling.snapshots import frozen_images, gather, write_snapshot
    from portal.models import Project
    from tests.inference.artifacts import make_detector
    from training.kept_detections import BOX
    from training.models import ImageDetections, Iteration, IterationState, TrainingType

    project = Project.objects.get(pk=project_id)
    gathered = gather(project)
    snapshot = write_snapshot(gathered)
    labels = [(str(tag.pk), tag.name, "regular") for tag in gathered.tags]
    artifact = f"projects/{project.pk}/iterations/{snapshot.pk}/model.onnx"
    iteration = Iteration.objects.create(
        snapshot=snapshot,
        project=project,
        number=1,
        name="Iteration 1",
        state=IterationState.COMPLETED,
        training_type=TrainingType.REGULAR,
        domain_id=project.domain_id,
        artifact=default_storage.save(artifact, ContentFile(make_detector(FOUND_EVERYWHERE, labels))),
        trained=timezone.now(),
        training_seconds=60,
    )
    Project.objects.filter(pk=project.pk).update(iterations_started=1)
    place = {tag.pk: index for index, tag in enumerate(gathered.tags)}
    for image in frozen_images(snapshot.pk)[::2]:
        found = [
            (place[box.tag_id], 0.9, (box.left, box.top, box.left + box.width * 0.8, box.top + box.height))
            for box in image.regions[1:]
        ]
        rows = np.array([*found, (0, 0.6, (0.02, 0.02, 0.1, 0.1))], BOX)
        ImageDetections.objects.create(iteration=iteration, image_id=image.id, boxes=rows.tobytes())
    return iteration.pk


def complete_in(install: "LiveInstall", project_id: str) -> str:
    """The same in a running install, from outside. Returns the iteration's id."""
    from tests.e2e.inside import run_inside

    return run_inside(install, __file__, project_id)[-1]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    print(complete(UUID(sys.argv[1])))
