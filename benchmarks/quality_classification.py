"""Quality of trained classifiers on public image sets: trained by the engine, scored through the runtime.

    python benchmarks/quality_classification.py [--draws 5] [--seeds 3 --advanced-budget-seconds 600]

Trains on a set's train split (all of it, or draws of 15 images a tag) by `python -m training.engine`, decodes and
scores its test split as the prediction endpoint does. The last line is one JSON object. A set's folder holds
`annotations.json` and `images/`; where the sets are absent the line says so and the exit code is 0.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from inference.runtime import Model  # noqa: E402
from portal.imaging import decode_for_model  # noqa: E402
from training import metrics  # noqa: E402
from training.engine.config import ImageConfig, JobConfig, TagConfig  # noqa: E402
from training.engine.recipes import RECIPES  # noqa: E402

GENERAL = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"
DRAW_IMAGES_PER_TAG = 15

# What a plain probe on frozen features reached on these splits, less its noise; (set, images a tag) to figure.
FLOORS = {
    ("trashnet", "15"): ("accuracy", 0.70),
    ("trashnet", "all"): ("accuracy", 0.76),
    ("mslearn-fruit", "all"): ("accuracy", 1.0),
    ("azure-trees", "all"): ("accuracy", 1.0),
    ("playing-cards-multilabel", "15"): ("average_precision", 0.48),
    ("playing-cards-multilabel", "all"): ("average_precision", 0.56),
}
LARGEST_CALIBRATION_ERROR = {("trashnet", "all"): 0.08}


@dataclass(frozen=True)
class Run:
    """One training, measured on the test split."""

    seconds: float
    accuracy: float | None
    average_precision: float
    calibration_error: float
    held_out: dict[str, Any]
    shipped: str
    forward_ms: float
    candidates: dict[str, Any]
    stopped_by: str


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=_default_data(), help="folder of the image sets")
    parser.add_argument("--sets", nargs="*", default=sorted({name for name, _ in FLOORS}))
    parser.add_argument("--sizes", nargs="*", default=["15", "all"], choices=["15", "all"])
    parser.add_argument("--draws", type=int, default=2, help="random draws of 15 images a tag")
    parser.add_argument("--seeds", type=int, default=1, help="seeds of each training on all images")
    parser.add_argument("--recipe", default=GENERAL, help="domain id")
    parser.add_argument("--advanced-budget-seconds", type=int, help="train Advanced instead of Quick")
    options = parser.parse_args()
    if options.data is None or not options.data.is_dir():
        print(json.dumps({"skipped": "The image sets are absent; give their folder by --data."}))
        return
    report: dict[str, Any] = {}
    for name, size in FLOORS:
        if name in options.sets and size in options.sizes and (options.data / name / "annotations.json").is_file():
            report[f"{name} {size}"] = _measure(options, name, size)
            print(f"{name} {size}: {json.dumps(report[f'{name} {size}'])}", file=sys.stderr, flush=True)
    print(
        json.dumps(
            {
                "recipe": RECIPES[options.recipe].domain_name,
                "training_type": "advanced" if options.advanced_budget_seconds else "quick",
                "passed": all(entry["passed"] for entry in report.values()),
                "sets": report,
            }
        )
    )


def _default_data() -> Path | None:
    named = os.environ.get("SIGHTLINE_SHARED_DATA")
    return Path(named) if named else ROOT.parent / "shared" / "data"


def _measure(options: argparse.Namespace, name: str, size: str) -> dict[str, Any]:
    annotations = json.loads((options.data / name / "annotations.json").read_text())
    count = options.draws if size == "15" else options.seeds
    runs = [_run(options, options.data / name, annotations, size, seed) for seed in range(count)]
    figure, floor = FLOORS[name, size]
    values = [float(getattr(run, figure)) for run in runs]
    calibration = float(np.mean([run.calibration_error for run in runs]))
    highest = LARGEST_CALIBRATION_ERROR.get((name, size))
    return {
        "figure": figure,
        "mean": round(float(np.mean(values)), 4),
        "standard_deviation": round(float(np.std(values)), 4),
        "floor": floor,
        "calibration_error": round(calibration, 4),
        "largest_calibration_error": highest,
        "passed": float(np.mean(values)) >= floor and (highest is None or calibration <= highest),
        "seconds": round(float(np.mean([run.seconds for run in runs])), 2),
        "runs": [asdict(run) for run in runs],
    }


def _run(options: argparse.Namespace, folder: Path, annotations: dict[str, Any], size: str, seed: int) -> Run:
    with tempfile.TemporaryDirectory(prefix="sightline-quality-") as temporary:
        job = _job(options, folder, annotations, size, seed)
        (Path(temporary) / "job.json").write_text(job.model_dump_json())
        started = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "training.engine", temporary],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        seconds = time.monotonic() - started
        result = json.loads((Path(temporary) / "result.json").read_text())
        model = Model.load(Path(temporary) / "model.onnx", threads=2)
    entries = [entry for entry in annotations["images"] if entry["split"] == "test"]
    truth = _truth(annotations, entries)
    pixels = (decode_for_model(data, result["input_size"]) for data in _contents(folder, entries))
    scores = np.concatenate([model.classify(image[None]) for image in pixels])
    is_multiclass = annotations["task"] == "multiclass"
    return Run(
        seconds=round(seconds, 2),
        accuracy=metrics.accuracy(truth, scores) if is_multiclass else None,
        average_precision=metrics.mean_average_precision(truth, scores) or 0.0,
        calibration_error=metrics.calibration_error(truth, scores, multiclass=is_multiclass),
        held_out=result["held_out"],
        shipped=result["shipped"],
        forward_ms=result["model"]["forward_ms"],
        candidates=result["candidates"],
        stopped_by=result["stopped_by"],
    )


def _job(options: argparse.Namespace, folder: Path, annotations: dict[str, Any], size: str, seed: int) -> JobConfig:
    train = [entry for entry in annotations["images"] if entry["split"] == "train"]
    if size != "all":
        train = _draw(train, annotations["classes"], DRAW_IMAGES_PER_TAG, seed)
    return JobConfig(
        task=annotations["task"],
        recipe=options.recipe,
        training_type="advanced" if options.advanced_budget_seconds else "quick",
        budget_seconds=options.advanced_budget_seconds,
        seed=seed,
        tags=tuple(TagConfig(id=name, name=name) for name in annotations["classes"]),
        images=tuple(
            ImageConfig(
                id=entry["file"], file=str((folder / "images" / entry["file"]).resolve()), tags=tuple(entry["tags"])
            )
            for entry in train
        ),
    )


def _draw(entries: list[dict[str, Any]], classes: list[str], count: int, seed: int) -> list[dict[str, Any]]:
    """Images in random order, kept while one of their tags has fewer than `count`."""
    shuffled = [entries[place] for place in np.random.default_rng(seed).permutation(len(entries))]
    chosen: list[dict[str, Any]] = []
    have = dict.fromkeys(classes, 0)
    for name in classes:
        for entry in shuffled:
            if have[name] < count and name in entry["tags"] and entry not in chosen:
                chosen.append(entry)
                for tag in entry["tags"]:
                    have[tag] += 1
    return chosen


def _truth(annotations: dict[str, Any], entries: list[dict[str, Any]]) -> metrics.Truth:
    return np.array([[name in entry["tags"] for name in annotations["classes"]] for entry in entries])


def _contents(folder: Path, entries: list[dict[str, Any]]) -> Iterable[bytes]:
    return ((folder / "images" / entry["file"]).read_bytes() for entry in entries)


if __name__ == "__main__":
    main()
