"""Job folders of small pictures that the tests draw."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.pictures import picture, scene

GENERAL = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"
DETECTION_GENERAL = "da2e3a8a-40a5-4171-82f4-58522f70fbc1"
ROOT = Path(__file__).resolve().parents[3]


def write_job(folder: Path, tags: dict[str, int], **settings: Any) -> Path:
    """A folder whose job has `tags`: each a shape, with that many pictures. `settings` replace the defaults."""
    folder.mkdir(parents=True, exist_ok=True)
    images = []
    for shape, count in tags.items():
        for number in range(count):
            name = f"{shape}-{number}.jpg"
            (folder / name).write_bytes(picture(shape, number))
            images.append({"id": f"{shape}-{number}", "file": name, "tags": [shape]})
    job = {
        "schema_version": 1,
        "task": "multiclass",
        "recipe": GENERAL,
        "seed": 1,
        "threads": 1,
        "device": "cpu",
        "tags": [{"id": shape, "name": shape.title(), "type": "regular"} for shape in tags],
        "images": images,
    }
    (folder / "job.json").write_text(json.dumps(job | settings))
    return folder


def read_job(folder: Path) -> dict[str, Any]:
    """The job as plain data, to be changed and written again."""
    job: dict[str, Any] = json.loads((folder / "job.json").read_text())
    return job


def start_engine(folder: Path) -> "subprocess.Popen[str]":
    """The engine as its parent starts it, standard output to be read."""
    return subprocess.Popen(
        [sys.executable, "-m", "training.engine", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_engine(folder: Path) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and events; every line of standard output must be JSON."""
    process = start_engine(folder)
    output, _ = process.communicate(timeout=240)
    return process.returncode, [json.loads(line) for line in output.splitlines()]


def write_detection_job(folder: Path, images: int = 16, background: int = 2, **settings: Any) -> Path:
    """A folder whose job has scenes of circles and crosses with their boxes, and some without any."""
    folder.mkdir(parents=True, exist_ok=True)
    records = []
    for number in range(images + background):
        name = f"scene-{number}.jpg"
        content, objects = scene(number, object_count=0 if number >= images else 2)
        (folder / name).write_bytes(content)
        regions = [
            {"tag": each.shape, "left": each.left, "top": each.top, "width": each.width, "height": each.height}
            for each in objects
        ]
        records.append({"id": f"scene-{number}", "file": name, "regions": regions})
    job = {
        "schema_version": 1,
        "task": "detection",
        "recipe": DETECTION_GENERAL,
        "seed": 1,
        "threads": 2,
        "device": "cpu",
        "tags": [{"id": shape, "name": shape.title()} for shape in ("circle", "cross")],
        "images": records,
    }
    (folder / "job.json").write_text(json.dumps(job | settings))
    return folder
