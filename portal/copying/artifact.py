"""A model's file for a copied project: the same graph, labels with the ids of the copied tags."""

import hashlib
import json
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from portal.copying.copy import Copy

LABELS = "sightline.labels"


def copy_artifact(copy: Copy, source: str, target: str) -> str:
    """Store the model under `target`; its SHA-256. Weights and graph stay as they are, so it predicts the same.

    Raises FileNotFoundError where there is no source.
    """
    # Thirty megabytes that only this job needs: not for every process.
    import onnx

    with default_storage.open(source, "rb") as file:
        model = onnx.load_model_from_string(file.read())
    for entry in model.metadata_props:
        if entry.key == LABELS:
            labels = json.loads(entry.value)
            entry.value = json.dumps([{**label, "id": str(copy.id_of(UUID(label["id"])))} for label in labels])
    content = model.SerializeToString(deterministic=True)
    default_storage.delete(target)
    default_storage.save(target, ContentFile(content))
    return hashlib.sha256(content).hexdigest()
