"""Image files that nothing names: left by whatever died between receiving an image and writing its row."""

import logging
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from labeling.files import listed, stored_before
from labeling.models import Image
from labeling.uploads import FOLDER_PREFIX
from portal.jobs.nightly import GRACE
from portal.models import Project

logger = logging.getLogger(__name__)

FILES_PER_DELETE = 500
UUID_TEXT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def sweep_orphan_files(grace: timedelta = GRACE) -> int:
    """Delete image files older than `grace` that no image row names; returns how many."""
    return sum(_sweep_project(project_id, grace) for project_id in stored_projects())


def stored_projects() -> list[UUID]:
    """The ids of all projects that have files in storage, whether they have a row or not."""
    return [UUID(folder) for folder in listed("projects")[0] if UUID_TEXT.fullmatch(folder)]


def _sweep_project(project_id: UUID, grace: timedelta) -> int:
    known = set(Image.objects.filter(project_id=project_id).values_list("sha256", flat=True))
    old_files = stored_before(project_id, timezone.now() - grace)
    orphans = [(sha256, name) for sha256, name in old_files if sha256 not in known]
    deleted = 0
    for start in range(0, len(orphans), FILES_PER_DELETE):
        deleted += _delete(project_id, orphans[start : start + FILES_PER_DELETE])
    if deleted:
        logger.info("deleted %s files without a row in project %s", deleted, project_id)
    return deleted


def _delete(project_id: UUID, orphans: Sequence[tuple[str, str]]) -> int:
    with transaction.atomic():
        Project.objects.select_for_update().filter(pk=project_id).exists()
        here = Image.objects.filter(project_id=project_id, sha256__in=[sha256 for sha256, _ in orphans])
        named = set(here.values_list("sha256", flat=True))
        gone = [name for sha256, name in orphans if sha256 not in named]
        for name in gone:
            default_storage.delete(name)
    return len(gone)


def sweep_upload_folders(grace: timedelta = GRACE) -> int:
    """Delete this host's folders of uploads that died while they were received; returns how many."""
    base = Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
    youngest = time.time() - grace.total_seconds()
    left = [folder for folder in base.glob(f"{FOLDER_PREFIX}*") if _is_older(folder, youngest)]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)


def _is_older(folder: Path, moment: float) -> bool:
    try:
        return folder.stat().st_mtime < moment
    except FileNotFoundError:  # its upload has ended just now
        return False
