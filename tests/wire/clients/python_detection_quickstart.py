"""The Python detection quickstart as a program: upload with regions, train, publish, detect, tidy up.

Reads a JSON object from standard input and prints one; `training` and `test` are lists of `{"file", "regions"}`.
"""

import json
import sys
import time
import uuid
from pathlib import Path

from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import (
    ImageFileCreateBatch,
    ImageFileCreateEntry,
    Region,
)
from msrest.authentication import ApiKeyCredentials

PUBLISH_NAME = "detectModel"
EDGES = ("left", "top", "width", "height")


def main():
    install = json.load(sys.stdin)
    credentials = ApiKeyCredentials(in_headers={"Training-key": install["training_key"]})
    trainer = CustomVisionTrainingClient(install["endpoint"], credentials)
    prediction_credentials = ApiKeyCredentials(in_headers={"Prediction-key": install["prediction_key"]})
    predictor = CustomVisionPredictionClient(install["endpoint"], prediction_credentials)

    domain = next(
        domain for domain in trainer.get_domains() if domain.type == "ObjectDetection" and domain.name == "General"
    )
    project = trainer.create_project(str(uuid.uuid4()), domain_id=domain.id)
    names = sorted({region["tag"] for image in install["training"] for region in image["regions"]})
    tags = {name: trainer.create_tag(project.id, name) for name in names}

    tagged_images_with_regions = []
    for image in install["training"]:
        regions = [
            Region(tag_id=tags[region["tag"]].id, **{edge: region[edge] for edge in EDGES})
            for region in image["regions"]
        ]
        file = Path(image["file"])
        entry = ImageFileCreateEntry(name=file.name, contents=file.read_bytes(), regions=regions)
        tagged_images_with_regions.append(entry)
    upload_result = trainer.create_images_from_files(
        project.id, ImageFileCreateBatch(images=tagged_images_with_regions)
    )
    if not upload_result.is_batch_successful:
        raise SystemExit([image.status for image in upload_result.images])

    pressed = time.monotonic()
    iteration = trainer.train_project(project.id)
    first_status = iteration.status
    while iteration.status not in ("Completed", "Failed"):
        iteration = trainer.get_iteration(project.id, iteration.id)
        time.sleep(1)
    trained_seconds = time.monotonic() - pressed
    performance = trainer.get_iteration_performance(project.id, iteration.id, threshold=0.5, overlap_threshold=0.5)
    published = trainer.publish_iteration(project.id, iteration.id, PUBLISH_NAME, install["prediction_resource_id"])

    predictions = {}
    for image in install["test"]:
        with Path(image["file"]).open("rb") as test_data:
            results = predictor.detect_image(project.id, PUBLISH_NAME, test_data)
        predictions[image["file"]] = [
            {
                "tag": each.tag_name,
                "probability": each.probability,
                **{edge: getattr(each.bounding_box, edge) for edge in EDGES},
            }
            for each in results.predictions
        ]

    trainer.unpublish_iteration(project.id, iteration.id)
    trainer.delete_iteration(project.id, iteration.id)
    trainer.delete_project(project.id)
    print(
        json.dumps(
            {
                "first_status": first_status,
                "status": iteration.status,
                "trained_seconds": trained_seconds,
                "published": published,
                "precision": performance.precision,
                "recall": performance.recall,
                "average_precision": performance.average_precision,
                "predictions": predictions,
                "projects_left": [each.id for each in trainer.get_projects() if each.id == project.id],
            }
        )
    )


if __name__ == "__main__":
    main()
