"""A classification project of drawn shapes through Microsoft's SDK, by whichever web host one likes."""

import time
import uuid
from collections.abc import Mapping

from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import ImageFileCreateBatch, ImageFileCreateEntry
from msrest.authentication import ApiKeyCredentials

from tests.pictures import picture

SHAPES = ("circle", "cross")
IMAGES_A_TAG = 6
LONGEST_TRAINING_SECONDS = 900


def trainer_at(address: str, keys: Mapping[str, str]) -> CustomVisionTrainingClient:
    return CustomVisionTrainingClient(address, ApiKeyCredentials(in_headers={"Training-key": keys["trainingKey"]}))


def predictor_at(address: str, keys: Mapping[str, str]) -> CustomVisionPredictionClient:
    credentials = ApiKeyCredentials(in_headers={"Prediction-key": keys["predictionKey"]})
    return CustomVisionPredictionClient(address, credentials)


def photo(shape: str, number: int) -> bytes:
    return picture(shape, number, side=160)


def make_project(trainer: CustomVisionTrainingClient, first: int = 0) -> str:
    """The id of a new project with images of each shape, from the `first` on."""
    project = trainer.create_project(f"Larger {uuid.uuid4()}", classification_type="Multiclass")
    entries = []
    for shape in SHAPES:
        tag = trainer.create_tag(project.id, shape)
        numbers = range(first, first + IMAGES_A_TAG)
        entries += [ImageFileCreateEntry(contents=photo(shape, number), tag_ids=[tag.id]) for number in numbers]
    assert trainer.create_images_from_files(project.id, ImageFileCreateBatch(images=entries)).is_batch_successful
    return str(project.id)


def completed(trainer: CustomVisionTrainingClient, project_id: str, iteration_id: str) -> None:
    """Wait for the end of a training, which has to be a good one."""
    begun = time.monotonic()
    while (iteration := trainer.get_iteration(project_id, iteration_id)).status == "Training":
        assert time.monotonic() - begun < LONGEST_TRAINING_SECONDS
        time.sleep(0.3)
    assert iteration.status == "Completed", iteration.training_error_details
