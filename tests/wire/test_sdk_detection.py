"""Object detection through Microsoft's Python SDK against a running install."""

import time
import uuid
from collections.abc import Iterator

import pytest
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.prediction.models import (
    CustomVisionErrorException as PredictionRefused,
)
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import (
    CustomVisionErrorException,
    ImageFileCreateBatch,
    ImageFileCreateEntry,
    ImageIdCreateBatch,
    ImageIdCreateEntry,
    ImageRegionCreateEntry,
    Project,
    Region,
)
from msrest.authentication import ApiKeyCredentials

from portal.domains import GENERAL_DETECTION
from tests.live_install import LiveInstall
from tests.pictures import SceneObject, scene

IMAGES = 18
LONGEST_TRAINING_SECONDS = 600


@pytest.fixture
def trainer(live_install: LiveInstall) -> CustomVisionTrainingClient:
    credentials = ApiKeyCredentials(in_headers={"Training-key": live_install.training_key})
    return CustomVisionTrainingClient(live_install.endpoint, credentials)


@pytest.fixture
def project(trainer: CustomVisionTrainingClient) -> Iterator[Project]:
    made = trainer.create_project(f"Detection {uuid.uuid4()}", domain_id=str(GENERAL_DETECTION))
    yield made
    for iteration in trainer.get_iterations(made.id):
        if iteration.publish_name:
            trainer.unpublish_iteration(made.id, iteration.id)
    trainer.delete_project(made.id)


def upload(trainer: CustomVisionTrainingClient, project: Project, count: int) -> dict[str, str]:
    tags = {shape: trainer.create_tag(project.id, shape).id for shape in ("circle", "cross")}
    entries = []
    for number in range(count):
        content, objects = scene(number)
        regions = [region(tags[each.shape], each) for each in objects]
        entries.append(ImageFileCreateEntry(name=f"{number}.jpg", contents=content, regions=regions))
    summary = trainer.create_images_from_files(project.id, ImageFileCreateBatch(images=entries))
    assert summary.is_batch_successful
    return tags


def region(tag_id: str, each: SceneObject) -> Region:
    return Region(tag_id=tag_id, left=each.left, top=each.top, width=each.width, height=each.height)


def test_regions_are_created_told_twice_and_deleted(trainer: CustomVisionTrainingClient, project: Project) -> None:
    tags = upload(trainer, project, 2)
    image = trainer.get_tagged_images(project.id)[0]
    assert len(image.regions) == 2
    entry = ImageRegionCreateEntry(image_id=image.id, tag_id=tags["cross"], left=0.1, top=0.1, width=0.2, height=0.25)
    made = trainer.create_image_regions(project.id, [entry])
    assert [(each.tag_name, each.height) for each in made.created] == [("cross", 0.25)]
    again = trainer.create_image_regions(project.id, [entry])
    assert (again.created, len(again.duplicated)) == ([], 1)
    trainer.delete_image_regions(project.id, [made.created[0].region_id])
    assert len(trainer.get_images_by_ids(project.id, [image.id])[0].regions) == 2


def test_boxes_are_proposed_before_anything_is_trained(trainer: CustomVisionTrainingClient, project: Project) -> None:
    upload(trainer, project, 1)
    image = trainer.get_tagged_images(project.id)[0]
    proposed = trainer.get_image_region_proposals(project.id, image.id)
    assert (str(proposed.project_id), str(proposed.image_id)) == (project.id, image.id)
    confidences = [each.confidence for each in proposed.proposals]
    assert 0 < len(confidences) <= 20
    assert confidences == sorted(confidences, reverse=True)
    truth = [SceneObject("", each.left, each.top, each.width, each.height) for each in image.regions]
    assert max(best_overlap(each.bounding_box, truth) for each in proposed.proposals) > 0.5


def test_too_few_boxes_are_refused_by_name(trainer: CustomVisionTrainingClient, project: Project) -> None:
    upload(trainer, project, 3)
    with pytest.raises(CustomVisionErrorException) as refused:
        trainer.train_project(project.id)
    assert refused.value.error.code == "BadRequestDetectionTrainingValidationFailed"
    assert "circle (" in refused.value.error.message


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_detector_is_trained_published_and_asked(
    live_install: LiveInstall, trainer: CustomVisionTrainingClient, project: Project
) -> None:
    upload(trainer, project, IMAGES)
    iteration = trainer.train_project(project.id)
    begun = time.monotonic()
    while iteration.status == "Training":
        assert time.monotonic() - begun < LONGEST_TRAINING_SECONDS
        time.sleep(1)
        iteration = trainer.get_iteration(project.id, iteration.id)
    assert iteration.status == "Completed", iteration.training_error_details
    performance = trainer.get_iteration_performance(project.id, iteration.id, threshold=0.3, overlap_threshold=0.5)
    assert performance.average_precision > 0.5
    looser = trainer.get_iteration_performance(project.id, iteration.id, threshold=0.3, overlap_threshold=0.1)
    assert looser.recall >= performance.recall
    judged = [each for each in trainer.get_image_performances(project.id, iteration.id) if each.predictions]
    assert judged
    assert judged[0].predictions[0].bounding_box.width > 0
    assert trainer.get_image_performance_count(project.id, iteration.id) == IMAGES
    assert all(each.regions for each in judged)
    trainer.publish_iteration(project.id, iteration.id, "detectModel", live_install.prediction_resource_id)
    credentials = ApiKeyCredentials(in_headers={"Prediction-key": live_install.prediction_key})
    predictor = CustomVisionPredictionClient(live_install.endpoint, credentials)
    content, objects = scene(500)
    answer = predictor.detect_image(project.id, "detectModel", content)
    assert 0 < len(answer.predictions) <= 200
    probabilities = [each.probability for each in answer.predictions]
    assert probabilities == sorted(probabilities, reverse=True)
    assert best_overlap(answer.predictions[0].bounding_box, objects) > 0.5
    assert predictor.detect_image_with_no_store(project.id, "detectModel", content).predictions
    with pytest.raises(PredictionRefused) as refused:
        predictor.classify_image(project.id, "detectModel", content)
    assert refused.value.error.code == "BadRequestNotSupported"
    quick = trainer.quick_test_image(project.id, content, iteration_id=iteration.id)
    assert quick.predictions[0].bounding_box is not None
    seen = trainer.get_tagged_images(project.id)[0]
    assert trainer.get_image_region_proposals(project.id, seen.id).proposals[0].confidence >= 0.3
    found = quick.predictions[0]
    box = found.bounding_box
    kept = Region(tag_id=found.tag_id, left=box.left, top=box.top, width=box.width, height=box.height)
    batch = ImageIdCreateBatch(images=[ImageIdCreateEntry(id=quick.id, regions=[kept])])
    moved = trainer.create_images_from_predictions(project.id, batch)
    assert moved.is_batch_successful
    assert moved.images[0].image.regions[0].width == pytest.approx(box.width)


def best_overlap(box: object, objects: list[SceneObject]) -> float:
    left, top, width, height = (getattr(box, name) for name in ("left", "top", "width", "height"))
    best = 0.0
    for each in objects:
        across = min(left + width, each.left + each.width) - max(left, each.left)
        down = min(top + height, each.top + each.height) - max(top, each.top)
        common = max(across, 0) * max(down, 0)
        best = max(best, common / (width * height + each.width * each.height - common))
    return best
