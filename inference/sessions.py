"""Loaded models, the least recently used let go."""

import hashlib
import threading
from collections import OrderedDict

from django.core.files.storage import default_storage

from inference.runtime import ArtifactRefused, ServedModel, load_model

MOST_MODELS = 16


class ModelCache:
    """Models by the storage name of their artifact. Safe to share by threads; each artifact is loaded once."""

    def __init__(self, most_models: int = MOST_MODELS) -> None:
        self._most_models = most_models
        self._models: OrderedDict[str, ServedModel] = OrderedDict()
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
            return model

    def holds(self, artifact: str) -> bool:
        """Whether the model is in memory."""
        with self._lock:
            return artifact in self._models

    @property
    def room(self) -> int:
        """How many models may be in memory."""
        return self._most_models

    def _find(self, artifact: str) -> ServedModel | None:
        with self._lock:
            model = self._models.get(artifact)
            if model is not None:
                self._models.move_to_end(artifact)
            return model

    def _keep(self, artifact: str, model: ServedModel) -> None:
        with self._lock:
            self._models[artifact] = model
            self._loading.pop(artifact, None)
            while len(self._models) > self._most_models:
                self._models.popitem(last=False)


# What the prediction front serves and what quick tests run are one set of models in a process.
process_models = ModelCache()


def load_artifact(artifact: str, sha256: str) -> ServedModel:
    """Read an artifact from storage, check that it is what was trained, and load it. Raises as `ModelCache.get`."""
    with default_storage.open(artifact, "rb") as file:
        data = file.read()
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise ArtifactRefused(f"The artifact {artifact} is not the file that was trained: its SHA-256 differs.")
    return load_model(data)
