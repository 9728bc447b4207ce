"""Publish an artifact in an install's data folder, as its portal would. Prints key and project as JSON.

Arguments: the artifact, then the names; `--unpublish` takes the names away again.
"""

import hashlib
import json
import os
import sys
from pathlib import Path
from uuid import UUID, uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.core.files import File  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from labeling.models import Snapshot  # noqa: E402
from portal.actors import SYSTEM  # noqa: E402
from portal.domains import GENERAL_CLASSIFICATION, GENERAL_DETECTION  # noqa: E402
from portal.keys import reveal  # noqa: E402
from portal.models import Project, Resource, ResourceKind  # noqa: E402
from portal.projects import ProjectSettings, create_project  # noqa: E402
from portal.resources import create_resource  # noqa: E402
from training.models import Iteration, IterationState, PublishedName, TrainingType  # noqa: E402
from training.publishing import publish_iteration, unpublish_iteration  # noqa: E402

NAME = "benchmark"


def main() -> None:
    path, *names = sys.argv[1:]
    if path == "--unpublish":
        for published in PublishedName.objects.filter(name__in=names).select_related("iteration__project"):
            unpublish_iteration(SYSTEM, published.iteration)
        return
    call_command("migrate", verbosity=0)
    domain = GENERAL_DETECTION if "detector" in Path(path).name else GENERAL_CLASSIFICATION
    project = Project.objects.filter(name=NAME).first() or _make_project(domain)
    resource = Resource.objects.get(kind=ResourceKind.PREDICTION, name=f"{NAME}-prediction")
    for name in names:
        publish_iteration(SYSTEM, _make_iteration(project, Path(path)), name, resource.full_id)
    found = {
        "key": reveal(resource.keys.get(slot=1)),
        "training_key": reveal(project.resource.keys.get(slot=1)),
        "project": str(project.pk),
    }
    print(json.dumps(found))


def _make_project(domain: UUID) -> Project:
    create_resource(SYSTEM, ResourceKind.PREDICTION, f"{NAME}-prediction")
    resource = create_resource(SYSTEM, ResourceKind.TRAINING, NAME)
    return create_project(SYSTEM, resource, NAME, project_settings=ProjectSettings(domain_id=domain))


def _make_iteration(project: Project, path: Path) -> Iteration:
    with path.open("rb") as file:
        artifact = default_storage.save(f"projects/{project.pk}/iterations/{uuid4()}.onnx", File(file))
    number = Iteration.objects.filter(project=project).count() + 1
    return Iteration.objects.create(
        snapshot=Snapshot.objects.create(project=project, digest=f"{number:064x}"),
        project=project,
        number=number,
        name=f"Iteration {number}",
        state=IterationState.COMPLETED,
        training_type=TrainingType.REGULAR,
        domain_id=project.domain_id,
        artifact=artifact,
        artifact_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        trained=timezone.now(),
    )


main()
