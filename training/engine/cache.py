"""The folder for what is worth keeping between trainings, and whole-or-not-at-all writes."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.engine.errors import TrainingError


def cache_folder() -> Path:
    """`SIGHTLINE_CACHE`, else `sightline` in the user's cache folder; a temporary one if unwritable."""
    folder = Path(os.environ.get("SIGHTLINE_CACHE") or user_cache() / "sightline")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        shared = Path(tempfile.gettempdir()) / f"sightline-cache-{os.getuid()}"
        shared.mkdir(mode=0o700, exist_ok=True)
        if shared.stat().st_uid != os.getuid():
            raise TrainingError(
                f"No cache folder can be written: {folder} is read-only and {shared} belongs to someone else.",
                "Point SIGHTLINE_CACHE at a folder that this user may write to.",
            ) from None
        return shared


def user_cache() -> Path:
    """Where this user's programs keep such things; a container's user may have no name and no home."""
    told = os.environ.get("XDG_CACHE_HOME")
    if told:
        return Path(told)
    try:
        return Path.home() / ".cache"
    except RuntimeError:
        return Path(tempfile.gettempdir()) / f"sightline-home-{os.getuid()}"


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """A temporary path beside `target` that takes its place when the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # numpy.savez appends .npz to a name that lacks it, so the suffix stays last.
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
