"""A completed classifier in a running install, without any training: run in a process of its own.

It tells the project's two tags apart by the mean color of a picture: the first is red, the second green.
"""

import os
import sys
from pathlib import Path
from uuid import UUID


def complete(project_id: UUID) -> UUID:
    """Freeze the project's labels and put a model beside them. Returns the iteration's id."""
    import django

    django.setup()
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from django.utils import timezone

    from labeling.snapshots import gather, write_snapshot
    from portal.models import Project
    from tests.inference.artifacts import make_artifact
    from training.models import Iteration, IterationState, TrainingType

    project = Project.objects.get(pk=project_id)
    gathered = gather(project)
    snapshot = write_snapshot(gathered)
    labels = [(str(tag.pk), tag.name, "regular") for tag in gathered.tags]
    artifact = f"projects/{project.pk}/iterations/{snapshot.pk}/model.onnx"
    number = project.iterations_started + 1
    iteration = Iteration.objects.create(
        snapshot=snapshot,
        project=project,
        number=number,
        name=f"Iteration {number}",
        state=IterationState.COMPLETED,
        training_type=TrainingType.REGULAR,
        domain_id=project.domain_id,
        classification_type=project.classification_type,
        artifact=default_storage.save(artifact, ContentFile(make_artifact(labels, order=(0, 1)))),
        trained=timezone.now(),
        training_seconds=60,
    )
    Project.objects.filter(pk=project.pk).update(iterations_started=number)
    return iteration.pk


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    print(complete(UUID(sys.argv[1])))
