"""What an iteration's manifest says: everything that it takes to train it again, and what came of it."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

KIND: Literal["sightline.iteration"] = "sightline.iteration"
VERSION: Literal[1] = 1


class UnreadableManifest(Exception):
    """The file is none, is damaged, or is of a later version; the message says which."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NamedId(_Record):
    """A project or domain."""

    id: str
    name: str


class BaseIteration(_Record):
    """The iteration whose weights the training started from."""

    id: str
    name: str
    project_id: str
    artifact_sha256: str


class IterationFacts(_Record):
    """Which iteration it is. `base` is None where it started from published weights."""

    id: str
    number: int
    name: str
    created: str
    trained: str
    base: BaseIteration | None


class ManifestTag(_Record):
    """A tag; its place in the list is its place in the model's output."""

    id: str
    name: str
    type: Literal["Regular", "Negative", "GeneralProduct"]


class ManifestRegion(_Record):
    """A box: fractions of the upright image."""

    tag: str
    left: float
    top: float
    width: float
    height: float


class ManifestImage(_Record):
    """An image by the SHA-256 of its bytes, with its labels. `fold` is the one that it was judged in; None where it
    was judged in none, as most of a detector's."""

    id: str
    sha256: str
    media_type: str
    tags: tuple[str, ...]
    regions: tuple[ManifestRegion, ...]
    fold: int | None


class Data(_Record):
    """What it was trained on, in the order in which it was read."""

    snapshot_digest: str
    split: str
    tags: tuple[ManifestTag, ...]
    images: tuple[ManifestImage, ...]
    unreadable_images: tuple[str, ...]


class Weights(_Record):
    """What the training started from."""

    backbone: str
    sha256: str
    source: str


class Steps(_Record):
    """What was settled once, before the first step or by the clock; a classifier's has no steps, a detector's no
    epochs. `larger_input` says whether a classifier's larger input was tried."""

    larger_input: bool = False
    epochs: int = 0
    split_steps: int = 0
    final_steps: int = 0


class Training(_Record):
    """How it was trained. `threads` are part of it: another number gives other last digits."""

    task: Literal["multiclass", "multilabel", "detection"]
    domain: NamedId
    training_type: Literal["Regular", "Advanced"]
    budget_hours: int
    recipe: str
    input_size: int
    trained_layers: str
    shipped: str
    stopped_by: str
    seed: int
    steps: Steps
    weights: Weights
    threads: int
    device: str
    processor: str
    versions: dict[str, str]


class Artifact(_Record):
    """The model's file."""

    sha256: str
    size_bytes: int


class Manifest(_Record):
    """All of it. Keys stand in this order; the same iteration gives the same bytes."""

    kind: Literal["sightline.iteration"] = KIND
    schema_version: Literal[1] = VERSION
    project: NamedId
    iteration: IterationFacts
    training: Training
    data: Data
    artifact: Artifact
    measured: dict[str, Any]

    def as_json(self) -> bytes:
        """As it is downloaded."""
        return (json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n").encode()


def read_manifest(content: bytes) -> Manifest:
    """The manifest in a file. Raises UnreadableManifest."""
    try:
        said = json.loads(content)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UnreadableManifest("This is no JSON file: give the manifest as it was downloaded.") from error
    if not isinstance(said, dict) or said.get("kind") != KIND:
        raise UnreadableManifest("This is no manifest of an iteration: download one from its Performance page.")
    if said.get("schema_version") != VERSION:
        raise UnreadableManifest(
            f"The manifest has the version {said.get('schema_version')}; this Sightline reads version {VERSION}."
        )
    try:
        return Manifest.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UnreadableManifest(f"The manifest is damaged: {place}: {first['msg']}.") from error
