"""Where an image's files lie: named by project and SHA-256, so that the same bytes are one file."""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/webp": "webp",
}
WAITS_FOR_A_WRITER = 40
WAIT_SECONDS = 0.05
FOLDERS = ("images", "resized", "thumbnails")


def original_name(project_id: UUID, sha256: str, media_type: str) -> str:
    """Storage name of the bytes as they were uploaded."""
    return f"projects/{project_id}/images/{sha256[:2]}/{sha256}.{EXTENSIONS[media_type]}"


def resized_name(project_id: UUID, sha256: str) -> str:
    """Storage name of the upright copy for people."""
    return f"projects/{project_id}/resized/{sha256[:2]}/{sha256}.jpg"


def thumbnail_name(project_id: UUID, sha256: str) -> str:
    """Storage name of the small copy."""
    return f"projects/{project_id}/thumbnails/{sha256[:2]}/{sha256}.jpg"


def store(name: str, data: bytes) -> None:
    """Put a file into storage under exactly that name.

    A file of another size under it is what a process left that died while writing: it is replaced. Two that store
    the same bytes at once do each other no harm.
    """
    if default_storage.exists(name):
        # Another size is most often somebody else who is writing the same bytes at this moment.
        for _ in range(WAITS_FOR_A_WRITER):
            if _size(name) == len(data):
                return
            time.sleep(WAIT_SECONDS)
        default_storage.delete(name)
    saved_as = default_storage.save(name, ContentFile(data))
    if saved_as != name:  # somebody else stored the same bytes a moment earlier
        default_storage.delete(saved_as)


def _size(name: str) -> int | None:
    """Bytes of the file, or None when somebody else replaced it just now."""
    try:
        return default_storage.size(name)
    except FileNotFoundError:
        return None


def is_stored(project_id: UUID, sha256: str, media_type: str) -> bool:
    """Whether the original lies in storage; it is the first of the three to be deleted."""
    return default_storage.exists(original_name(project_id, sha256, media_type))


def delete_files(project_id: UUID, images: Iterable[tuple[str, str]]) -> None:
    """Delete all three files of each (sha256, media type); missing ones are passed over."""
    for sha256, media_type in images:
        for name in (
            original_name(project_id, sha256, media_type),
            resized_name(project_id, sha256),
            thumbnail_name(project_id, sha256),
        ):
            default_storage.delete(name)


def stored_before(project_id: UUID, moment: datetime) -> Iterator[tuple[str, str]]:
    """(sha256, storage name) of the project's image files that were written before `moment`."""
    for folder in FOLDERS:
        base = f"projects/{project_id}/{folder}"
        for shard in _listed(base)[0]:
            for file_name in _listed(f"{base}/{shard}")[1]:
                name = f"{base}/{shard}/{file_name}"
                try:
                    is_old = default_storage.get_modified_time(name) < moment
                except FileNotFoundError:
                    continue
                if is_old:
                    yield file_name.partition(".")[0].partition("_")[0], name


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
