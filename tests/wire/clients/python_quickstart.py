"""The Python classification quickstart as a program: upload, train, publish, predict, tidy up.

Runs with SDK 3.x (constructors take credentials) and with SDK 1.0.0 (constructors take the key). Reads a JSON
object from standard input and prints one; folders hold one sub-folder of photos a tag.
"""

import json
import sys
import time
import uuid
from pathlib import Path

from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import ImageFileCreateBatch, ImageFileCreateEntry

PUBLISH_NAME = "classifyModel"


def clients(install):
    if install["sdk"] == "1.0.0":
        trainer = CustomVisionTrainingClient(install["training_key"], endpoint=install["endpoint"])
        predictor = CustomVisionPredictionClient(install["prediction_key"], endpoint=install["endpoint"])
    else:
        from msrest.authentication import ApiKeyCredentials

        credentials = ApiKeyCredentials(in_headers={"Training-key": install["training_key"]})
        trainer = CustomVisionTrainingClient(install["endpoint"], credentials)
        credentials = ApiKeyCredentials(in_headers={"Prediction-key": install["prediction_key"]})
        predictor = CustomVisionPredictionClient(install["endpoint"], credentials)
    return trainer, predictor


def send_batch(trainer, sdk, project, files, tag_ids):
    entries = [ImageFileCreateEntry(name=file.name, contents=file.read_bytes(), tag_ids=tag_ids) for file in files]
    if sdk == "1.0.0":
        return trainer.create_images_from_files(project.id, images=entries)
    return trainer.create_images_from_files(project.id, ImageFileCreateBatch(images=entries))


def upload(trainer, sdk, project, folder):
    for tag_folder in sorted(Path(folder).iterdir()):
        tag = trainer.create_tag(project.id, tag_folder.name)
        files = sorted(tag_folder.iterdir())
        for start in range(0, len(files), 64):
            summary = send_batch(trainer, sdk, project, files[start : start + 64], [tag.id])
            if not summary.is_batch_successful:
                raise SystemExit([image.status for image in summary.images])


def main():
    install = json.load(sys.stdin)
    trainer, predictor = clients(install)
    project = trainer.create_project(f"Quickstart {uuid.uuid4()}")
    upload(trainer, install["sdk"], project, install["training_folder"])
    pressed = time.monotonic()
    iteration = trainer.train_project(project.id)
    first_status = iteration.status
    while iteration.status == "Training":
        time.sleep(0.5)
        iteration = trainer.get_iteration(project.id, iteration.id)
    trained_seconds = time.monotonic() - pressed
    performance = trainer.get_iteration_performance(project.id, iteration.id, threshold=0.5)
    quick_photo = next(Path(install["test_folder"]).glob("*/*"))
    quick = trainer.quick_test_image(project.id, quick_photo.read_bytes(), iteration_id=iteration.id)
    images_of_iteration = trainer.get_tagged_image_count(project.id, iteration_id=iteration.id)
    published = trainer.publish_iteration(project.id, iteration.id, PUBLISH_NAME, install["prediction_resource_id"])
    predictions = {}
    for tag_folder in sorted(Path(install["test_folder"]).iterdir()):
        for file in sorted(tag_folder.iterdir()):
            with file.open("rb") as image:
                result = predictor.classify_image(project.id, PUBLISH_NAME, image.read())
            best = max(result.predictions, key=lambda prediction: prediction.probability)
            predictions[f"{tag_folder.name}/{file.name}"] = [best.tag_name, best.probability]
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
                "predictions": predictions,
                "quick_tags": sorted(each.tag_name for each in quick.predictions),
                "images_of_iteration": images_of_iteration,
                "projects_left": [each.id for each in trainer.get_projects() if each.id == project.id],
            }
        )
    )


if __name__ == "__main__":
    main()
