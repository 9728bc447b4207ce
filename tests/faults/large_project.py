"""A large project with real small files, written straight into a running install; all its images in one iteration.

`python -m tests.faults.large_project IMAGES`, in the install's environment; prints the project's id.
"""

import os
import subprocess
import sys

from tests.live_install import ROOT, LiveInstall

ROWS_PER_INSERT = 2000
FILE_BYTES = 300


def make_large_project(install: LiveInstall, image_count: int) -> str:
    """In a process of its own, as the install's settings want it; returns the project's id."""
    command = [sys.executable, "-m", "tests.faults.large_project", str(image_count)]
    environment = {**install.environment, "SIGHTLINE_DATA": str(install.data)}
    return subprocess.check_output(command, cwd=ROOT, env=environment, text=True).split()[-1]


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    import django

    django.setup()
    import hashlib
    from pathlib import Path

    from django.core.files.storage import default_storage

    from labeling.files import original_name, resized_name, thumbnail_name
    from labeling.models import Image, ImageTag
    from labeling.tags import create_tag
    from portal.actors import SYSTEM
    from portal.models import Resource, ResourceKind
    from portal.projects import create_project

    count = int(sys.argv[1])
    resource = Resource.objects.filter(kind=ResourceKind.TRAINING).first()
    assert resource is not None
    project = create_project(SYSTEM, resource, f"{count:,} images of {os.getpid()}")
    tag = create_tag(SYSTEM, project, "thing")
    for start in range(0, count, ROWS_PER_INSERT):
        images = [
            Image(
                project=project,
                sha256=hashlib.sha256(f"{project.pk} {number}".encode()).hexdigest(),
                media_type="image/jpeg",
                size_bytes=FILE_BYTES,
                width=640,
                height=480,
                created_by="benchmark",
            )
            for number in range(start, min(count, start + ROWS_PER_INSERT))
        ]
        for image in images:
            for name in (
                original_name(project.pk, image.sha256, image.media_type),
                resized_name(project.pk, image.sha256),
                thumbnail_name(project.pk, image.sha256),
            ):
                path = Path(default_storage.path(name))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"\xff\xd8" + os.urandom(FILE_BYTES - 2))
        Image.objects.bulk_create(images)
        ImageTag.objects.bulk_create(ImageTag(image=image, tag=tag, created_by="benchmark") for image in images)
    print(project.pk)


if __name__ == "__main__":
    main()
