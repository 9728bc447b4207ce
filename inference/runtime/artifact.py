"""What an artifact says about itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from portal.imaging import RESIZE_RULE

SCHEMA = "1"
DETECTION = "detection"
TASKS = ("multiclass", "multilabel", DETECTION)
LARGEST_INPUT_SIZE = 4096


class ArtifactRefused(Exception):
    """The file is not an artifact that this version can run; the message says why."""


@dataclass(frozen=True)
class Label:
    """A tag as it was trained: `type` is regular, negative or general_product."""

    id: str
    name: str
    type: str


@dataclass(frozen=True)
class ArtifactMetadata:
    """`labels` are in the order of the model's outputs; `input_size` in pixels."""

    task: str
    input_size: int
    resize_rule: str
    labels: tuple[Label, ...]


def read_metadata(properties: Mapping[str, str]) -> ArtifactMetadata:
    """Metadata out of ONNX `metadata_props`. Raises ArtifactRefused."""
    schema = properties.get("sightline.schema")
    if schema is None:
        raise ArtifactRefused("This ONNX file was not made by Sightline: it has no sightline.schema.")
    if schema != SCHEMA:
        raise ArtifactRefused(f"The artifact has schema {schema!r}; this version runs {SCHEMA!r}.")
    resize_rule = _required(properties, "sightline.resize_rule")
    if resize_rule != RESIZE_RULE:
        # Its pixels would differ from those it was trained on, and nobody would notice.
        raise ArtifactRefused(
            f"The artifact was trained with the resize rule {resize_rule!r}; this version has {RESIZE_RULE!r}."
            " Train the iteration again."
        )
    task = _required(properties, "sightline.task")
    if task not in TASKS:
        raise ArtifactRefused(f"The artifact's task is {task!r}; this version runs {', '.join(TASKS)}.")
    try:
        input_size = int(_required(properties, "sightline.input_size"))
        entries = json.loads(_required(properties, "sightline.labels"))
        labels = tuple(Label(str(entry["id"]), str(entry["name"]), str(entry["type"])) for entry in entries)
    except (ValueError, TypeError, KeyError) as error:
        raise ArtifactRefused(f"The artifact's metadata cannot be read: {error}.") from error
    if not 0 < input_size <= LARGEST_INPUT_SIZE:
        raise ArtifactRefused(f"The artifact's input size is {input_size}.")
    return ArtifactMetadata(task=task, input_size=input_size, resize_rule=resize_rule, labels=labels)


def _required(properties: Mapping[str, str], name: str) -> str:
    try:
        return properties[name]
    except KeyError:
        raise ArtifactRefused(f"The artifact lacks {name}.") from None
