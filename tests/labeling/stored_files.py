"""What lies in storage."""

from django.core.files.storage import default_storage

from labeling import files
from portal.models import Project


def stored_names(project: Project) -> set[str]:
    found = set()
    for folder in files.FOLDERS:
        base = f"projects/{project.pk}/{folder}"
        if default_storage.exists(base):
            for shard in default_storage.listdir(base)[0]:
                found |= {f"{base}/{shard}/{name}" for name in default_storage.listdir(f"{base}/{shard}")[1]}
    return found
