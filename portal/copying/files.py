"""Files of one project under names of another: the same bytes, one file where the disk can do so."""

import os
import shutil
from pathlib import Path
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage

from labeling.files import TEMPORARY_PREFIX


def copy_file(source: str, target: str) -> None:
    """Make `target` hold what `source` holds; a target that is there stays, for it holds the same.

    On a disk it is a second name of the same bytes (a hard link): no time and no room, and each name goes by itself,
    since files here are replaced, never written into. Else the bytes are copied piece by piece.
    Raises FileNotFoundError where there is no source.
    """
    if isinstance(default_storage, FileSystemStorage):
        _copy_on_disk(Path(default_storage.path(source)), Path(default_storage.path(target)), default_storage)
        return
    if default_storage.exists(target):
        return
    if not default_storage.exists(source):
        raise FileNotFoundError(source)
    with default_storage.open(source, "rb") as content:
        saved_as = default_storage.save(target, File(content))
    if saved_as != target:  # somebody else copied the same a moment earlier
        default_storage.delete(saved_as)


def _copy_on_disk(source: Path, target: Path, storage: FileSystemStorage) -> None:
    if not target.parent.is_dir():
        _make_folder(target.parent, storage.directory_permissions_mode or 0o777)
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except FileNotFoundError:
        raise
    except OSError:  # this disk has no hard links, or too many names of this file
        _copy_bytes(source, target)
        return
    # The nightly sweep takes old files without a row for left-overs; the row of this one is about to come.
    os.utime(target)


def _copy_bytes(source: Path, target: Path) -> None:
    temporary = target.with_name(f"{TEMPORARY_PREFIX}{uuid4().hex}")
    try:
        with source.open("rb") as content, temporary.open("xb") as copy:
            os.fchmod(copy.fileno(), source.stat().st_mode & 0o777)
            shutil.copyfileobj(content, copy)
            copy.flush()
            os.fsync(copy.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _make_folder(folder: Path, mode: int) -> None:
    """With all folders above it in that mode."""
    if not folder.is_dir():
        _make_folder(folder.parent, mode)
        folder.mkdir(mode, exist_ok=True)
