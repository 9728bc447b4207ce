"""Two completed classifiers in a running install that have answered to a locked test set, without any training.

Run in a process of its own. All images of the project are in the test set; the first iteration is wrong about every
second image of the first tag, the second about one image of the second tag.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

if TYPE_CHECKING:
    from tests.live_install import LiveInstall


def complete(project_id: UUID) -> list[UUID]:
    """Make both. Returns the iterations' ids, first and second."""
    import django

    django.setup()
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from django.utils import timezone

    from labeling.models import ImageTag, LockedTestImage, Snapshot, SnapshotTag, Tag, TestChoice
    from portal.models import Project
    from tests.inference.artifacts import make_artifact
    from training.models import Iteration, IterationState, LockedTestScore, LockedTestScoring, TrainingType

    project = Project.objects.get(pk=project_id)
    tags = list(Tag.objects.filter(project=project).order_by("position"))
    labels = ImageTag.objects.filter(image__project=project).order_by("image__created", "image_id")
    truth = [(row.image_id, [row.tag_id == tag.pk for tag in tags].index(True)) for row in labels]
    LockedTestImage.objects.bulk_create(
        LockedTestImage(image_id=image_id, project=project, choice=TestChoice.HAND, created_by="test")
        for image_id, _ in truth
    )
    made = []
    for number in (1, 2):
        snapshot = Snapshot.objects.create(project=project, digest=f"{number:064x}")
        for position, tag in enumerate(tags):
            SnapshotTag.objects.create(
                snapshot=snapshot, tag_id=tag.pk, name=tag.name, type=tag.type, position=position
            )
        artifact = make_artifact([(str(tag.pk), tag.name, "regular") for tag in tags], order=(0, 1))
        iteration = Iteration.objects.create(
            snapshot=snapshot,
            project=project,
            number=number,
            name=f"Iteration {number}",
            state=IterationState.COMPLETED,
            training_type=TrainingType.REGULAR,
            domain_id=project.domain_id,
            classification_type=project.classification_type,
            artifact=default_storage.save(
                f"projects/{project.pk}/iterations/{snapshot.pk}/model.onnx", ContentFile(artifact)
            ),
            result={
                "input_size": 256 + 64 * number,
                "backbone": "drawn",
                "seed": 1,
                "model": {"size_bytes": 9_000_000},
            },
            trained=timezone.now(),
            training_seconds=60,
        )
        of_tag = [0, 0]
        rows = []
        for image_id, tag in truth:
            of_tag[tag] += 1
            is_wrong = (tag == 0 and of_tag[0] % 2 == 0) if number == 1 else (tag == 1 and of_tag[1] == 1)
            probabilities = np.array([0.15, 0.15], "<f4")
            probabilities[tag ^ int(is_wrong)] = 0.85
            rows.append(LockedTestScore(iteration=iteration, image_id=image_id, scores=probabilities.tobytes()))
        LockedTestScore.objects.bulk_create(rows)
        LockedTestScoring.objects.create(
            iteration=iteration, image_milliseconds=20 * number, artifact_bytes=9_000_000, measured=timezone.now()
        )
        made.append(iteration.pk)
    Project.objects.filter(pk=project.pk).update(iterations_started=2)
    return made


def complete_in(install: "LiveInstall", project_id: str) -> list[str]:
    """The same in a running install, from outside. Returns the iterations' ids."""
    from tests.e2e.inside import run_inside

    return run_inside(install, __file__, project_id)[-2:]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    print(*complete(UUID(sys.argv[1])))
