"""Where an image's files lie: named by project and SHA-256, so that the same bytes are one file."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/webp": "webp",
}
FOLDERS = ("images", "resized", "thumbnails")
# No digest begins so: the nightly sweep finds no row for what a killed process left under it.
TEMPORARY_PREFIX = "new-"


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
    """Put a file into storage under exactly that name, whole or not at all; a file that is there is replaced.

    When it returns, the bytes outlive a power failure. Any number may store the same bytes at once: each replaces
    whole bytes by the same. Raises OSError, or what the object storage raises.
    """
    if isinstance(default_storage, FileSystemStorage):
        _replace_file(default_storage, name, data)
        return
    # An object in S3 appears whole.
    if default_storage.exists(name):
        if _size(name) == len(data):
            return
        default_storage.delete(name)
    saved_as = default_storage.save(name, ContentFile(data))
    if saved_as != name:  # somebody else stored the same bytes a moment earlier
        default_storage.delete(saved_as)


def _replace_file(storage: FileSystemStorage, name: str, data: bytes) -> None:
    path = Path(storage.path(name))
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{uuid4().hex}")
    try:
        descriptor = _create(temporary, storage)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _create(path: Path, storage: FileSystemStorage) -> int:
    """A descriptor of a new file, and of its folder where that is new too."""
    flags, mode = os.O_WRONLY | os.O_CREAT | os.O_EXCL, storage.file_permissions_mode or 0o666
    try:
        return os.open(path, flags, mode)
    except FileNotFoundError:
        _make_folder(path.parent, storage.directory_permissions_mode or 0o777)
        return os.open(path, flags, mode)


def _make_folder(folder: Path, mode: int) -> None:
    """With all folders above it in that mode; os.makedirs gives it to the last alone."""
    if not folder.is_dir():
        _make_folder(folder.parent, mode)
        folder.mkdir(mode, exist_ok=True)


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
        for shard in listed(base)[0]:
            for file_name in listed(f"{base}/{shard}")[1]:
                name = f"{base}/{shard}/{file_name}"
                if is_older(name, moment):
                    yield file_name.partition(".")[0].partition("_")[0], name


def is_older(name: str, moment: datetime) -> bool:
    """Whether the stored file was put there before `moment`; False for one that is gone."""
    try:
        put_there = default_storage.get_modified_time(name)
        if isinstance(default_storage, FileSystemStorage):
            # A copied project's file may be a second name of one that is much older.
            put_there = max(put_there, default_storage.get_created_time(name))
        return put_there < moment
    except FileNotFoundError:
        return False


def listed(folder: str) -> tuple[list[str], list[str]]:
    """Folders and files in a folder of the storage; none where there is no such folder."""
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
