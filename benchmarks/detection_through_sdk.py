"""Detectors as a client of Custom Vision sees them.

Microsoft's own Python SDK uploads the train split with its boxes, trains, publishes, and asks the prediction URL about
each image of the test split. Needs real photos: `--data` names a folder of sets, each with `images/` and
`annotations.json`. Prints one JSON object as its last line.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import (
    ImageFileCreateBatch,
    ImageFileCreateEntry,
    Region,
)
from msrest.authentication import ApiKeyCredentials

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._detection_sets import GENERAL, BoxedImage, default_data, figures_of, read_set  # noqa: E402
from benchmarks._live_install import LiveInstall, live_install  # noqa: E402
from training.detection_metrics import Detections  # noqa: E402

BATCH = 64


def entry_of(image: BoxedImage, tag_ids: Sequence[str]) -> ImageFileCreateEntry:
    corners = zip(image.truth.corners.tolist(), image.truth.tags.tolist(), strict=True)
    regions = [
        Region(tag_id=tag_ids[tag], left=left, top=top, width=right - left, height=bottom - top)
        for (left, top, right, bottom), tag in corners
    ]
    return ImageFileCreateEntry(name=image.path.name, contents=image.path.read_bytes(), regions=regions)


def run(install: LiveInstall, data: Path, name: str, options: argparse.Namespace) -> dict[str, object]:
    """Upload, train, publish, detect; the figures of the set."""
    boxed = read_set(data, name)
    trainer = CustomVisionTrainingClient(
        install.endpoint, ApiKeyCredentials(in_headers={"Training-key": install.training_key})
    )
    predictor = CustomVisionPredictionClient(
        install.endpoint, ApiKeyCredentials(in_headers={"Prediction-key": install.prediction_key})
    )
    project = trainer.create_project(f"{name} {options.training_type} {time.time()}", domain_id=GENERAL)
    tag_ids = [trainer.create_tag(project.id, tag).id for tag in boxed.tags]
    started = time.monotonic()
    for first in range(0, len(boxed.train), BATCH):
        entries = [entry_of(image, tag_ids) for image in boxed.train[first : first + BATCH]]
        summary = trainer.create_images_from_files(project.id, ImageFileCreateBatch(images=entries))
        if not summary.is_batch_successful:
            raise SystemExit(f"not all of {name} went in: {[image.status for image in summary.images]}")
    uploaded = time.monotonic()
    iteration = trainer.train_project(project.id, training_type=options.training_type)
    while iteration.status == "Training":
        time.sleep(0.5)
        iteration = trainer.get_iteration(project.id, iteration.id)
    trained = time.monotonic()
    if iteration.status != "Completed":
        raise SystemExit(f"{name}: {iteration.status}: {iteration.training_error_details}")
    trainer.publish_iteration(project.id, iteration.id, "model", install.prediction_resource_id)

    def ask(image: BoxedImage) -> Detections:
        answer = predictor.detect_image_with_no_store(project.id, "model", image.path.read_bytes())
        boxes = [each.bounding_box for each in answer.predictions]
        corners = [(box.left, box.top, box.left + box.width, box.top + box.height) for box in boxes]
        return Detections(
            np.array(corners, np.float32).reshape(-1, 4),
            np.array([tag_ids.index(each.tag_id) for each in answer.predictions], np.int64),
            np.array([each.probability for each in answer.predictions], np.float32),
        )

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(ask, boxed.test))
    told = trainer.get_iteration_performance(project.id, iteration.id, threshold=0.5, overlap_threshold=0.5)
    trainer.unpublish_iteration(project.id, iteration.id)
    trainer.delete_project(project.id)
    return {
        **asdict(figures_of(boxed.test, found, len(boxed.tags))),
        "told_average_precision": round(told.average_precision, 4),
        "train_images": len(boxed.train),
        "test_images": len(boxed.test),
        "upload_seconds": round(uploaded - started, 1),
        "training_seconds": round(trained - uploaded, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data())
    parser.add_argument("--sets", nargs="*", default=["azure-fork-scissors", "bccd", "raccoon"])
    parser.add_argument("--training-type", choices=["Regular", "Advanced"], default="Regular")
    parser.add_argument("--trainings", type=int, default=1, help="of each set")
    options = parser.parse_args()
    if options.data is None or not options.data.is_dir():
        print(json.dumps({"skipped": "no photos"}))
        return
    results: dict[str, list[dict[str, object]]] = {}
    with live_install() as install:
        for name in options.sets:
            for _ in range(options.trainings):
                figures = run(install, options.data, name, options)
                print(name, figures, flush=True)
                results.setdefault(name, []).append(figures)
    print(json.dumps({"benchmark": "detection_through_sdk", "training_type": options.training_type, "sets": results}))


if __name__ == "__main__":
    main()
