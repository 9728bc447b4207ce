"""A completed iteration with held-out scores in a running install's large project, without any training."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

if TYPE_CHECKING:
    from labeling.models import Snapshot
    from portal.models import Project
    from training.models import Iteration

ROOT = Path(__file__).resolve().parent.parent
SEED = 20240917


def completed_iteration(project: "Project", snapshot: "Snapshot") -> "Iteration":
    """The row of a first iteration that says it is completed; its artifact is not there. After django.setup()."""
    from django.utils import timezone

    from training.models import Iteration, IterationState, TrainingType

    return Iteration.objects.create(
        snapshot=snapshot,
        project=project,
        number=1,
        name="Iteration 1",
        state=IterationState.COMPLETED,
        training_type=TrainingType.REGULAR,
        domain_id=project.domain_id,
        classification_type=project.classification_type,
        artifact="benchmark.onnx",
        artifact_sha256="0" * 64,
        trained=timezone.now(),
        training_seconds=60,
    )


def complete(data: Path, project_id: UUID) -> UUID:
    """Freeze the project's labels and score them by chance; run in a process of its own. Returns the iteration's id."""
    os.environ["SIGHTLINE_DATA"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from labeling.snapshots import frozen_images, gather, write_snapshot
    from portal.models import Project
    from training.models import ImageScore

    project = Project.objects.get(pk=project_id)
    gathered = gather(project)
    snapshot = write_snapshot(gathered)
    iteration = completed_iteration(project, snapshot)
    Project.objects.filter(pk=project.pk).update(iterations_started=1)
    images = frozen_images(snapshot.pk)
    column = {tag.pk: index for index, tag in enumerate(gathered.tags)}
    logits = np.random.default_rng(SEED).normal(size=(len(images), len(column)))
    for row, image in enumerate(images):
        logits[row, [column[tag_id] for tag_id in image.tag_ids]] += 3
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    ImageScore.objects.bulk_create(
        (
            ImageScore(iteration=iteration, image_id=image.id, fold=row % 5, probabilities=scores.tobytes())
            for row, (image, scores) in enumerate(zip(images, probabilities.astype("<f4"), strict=True))
        ),
        batch_size=1000,
    )
    return iteration.pk


if __name__ == "__main__":
    print(complete(Path(sys.argv[1]), UUID(sys.argv[2])))
