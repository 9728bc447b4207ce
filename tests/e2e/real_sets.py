"""Real photos with their labels, into a project and through its prediction URL: what a person and an app would do."""

import base64
import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.box_hands import DETECTION_DOMAIN, StoredBox
from tests.e2e.photos import SHARED_DATA
from tests.e2e.projects import MadeProject, answer, training_api
from tests.live_install import LiveInstall

EDGES = ("left", "top", "width", "height")
BATCH = 32
REAL_TRAINING_SECONDS = 3600  # at most, on a slow machine


@dataclass(frozen=True)
class RealImage:
    """A photo with what is on it."""

    path: Path
    tags: tuple[str, ...]
    boxes: tuple[StoredBox, ...]


def read_set(name: str, split: str) -> list[RealImage]:
    """The images of a split, in the set's order. Empty where the set is not there."""
    file = SHARED_DATA / name / "annotations.json"
    if not file.exists():
        return []
    return [
        RealImage(
            file.parent / "images" / each["file"],
            tuple(each["tags"]),
            tuple(StoredBox(box["tag"], *(box[edge] for edge in EDGES)) for box in each["regions"]),
        )
        for each in json.loads(file.read_text())["images"]
        if each["split"] == split
    ]


def parted(name: str, every: int = 3) -> tuple[list[RealImage], list[RealImage], list[RealImage]]:
    """Of the train split each third image, or another part, and the rest; and the test split."""
    images = read_set(name, "train")
    if not images:
        pytest.skip(f"the {name} photos are not beside the repository")
    return images[::every], [image for place, image in enumerate(images) if place % every], read_set(name, "test")


def make_real_project(
    install: LiveInstall, name: str, images: Sequence[RealImage], *, is_detection: bool
) -> MadeProject:
    """A project with these images and their labels."""
    kind = {"domainId": DETECTION_DOMAIN} if is_detection else {"classificationType": "Multiclass"}
    with training_api(install) as api:
        made = MadeProject(answer(api.post("projects", params={"name": name, **kind}))["id"], {})
        for tag in sorted({tag for image in images for tag in image.tags}):
            made.tag_ids[tag] = answer(api.post(f"projects/{made.id}/tags", params={"name": tag}))["id"]
    add_real_images(install, made, images, is_detection=is_detection)
    return made


def add_real_images(
    install: LiveInstall, made: MadeProject, images: Sequence[RealImage], *, is_detection: bool, prefix: str = ""
) -> None:
    """Put more into it, whose tags it has; `prefix` goes before their file names."""
    with training_api(install) as api:
        for first in range(0, len(images), BATCH):
            batch = images[first : first + BATCH]
            entries = [_entry(made, image, is_detection=is_detection, prefix=prefix) for image in batch]
            stored = answer(api.post(f"projects/{made.id}/images/files", json={"images": entries}))["images"]
            made.image_ids |= {image.path.name: each["image"]["id"] for image, each in zip(batch, stored, strict=True)}


def _entry(made: MadeProject, image: RealImage, *, is_detection: bool, prefix: str) -> dict[str, Any]:
    name = prefix + image.path.name
    entry: dict[str, Any] = {"name": name, "contents": base64.b64encode(image.path.read_bytes()).decode()}
    if is_detection:
        entry["regions"] = [
            {"tagId": made.tag_ids[box.tag], **{edge: getattr(box, edge) for edge in EDGES}} for box in image.boxes
        ]
    else:
        entry["tagIds"] = [made.tag_ids[tag] for tag in image.tags]
    return entry


def predict(
    install: LiveInstall,
    project: MadeProject,
    name: str,
    images: Iterable[RealImage],
    *,
    is_stored: bool,
    kind: str,
    query: str = "",
) -> list[dict[str, Any]]:
    """Send each image to the prediction URL, as an app does; the answers in their order."""
    ending = "image" if is_stored else "image/nostore"
    address = f"{install.endpoint}/customvision/v3.0/Prediction/{project.id}/{kind}/iterations/{name}/{ending}{query}"
    headers = {"Prediction-Key": install.prediction_key, "Content-Type": "application/octet-stream"}
    with httpx.Client(headers=headers, timeout=60) as client, ThreadPoolExecutor(2) as pool:
        asked = pool.map(lambda image: client.post(address, content=image.path.read_bytes()), images)
        return [answer(each) for each in asked]
