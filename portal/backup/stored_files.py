"""The files of the storage, to a folder and back. A stored file never changes: what is there already is left alone."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from uuid import uuid4

from django.core.files.storage import FileSystemStorage, default_storage

AT_ONCE = 8
FILES_PER_TURN = 1000
TEMPORARY_PREFIX = "new-"  # what a writer has not finished, there as here


def copy_out(folder: Path) -> int:
    """Copy every stored file that `folder` lacks. Returns how many.

    What is deleted meanwhile is passed over. Raises OSError, or what the object storage raises.
    """
    return _copy(_stored(), lambda name, size: _take_out(name, size, folder / name))


def copy_in(folder: Path) -> int:
    """Put every file of `folder` that the storage lacks into it. Returns how many."""
    return _copy(_files_below(folder), lambda name, size: _put_in(folder / name, name, size))


def _copy(files: Iterable[tuple[str, int]], copy_one: Callable[[str, int], bool]) -> int:
    remaining, copied = iter(files), 0
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while turn := list(islice(remaining, FILES_PER_TURN)):
            copied += sum(threads.map(lambda each: copy_one(*each), turn))
    return copied


def _stored() -> Iterator[tuple[str, int]]:
    """Name and size of every file in the storage."""
    if isinstance(default_storage, FileSystemStorage):
        yield from _files_below(Path(default_storage.location))
        return
    prefix = f"{default_storage.location}/".lstrip("/")  # type: ignore[attr-defined]
    for each in default_storage.bucket.objects.filter(Prefix=prefix):  # type: ignore[attr-defined]
        yield each.key.removeprefix(prefix), each.size


def _files_below(base: Path) -> Iterator[tuple[str, int]]:
    for where, _, names in os.walk(base):
        for name in names:
            path = Path(where) / name
            try:
                size = path.stat().st_size
            except FileNotFoundError:
                continue
            if not name.startswith(TEMPORARY_PREFIX):
                yield str(path.relative_to(base)), size


def _take_out(name: str, size: int, target: Path) -> bool:
    if _size(target) == size:
        return False
    try:
        with default_storage.open(name, "rb") as source:
            write_whole(target, lambda file: shutil.copyfileobj(source, file))
    except FileNotFoundError:
        return False
    return True


def _put_in(source: Path, name: str, size: int) -> bool:
    if isinstance(default_storage, FileSystemStorage):
        target = Path(default_storage.path(name))
        if _size(target) == size:
            return False
        with source.open("rb") as file:
            write_whole(target, lambda out: shutil.copyfileobj(file, out))
        return True
    if default_storage.exists(name):
        if default_storage.size(name) == size:
            return False
        default_storage.delete(name)
    with source.open("rb") as file:
        default_storage.save(name, file)
    return True


def write_whole(target: Path, write: Callable[..., object]) -> None:
    """A file of that name, for its owner alone, whole or not at all."""
    make_folder(target.parent)
    temporary = target.with_name(f"{TEMPORARY_PREFIX}{uuid4().hex}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """For its owner alone, as are those above it that are missing; pathlib would do so with the last alone."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
