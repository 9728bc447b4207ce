"""Accuracy and time as a client of Custom Vision sees them.

Microsoft's own Python SDK uploads the train split, trains, publishes, and asks the prediction URL about each image
of the test split. Needs real photos: `--data` names a folder of sets, each with `images/` and `annotations.json`.
Prints one JSON object as its last line.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import (
    ImageFileCreateBatch,
    ImageFileCreateEntry,
)
from msrest.authentication import ApiKeyCredentials

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._live_install import LiveInstall, live_install  # noqa: E402
from training import metrics  # noqa: E402

BATCH = 64
# Accuracy (multiclass) or mean AP (multilabel): what a frozen-feature probe reached, less its noise.
FLOORS = {
    ("trashnet", 15): 0.70,
    ("trashnet", 0): 0.76,
    ("playing-cards-multilabel", 15): 0.48,
    ("playing-cards-multilabel", 0): 0.56,
    ("mslearn-fruit", 0): 1.0,
    ("azure-trees", 0): 1.0,
}


@dataclass(frozen=True)
class Case:
    """One training: a set, how many images a tag (0 for all), and which draw of them."""

    name: str
    images_per_tag: int
    draw: int
    training_type: str
    domain: str


def load(folder: Path, case: Case) -> tuple[str, list[str], list[dict], list[dict]]:
    """Task, classes, the train images drawn for the case, the test images."""
    notes = json.loads((folder / case.name / "annotations.json").read_text())
    train = [image for image in notes["images"] if image["split"] == "train"]
    if case.images_per_tag:
        chance = random.Random(case.draw)
        chance.shuffle(train)
        taken: defaultdict[str, int] = defaultdict(int)
        drawn = []
        for image in train:
            if any(taken[tag] < case.images_per_tag for tag in image["tags"]):
                drawn.append(image)
                for tag in image["tags"]:
                    taken[tag] += 1
        train = drawn
    return notes["task"], notes["classes"], train, [image for image in notes["images"] if image["split"] == "test"]


def run(install: LiveInstall, folder: Path, case: Case) -> dict[str, object]:
    """Upload, train, publish, predict; the figures of the case."""
    task, classes, train, test = load(folder, case)
    trainer = CustomVisionTrainingClient(
        install.endpoint, ApiKeyCredentials(in_headers={"Training-key": install.training_key})
    )
    predictor = CustomVisionPredictionClient(
        install.endpoint, ApiKeyCredentials(in_headers={"Prediction-key": install.prediction_key})
    )
    domains = [domain for domain in trainer.get_domains() if domain.type == "Classification"]
    project = trainer.create_project(
        f"{case.name} {case.images_per_tag} {case.draw} {case.training_type}",
        domain_id=next(domain.id for domain in domains if domain.name == case.domain),
        classification_type="Multiclass" if task == "multiclass" else "Multilabel",
    )
    tag_ids = {name: trainer.create_tag(project.id, name).id for name in classes}
    images = folder / case.name / "images"
    started = time.monotonic()
    for first in range(0, len(train), BATCH):
        entries = [
            ImageFileCreateEntry(
                name=image["file"],
                contents=(images / image["file"]).read_bytes(),
                tag_ids=[tag_ids[tag] for tag in image["tags"]],
            )
            for image in train[first : first + BATCH]
        ]
        summary = trainer.create_images_from_files(project.id, ImageFileCreateBatch(images=entries))
        if not summary.is_batch_successful:
            raise SystemExit(f"not all of {case.name} went in: {[image.status for image in summary.images]}")
    uploaded = time.monotonic()
    iteration = trainer.train_project(project.id, training_type=case.training_type)
    while iteration.status == "Training":
        time.sleep(0.1)
        iteration = trainer.get_iteration(project.id, iteration.id)
    trained = time.monotonic()
    if iteration.status != "Completed":
        raise SystemExit(f"{case.name}: {iteration.status}: {iteration.training_error_details}")
    trainer.publish_iteration(project.id, iteration.id, "model", install.prediction_resource_id)

    def ask(image: dict) -> list[float]:
        answer = predictor.classify_image_with_no_store(project.id, "model", (images / image["file"]).read_bytes())
        by_name = {prediction.tag_name: prediction.probability for prediction in answer.predictions}
        return [by_name[name] for name in classes]

    with ThreadPoolExecutor(2) as pool:
        scores = np.array(list(pool.map(ask, test)))
    truth = np.array([[name in image["tags"] for name in classes] for image in test])
    is_multiclass = task == "multiclass"
    held_out = trainer.get_iteration_performance(project.id, iteration.id, threshold=0.5)
    trainer.unpublish_iteration(project.id, iteration.id)
    trainer.delete_project(project.id)
    return {
        "accuracy": round(metrics.accuracy(truth, scores), 4) if is_multiclass else None,
        "mean_average_precision": round(metrics.mean_average_precision(truth, scores) or 0, 4),
        "calibration_error": round(metrics.calibration_error(truth, scores, multiclass=is_multiclass), 4),
        "said_average_precision": round(held_out.average_precision, 4),
        "train_images": len(train),
        "test_images": len(test),
        "upload_seconds": round(uploaded - started, 2),
        "training_seconds": round(trained - uploaded, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    shared = os.environ.get("SIGHTLINE_SHARED_DATA", str(ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(shared))
    parser.add_argument(
        "--sets", nargs="*", default=["trashnet", "playing-cards-multilabel", "mslearn-fruit", "azure-trees"]
    )
    parser.add_argument("--images-per-tag", nargs="*", type=int, default=[0], help="0 is all of them")
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--training-type", choices=["Regular", "Advanced"], default="Regular")
    parser.add_argument("--domain", default="General", help="name of a classification domain")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(json.dumps({"skipped": f"no photos at {options.data}"}))
        return
    results: dict[str, dict[str, object]] = {}
    with live_install() as install:
        for name in options.sets:
            for images_per_tag in options.images_per_tag:
                draws = options.draws if images_per_tag else 1
                cases = [
                    Case(name, images_per_tag, draw, options.training_type, options.domain) for draw in range(draws)
                ]
                figures = []
                for case in cases:
                    figures.append(run(install, options.data, case))
                    print(case, figures[-1], flush=True)
                key = "mean_average_precision" if figures[0]["accuracy"] is None else "accuracy"
                values = [float(figure[key]) for figure in figures]  # type: ignore[arg-type]
                results[f"{name} {images_per_tag or 'all'}"] = {
                    "figure": key,
                    "mean": round(statistics.mean(values), 4),
                    "spread": round(statistics.stdev(values), 4) if len(values) > 1 else None,
                    "floor": FLOORS.get((name, images_per_tag)),
                    "draws": figures,
                }
    print(json.dumps({"benchmark": "quality_through_sdk", "training_type": options.training_type, "results": results}))


if __name__ == "__main__":
    main()
