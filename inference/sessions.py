"""Loaded models, the unused let go."""

import ctypes
import hashlib
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage, default_storage

from inference.runtime import ArtifactRefused, ServedModel, load_model

MOST_MODELS = 16
# A quick test comes with others; what is published costs its first caller a moment when it is loaded again.
UNPUBLISHED_SECONDS = 60.0
PUBLISHED_SECONDS = 3600.0
PIECE_BYTES = 1024 * 1024


@dataclass
class _Loaded:
    model: ServedModel
    used: float


class ModelCache:
    """Models by the storage name of their artifact. Safe to share by threads; each artifact is loaded once."""

    def __init__(self, most_models: int = MOST_MODELS) -> None:
        self._most_models = most_models
        self._models: OrderedDict[str, _Loaded] = OrderedDict()
        self._loading: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, artifact: str, sha256: str) -> ServedModel:
        """The model, loaded from storage where it is not in memory.

        Raises ArtifactRefused, also when the bytes are not those that were trained, and OSError of the storage.
        """
        model = self._find(artifact)
        if model is not None:
            return model
        with self._lock:
            turn = self._loading.setdefault(artifact, threading.Lock())
        with turn:
            model = self._find(artifact)
            if model is None:
                model = load_artifact(artifact, sha256)
                self._keep(artifact, model)
                return_memory()
            return model

    def holds(self, artifact: str) -> bool:
        """Whether the model is in memory."""
        with self._lock:
            return artifact in self._models

    @property
    def room(self) -> int:
        """How many models may be in memory."""
        return self._most_models

    def let_go(self, artifact: str) -> None:
        """Forget the model; whoever runs it now comes to the end."""
        with self._lock:
            found = self._models.pop(artifact, None)
        if found is not None:
            del found
            return_memory()

    def let_go_unused(self, published: Collection[str]) -> None:
        """Forget what nobody has used for a while: a minute, and an hour for what is published."""
        now = time.monotonic()
        with self._lock:
            unused = [
                artifact
                for artifact, loaded in self._models.items()
                if now - loaded.used > (PUBLISHED_SECONDS if artifact in published else UNPUBLISHED_SECONDS)
            ]
        for artifact in unused:
            self.let_go(artifact)

    def _find(self, artifact: str) -> ServedModel | None:
        with self._lock:
            loaded = self._models.get(artifact)
            if loaded is None:
                return None
            loaded.used = time.monotonic()
            self._models.move_to_end(artifact)
            return loaded.model

    def _keep(self, artifact: str, model: ServedModel) -> None:
        with self._lock:
            self._models[artifact] = _Loaded(model, time.monotonic())
            self._loading.pop(artifact, None)
            while len(self._models) > self._most_models:
                self._models.popitem(last=False)


# What the prediction front serves and what quick tests run are one set of models in a process.
process_models = ModelCache()


def load_artifact(artifact: str, sha256: str) -> ServedModel:
    """Check that an artifact in storage is what was trained, and load it. Raises as `ModelCache.get`."""
    with _local_file(artifact) as path:
        if sha256 and _digest(path) != sha256:
            raise ArtifactRefused(f"The artifact {artifact} is not the file that was trained: its SHA-256 differs.")
        return load_model(path)


def return_memory() -> None:
    """Give freed memory back to the system: what loading a model leaves behind is more than the model."""
    if _libc() is not None:
        _libc().malloc_trim(0)


@contextmanager
def _local_file(artifact: str) -> Iterator[Path]:
    """The artifact as a file of this host: the storage's own where it is a folder, else a copy."""
    if isinstance(default_storage, FileSystemStorage):
        yield Path(default_storage.path(artifact))
        return
    with default_storage.open(artifact, "rb") as file, tempfile.NamedTemporaryFile(prefix="sightline-") as copy:
        while piece := file.read(PIECE_BYTES):
            copy.write(piece)
        copy.flush()
        yield Path(copy.name)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=1)
def _libc() -> Any:
    """The C library where it can be asked (glibc), else None."""
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") else None
