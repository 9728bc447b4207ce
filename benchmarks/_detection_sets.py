"""Image sets with boxes for the benchmarks of detectors: jobs, trainings by the engine, figures on the test split."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.runtime import DetectionModel
from portal.imaging import decode_for_model
from training.detection_metrics import (
    Detections,
    match_tags,
    mean_average_precision,
    tag_figures,
)
from training.engine.config import ImageConfig, JobConfig, RegionConfig, TagConfig

ROOT = Path(__file__).resolve().parent.parent
GENERAL = "da2e3a8a-40a5-4171-82f4-58522f70fbc1"
GENERAL_A1 = "9c616dff-2e7d-ea11-af59-1866da359ce6"
COCO_OVERLAPS = np.arange(0.5, 1.0, 0.05)


@dataclass(frozen=True)
class BoxedImage:
    """A file and its boxes: `corners` float32 [k, 4] as fractions, `tags` [k] by their place in the set."""

    path: Path
    truth: Detections


@dataclass(frozen=True)
class BoxedSet:
    """A named set of images in two splits."""

    name: str
    tags: tuple[str, ...]
    train: tuple[BoxedImage, ...]
    test: tuple[BoxedImage, ...]


@dataclass(frozen=True)
class Trained:
    """What a training left, and what it cost."""

    model: DetectionModel
    result: dict[str, Any]
    wall_seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Figures:
    """On a test split; precision and recall at probability 0.5 and overlap 0.5, over all tags."""

    mean_average_precision: float
    mean_average_precision_all: float
    precision: float
    recall: float


def default_data() -> Path | None:
    """The folder of the sets, where there is one."""
    named = os.environ.get("SIGHTLINE_SHARED_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def detections(corners: Sequence[Sequence[float]], tags: Sequence[int]) -> Detections:
    """Truth in the form of detections."""
    return Detections(
        np.clip(np.array(corners, np.float32).reshape(-1, 4), 0, 1),
        np.array(tags, np.int64),
        np.ones(len(tags), np.float32),
    )


def read_set(data: Path, name: str) -> BoxedSet:
    """A set from its `annotations.json` and `images/`."""
    folder = data / name
    annotations = json.loads((folder / "annotations.json").read_text())
    place = {tag: index for index, tag in enumerate(annotations["classes"])}

    def split(wanted: str) -> tuple[BoxedImage, ...]:
        images = []
        for entry in annotations["images"]:
            if entry["split"] == wanted:
                regions = entry["regions"]
                corners = [
                    (each["left"], each["top"], each["left"] + each["width"], each["top"] + each["height"])
                    for each in regions
                ]
                truth = detections(corners, [place[each["tag"]] for each in regions])
                images.append(BoxedImage(folder / "images" / entry["file"], truth))
        return tuple(images)

    return BoxedSet(name, tuple(annotations["classes"]), split("train"), split("test"))


def job_of(
    tags: Sequence[str],
    images: Sequence[BoxedImage],
    *,
    recipe: str = GENERAL,
    training_type: str = "quick",
    budget_seconds: int | None = None,
    seed: int = 0,
    threads: int | None = None,
) -> JobConfig:
    """A training of these images, as the portal would write it."""
    return JobConfig.model_validate(
        {
            "task": "detection",
            "recipe": recipe,
            "training_type": training_type,
            "budget_seconds": budget_seconds,
            "seed": seed,
            "threads": threads,
            "device": "cpu",
            "tags": [TagConfig(id=tag, name=tag) for tag in tags],
            "images": [
                ImageConfig(id=f"{place}", file=str(image.path.resolve()), regions=_regions(image.truth, tags))
                for place, image in enumerate(images)
            ],
        }
    )


def _regions(truth: Detections, tags: Sequence[str]) -> tuple[RegionConfig, ...]:
    rows = zip(truth.corners.tolist(), truth.tags.tolist(), strict=True)
    return tuple(
        RegionConfig(tag=tags[tag], left=left, top=top, width=right - left, height=bottom - top)
        for (left, top, right, bottom), tag in rows
    )


def train(job: JobConfig) -> Trained:
    """Train by `python -m training.engine`, and load the artifact. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory(prefix="sightline-detection-") as temporary:
        folder = Path(temporary)
        (folder / "job.json").write_text(job.model_dump_json())
        started, cpu_before = time.monotonic(), _children_cpu_seconds()
        with (folder / "engine.log").open("w") as log:
            process = subprocess.run(
                [sys.executable, "-m", "training.engine", temporary],
                cwd=ROOT,
                check=False,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        if process.returncode:
            raise RuntimeError(process.stdout.splitlines()[-1] if process.stdout else "the engine said nothing")
        wall, cpu = time.monotonic() - started, _children_cpu_seconds() - cpu_before
        result = json.loads((folder / "result.json").read_text())
        return Trained(DetectionModel.load(folder / "model.onnx", threads=job.threads or 2), result, wall, cpu)


def _children_cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def found_by(model: DetectionModel, images: Sequence[BoxedImage]) -> list[Detections]:
    """What the artifact finds, decoding as the prediction endpoint does."""
    answers = []
    for image in images:
        boxes = model.detect(decode_for_model(image.path.read_bytes(), model.metadata.input_size))
        answers.append(Detections(boxes.corners, boxes.tags, boxes.scores))
    return answers


def figures_of(images: Sequence[BoxedImage], found: Sequence[Detections], tag_count: int) -> Figures:
    """Figures of what was found on `images`."""
    truths = [image.truth for image in images]
    matches = match_tags(truths, found, tag_count, 0.5)
    at_half = [tag_figures(each, 0.5) for each in matches]
    right = sum(each.true_positives for each in at_half)
    seen = right + sum(each.false_positives for each in at_half)
    there = right + sum(each.false_negatives for each in at_half)
    every = [mean_average_precision(match_tags(truths, found, tag_count, float(each))) for each in COCO_OVERLAPS]
    return Figures(
        mean_average_precision=round(mean_average_precision(matches) or 0.0, 4),
        mean_average_precision_all=round(float(np.mean([each or 0.0 for each in every])), 4),
        precision=round(right / seen, 4) if seen else 0.0,
        recall=round(right / there, 4) if there else 0.0,
    )
