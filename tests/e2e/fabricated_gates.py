"""A project in a running install with two completed iterations and a locked test set that both have answered.

Run in a process of its own. The first iteration is right about all 40 images, the second wrong about four.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.live_install import LiveInstall

PROJECT_NAME = "Behind a gate"


def make() -> str:
    """The project's id."""
    import django

    django.setup()
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from portal.models import Project, Resource, ResourceKind
    from portal.projects import ProjectSettings
    from tests.builders import make_project, make_tag
    from tests.inference.artifacts import make_artifact
    from tests.training.judged import lock_images, scored_iteration
    from training.models import Iteration

    resource = Resource.objects.filter(kind=ResourceKind.TRAINING).order_by("created").first()
    assert resource is not None
    project = make_project(resource, ProjectSettings(classification_type="Multiclass"))
    tags = [make_tag(project, name) for name in ("can", "cup")]
    images = lock_images(project, tags, 40)
    labels = [(str(tag.pk), tag.name, "regular") for tag in tags]
    for number, wrong in enumerate((0, 4), 1):
        iteration = scored_iteration(project, tags, images, wrong)
        name = f"projects/{project.pk}/iterations/{iteration.pk}/model.onnx"
        Iteration.objects.filter(pk=iteration.pk).update(
            number=number,
            name=f"Iteration {number}",
            artifact=default_storage.save(name, ContentFile(make_artifact(labels, order=(0, 1)))),
            result={"held_out": {"precision": 0.91, "recall": 0.9 - wrong / 100, "average_precision": 0.93}},
        )
    Project.objects.filter(pk=project.pk).update(name=PROJECT_NAME, iterations_started=2)
    return str(project.pk)


def make_in(install: "LiveInstall") -> str:
    """The same in a running install, from outside. Returns the project's id."""
    from tests.e2e.inside import run_inside

    return run_inside(install, __file__)[-1]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    print(make())
