"""The ZIP of an export, laid out as Custom Vision's."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray

from inference.runtime.artifact import ArtifactMetadata, ArtifactRefused, read_metadata
from training.exporting.agreement import difference
from training.exporting.errors import CannotExport
from training.exporting.flavors import LARGEST_DIFFERENCE, MEAN_DIFFERENCE_ROUNDED, Flavor
from training.exporting.half import halve_weights
from training.exporting.interface import has_one_image_input, with_reader_interface
from training.exporting.opsets import lower_opset
from training.exporting.properties import metadata_properties, model_properties

MANIFEST_EXPORTER_VERSION = "2.0"
READER_FOLDER = Path(__file__).parent / "reader"
READER_FILES = ("predict.py", "requirements.txt")
TRAIN_AGAIN = "Train the iteration again."
MODEL_FILE, LABELS_FILE, PROPERTIES_FILE = "model.onnx", "labels.txt", "metadata_properties.json"


@dataclass(frozen=True)
class PackageFacts:
    """What the package says of where it comes from."""

    project_name: str
    iteration_id: UUID
    iteration_name: str
    domain_type: str
    platform: str
    flavor_name: str
    backbone: str
    exported: datetime


@dataclass(frozen=True)
class Package:
    """A finished ZIP, and how far its model's answers were from the artifact's."""

    content: bytes
    largest_difference: float


def build_package(
    artifact: bytes,
    flavor: Flavor,
    facts: PackageFacts,
    images_of_size: Callable[[int], Sequence[NDArray[np.uint8]]],
) -> Package:
    """Write the artifact in that flavor, see that it answers alike on images [S, S, 3] of its size, and pack it.

    Raises CannotExport.
    """
    try:
        source = onnx.load_model_from_string(artifact)
    except DecodeError as error:
        raise CannotExport("The iteration's model is damaged.", TRAIN_AGAIN) from error
    kept = {each.key: each.value for each in source.metadata_props}
    try:
        metadata = read_metadata(kept)
    except ArtifactRefused as refused:
        raise CannotExport(str(refused), TRAIN_AGAIN) from refused
    model = with_reader_interface(source, metadata, model_properties(kept))
    if flavor.has_half_weights:
        model = halve_weights(model)
    if flavor.opset is not None:
        model = lower_opset(model, flavor.opset)
    if not has_one_image_input(model):
        raise CannotExport("The model does not take one image of a fixed size.", TRAIN_AGAIN)
    exported = model.SerializeToString(deterministic=True)
    apart = difference(artifact, exported, images_of_size(metadata.input_size))
    alike = apart.mean <= MEAN_DIFFERENCE_ROUNDED if flavor.has_half_weights else apart.largest <= LARGEST_DIFFERENCE
    if not alike:
        raise CannotExport(
            f"In this flavor the model answers otherwise than the iteration: by {apart.largest:.2g},"
            f" {apart.mean:.2g} in the mean.",
            "Export it as plain ONNX.",
        )
    return Package(_zip(exported, metadata, facts), apart.largest)


def _zip(model: bytes, metadata: ArtifactMetadata, facts: PackageFacts) -> bytes:
    texts = {
        LABELS_FILE: "\n".join(_one_line(label.name) for label in metadata.labels),
        PROPERTIES_FILE: _json(metadata_properties(metadata)),
        "cvexport.manifest": _json(_manifest(model, facts)),
        "LICENSE": _licence(facts),
        **{f"python/{name}": (READER_FOLDER / name).read_text() for name in READER_FILES},
    }
    buffer = io.BytesIO()
    moment = facts.exported.astimezone(UTC).timetuple()[:6]
    with zipfile.ZipFile(buffer, "w") as archive:
        # Weights hardly get smaller, and take long to try.
        archive.writestr(zipfile.ZipInfo(MODEL_FILE, moment), model, zipfile.ZIP_STORED)
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name, moment), text.encode(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _one_line(name: str) -> str:
    return " ".join(name.split())


def _json(value: dict[str, str | None] | dict[str, str]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _manifest(model: bytes, facts: PackageFacts) -> dict[str, str | None]:
    exported = facts.exported.astimezone(UTC)
    return {
        "DomainType": facts.domain_type,
        "Platform": facts.platform,
        "Flavor": facts.flavor_name or None,
        "ExporterVersion": MANIFEST_EXPORTER_VERSION,
        # Seven digits, as .NET writes them.
        "ExportedDate": exported.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z",
        "IterationId": str(facts.iteration_id),
        "ModelFileName": MODEL_FILE,
        "LabelFileName": LABELS_FILE,
        "MetadataPropsFileName": PROPERTIES_FILE,
        "ModelFileSHA1": hashlib.sha1(model, usedforsecurity=False).hexdigest(),
        "SchemaVersion": "1.0",
    }


def _licence(facts: PackageFacts) -> str:
    return (
        (READER_FOLDER / "LICENSE.txt")
        .read_text()
        .format(
            project=_one_line(facts.project_name), iteration=_one_line(facts.iteration_name), backbone=facts.backbone
        )
    )
