"""A small real model, published in a project of a running install, without any training.

`python -m tests.faults.published_model PROJECT_ID PREDICTION_RESOURCE_ID NAME`, in the install's environment.
"""

import os
import subprocess
import sys
from uuid import UUID

from tests.live_install import ROOT, LiveInstall


def publish_model(install: LiveInstall, project: str, name: str) -> None:
    """In a process of its own, as the install's settings want it."""
    command = [sys.executable, "-m", "tests.faults.published_model", project, install.prediction_resource_id, name]
    environment = {**install.environment, "SIGHTLINE_DATA": str(install.data)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    import django

    django.setup()
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from portal.actors import SYSTEM
    from portal.models import Project
    from tests.builders import make_iteration
    from tests.inference.artifacts import make_artifact
    from training.models import Iteration
    from training.publishing import publish_iteration

    project = Project.objects.get(pk=UUID(sys.argv[1]))
    iteration = make_iteration(project)
    artifact = f"projects/{project.pk}/iterations/{iteration.pk}/attempt-1.onnx"
    iteration.artifact = default_storage.save(artifact, ContentFile(make_artifact()))
    iteration.artifact_sha256 = ""
    iteration.save()
    Project.objects.filter(pk=project.pk).update(iterations_started=iteration.number)
    publish_iteration(SYSTEM, Iteration.objects.get(pk=iteration.pk), sys.argv[3], sys.argv[2], overwrite=True)


if __name__ == "__main__":
    main()
