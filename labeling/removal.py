"""Removing images: out of the workspace, and out of storage when nothing holds them any more."""

from uuid import UUID

from django.db import transaction

from labeling.files import delete_files
from labeling.models import Image

ROWS_PER_DELETE = 500


def remove_unheld_images(project_id: UUID) -> None:
    """Delete rows and files of images that left the workspace and are in no snapshot; can run twice.

    Files go first: a crash between leaves a row that the next run finds again, never a file that nothing names.
    A file stays while another row of the project has the same bytes (removed, then uploaded again).
    """
    unheld = Image.objects.filter(project_id=project_id, removed__isnull=False, snapshot_images__isnull=True)
    while rows := list(unheld.values_list("pk", "sha256", "media_type")[:ROWS_PER_DELETE]):
        keys = [key for key, _, _ in rows]
        with transaction.atomic():
            shared = set(
                Image.objects.filter(project_id=project_id, sha256__in=[sha256 for _, sha256, _ in rows])
                .exclude(pk__in=keys)
                .values_list("sha256", flat=True)
            )
            delete_files(project_id, [(sha, media_type) for _, sha, media_type in rows if sha not in shared])
            Image.objects.filter(pk__in=keys).delete()
