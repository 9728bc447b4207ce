"""Programs that people wrote against Custom Vision, imitated in the way they call. The words are ours."""

import io
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import (
    CustomVisionErrorException,
    Image,
    ImageFileCreateBatch,
    ImageFileCreateEntry,
    ImageUrlCreateBatch,
    ImageUrlCreateEntry,
    Iteration,
    Project,
    Region,
)

from portal.domains import GENERAL_DETECTION
from tests.live_install import LiveInstall
from tests.pictures import picture, scene
from tests.plain_readers import PlainReader
from tests.wire.clients.conftest import Trained, complete

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SHAPES = ("circle", "cross")
EDGES = ("left", "top", "width", "height")
PAGE = 3  # small, so that there are several


@pytest.fixture
def project(trainer: CustomVisionTrainingClient) -> Iterator[Project]:
    """A detection project with boxes, and one image without."""
    made = trainer.create_project(
        f"Source {uuid.uuid4()}", description="to be copied", domain_id=str(GENERAL_DETECTION)
    )
    tags = {shape: trainer.create_tag(made.id, shape).id for shape in SHAPES}
    entries = []
    for number in range(7):
        data, objects = scene(number)
        regions = [
            Region(tag_id=tags[each.shape], left=each.left, top=each.top, width=each.width, height=each.height)
            for each in objects
        ]
        entries.append(ImageFileCreateEntry(name=f"{number}.jpg", contents=data, regions=regions))
    entries.append(ImageFileCreateEntry(name="bare.jpg", contents=picture("circle", 1)))
    assert trainer.create_images_from_files(made.id, ImageFileCreateBatch(images=entries)).is_batch_successful
    yield made
    trainer.delete_project(made.id)


def paged(list_images: Any, project_id: str, **filters: Any) -> Iterator[Image]:
    """All images, page by page until an empty one comes."""
    skip = 0
    while images := list_images(project_id, take=PAGE, skip=skip, **filters):
        yield from images
        skip += len(images)


def boxes(images: list[Image]) -> list[tuple[Any, ...]]:
    """What is on each image, without the ids, which differ between accounts."""
    return sorted(
        (
            image.width,
            image.height,
            *sorted((each.tag_name, *(getattr(each, edge) for edge in EDGES)) for each in image.regions or []),
        )
        for image in images
    )


def test_a_project_is_copied_to_another_account_by_addresses(
    trainer: CustomVisionTrainingClient, other_account: CustomVisionTrainingClient, project: Project
) -> None:
    """As Microsoft's sample for moving a project does: the second account fetches the images by their addresses."""
    source = trainer.get_project(project.id)
    settings = source.settings
    copy = other_account.create_project(
        source.name,
        description=source.description,
        domain_id=settings.domain_id,
        classification_type=settings.classification_type,
        target_export_platforms=settings.target_export_platforms,
    )
    tags = {
        tag.id: other_account.create_tag(copy.id, tag.name, description=tag.description, type=tag.type).id
        for tag in trainer.get_tags(source.id)
    }
    for image in paged(trainer.get_tagged_images, source.id):
        regions = [
            Region(tag_id=tags[each.tag_id], **{edge: getattr(each, edge) for edge in EDGES}) for each in image.regions
        ]
        entry = ImageUrlCreateEntry(url=image.original_image_uri, regions=regions)
        summary = other_account.create_images_from_urls(copy.id, ImageUrlCreateBatch(images=[entry]))
        assert [each.status for each in summary.images] == ["OK"]
    for image in paged(trainer.get_untagged_images, source.id):
        entry = ImageUrlCreateEntry(url=image.original_image_uri)
        assert other_account.create_images_from_urls(copy.id, ImageUrlCreateBatch(images=[entry])).is_batch_successful
    assert boxes(other_account.get_images(copy.id)) == boxes(trainer.get_images(source.id))
    assert other_account.get_project(copy.id).description == "to be copied"
    with pytest.raises(CustomVisionErrorException) as refused:
        other_account.get_project(source.id)
    assert refused.value.error.code == "NotFoundProject"
    other_account.delete_project(copy.id)


def test_a_project_is_copied_by_downloads(
    trainer: CustomVisionTrainingClient, other_account: CustomVisionTrainingClient, project: Project, trained: Trained
) -> None:
    """As command line tools do: every image is downloaded with nothing but its address, then sent with its tags."""
    copy = other_account.create_project(f"Copy {uuid.uuid4()}", classification_type="Multiclass")
    tags = {tag.name: other_account.create_tag(copy.id, tag.name) for tag in trainer.get_tags(trained.project)}
    for image in paged(trainer.get_tagged_images, trained.project):
        answer = requests.get(image.original_image_uri, timeout=30)
        answer.raise_for_status()
        tag_ids = [tags[tag.tag_name].id for tag in image.tags]
        summary = other_account.create_images_from_data(copy.id, answer.content, tag_ids=tag_ids)
        assert summary.images[0].status == "OK"
    counts = {tag.name: tag.image_count for tag in other_account.get_tags(copy.id)}
    assert counts == {tag.name: tag.image_count for tag in trainer.get_tags(trained.project)}
    other_account.delete_project(copy.id)


def test_all_images_are_downloaded_without_a_header(
    live_install: LiveInstall, project: Project, tmp_path: Path
) -> None:
    """With plain requests: the key for the lists alone, the pages by `take` and `skip`, the files by their id."""
    base = f"{live_install.endpoint}/customvision/v3.3/Training/projects/{project.id}"
    headers = {"Training-key": live_install.training_key}
    total = int(requests.get(f"{base}/images/tagged/count", headers=headers, timeout=30).text)
    saved = []
    for skip in range(0, total, PAGE):
        page = requests.get(f"{base}/images/tagged?take={PAGE}&skip={skip}", headers=headers, timeout=30).json()
        for image in page:
            for field in ("originalImageUri", "resizedImageUri", "thumbnailUri"):
                answer = requests.get(image[field], timeout=30)
                assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
            data = requests.get(image["originalImageUri"], timeout=30).content
            (tmp_path / f"{image['id']}.jpg").write_bytes(data)
            saved.append(data)
            assert all(0 <= region[edge] <= 1 for region in image["regions"] for edge in EDGES)
    assert len(list(tmp_path.iterdir())) == total == 7
    assert set(saved) == {scene(number)[0] for number in range(7)}


def test_domains_are_looked_up_in_all_their_ways(trainer: CustomVisionTrainingClient) -> None:
    domains = trainer.get_domains()
    first = next(domain for domain in domains if domain.type == "ObjectDetection")
    assert (first.id, first.name) == (str(GENERAL_DETECTION), "General")  # the JavaScript quickstart takes the first
    named = [domain for domain in domains if domain.name == "General"]
    assert sorted(domain.type for domain in named) == ["Classification", "ObjectDetection"]
    by_both = next(
        domain for domain in domains if domain.type == "Classification" and domain.name == "General (compact)"
    )
    assert (by_both.id, by_both.exportable) == ("0732100f-1a38-4e49-a514-c9b44c697ab5", True)
    for domain in domains:
        assert trainer.get_domain(domain.id).as_dict() == domain.as_dict()
    made = trainer.create_project(f"Default {uuid.uuid4()}")
    assert made.settings.domain_id == next(domain.id for domain in named if domain.type == "Classification")
    trainer.delete_project(made.id)


def upload_shapes(trainer: CustomVisionTrainingClient, project_id: str, count: int) -> dict[str, str]:
    tags = {shape: trainer.create_tag(project_id, shape).id for shape in SHAPES}
    entries = [
        ImageFileCreateEntry(name=f"{shape}{number}.jpg", contents=picture(shape, number), tag_ids=[tag_id])
        for shape, tag_id in tags.items()
        for number in range(count)
    ]
    assert trainer.create_images_from_files(project_id, ImageFileCreateBatch(images=entries)).is_batch_successful
    return tags


def wait_while_training(trainer: CustomVisionTrainingClient, project_id: str, iteration: Iteration) -> Iteration:
    while iteration.status == "Training":
        time.sleep(1)
        iteration = trainer.get_iteration(project_id, iteration.id)
    return iteration


def test_a_training_with_a_budget_and_an_address(
    live_install: LiveInstall, trainer: CustomVisionTrainingClient
) -> None:
    """As a nightly pipeline does: Advanced with an hour, a mail at its end, the status polled, the figures printed."""
    made = trainer.create_project(f"Nightly {uuid.uuid4()}", classification_type="Multiclass")
    upload_shapes(trainer, made.id, 5)
    iteration = trainer.train_project(
        made.id,
        training_type="Advanced",
        reserved_budget_in_hours=1,
        notification_email_address="nightly@example.com",
    )
    assert (iteration.status, iteration.training_type, iteration.reserved_budget_in_hours) == (
        "Training",
        "Advanced",
        1,
    )
    with pytest.raises(CustomVisionErrorException) as refused:
        trainer.train_project(made.id)
    assert refused.value.error.code == "BadRequestTrainingAlreadyInProgress"
    iteration = wait_while_training(trainer, made.id, iteration)
    assert (iteration.status, iteration.training_error_details) == ("Completed", None)
    assert iteration.training_time_in_minutes >= 1
    assert iteration.trained_at is not None
    performance = trainer.get_iteration_performance(made.id, iteration.id)
    assert 0 <= performance.precision <= 1
    deadline = time.monotonic() + 30
    while not (sent := [name for name in ("short", "training") if "To: nightly@example.com" in live_install.log(name)]):
        assert time.monotonic() < deadline, "no mail"
        time.sleep(0.5)
    assert len(sent) == 1
    trainer.delete_project(made.id)


def test_nothing_to_train_and_a_name_in_use_have_their_fall_backs(
    live_install: LiveInstall,
    trainer: CustomVisionTrainingClient,
    predictor: CustomVisionPredictionClient,
    trained: Trained,
) -> None:
    """A pipeline that runs again: it takes the last iteration, and takes the name from whoever has it."""
    resource = live_install.prediction_resource_id

    def train_or_take_last() -> Iteration:
        try:
            return wait_while_training(trainer, trained.project, trainer.train_project(trained.project))
        except CustomVisionErrorException as refused:
            if refused.error.code != "BadRequestTrainingNotNeeded":
                raise
            return trainer.get_iterations(trained.project)[0]

    def publish_anyway(iteration: Iteration, name: str) -> None:
        try:
            trainer.publish_iteration(trained.project, iteration.id, name, resource)
        except CustomVisionErrorException as refused:
            if refused.error.code not in ("BadRequestIterationIsPublished", "BadRequestInvalidPublishName"):
                raise
            for each in trainer.get_iterations(trained.project):
                if each.publish_name == name or (each.id == iteration.id and each.publish_name):
                    trainer.unpublish_iteration(trained.project, each.id)
            trainer.publish_iteration(trained.project, iteration.id, name, resource)

    if trainer.get_iteration(trained.project, trained.iteration).publish_name:
        trainer.unpublish_iteration(trained.project, trained.iteration)
    iteration = train_or_take_last()
    assert iteration.id == trained.iteration
    publish_anyway(iteration, "production")
    publish_anyway(iteration, "production")  # IterationIsPublished
    newer = complete(live_install, "tests/wire/clients/fabricated_classifier.py", trained.project)
    second = train_or_take_last()
    assert second.id == newer
    publish_anyway(second, "production")  # InvalidPublishName
    photo = trained.photo.read_bytes()
    deadline = time.monotonic() + 10  # web processes look for changes every 0.1 s
    while str(predictor.classify_image(trained.project, "production", photo).iteration) != second.id:
        assert time.monotonic() < deadline
    with pytest.raises(CustomVisionErrorException) as refused:
        trainer.delete_iteration(trained.project, second.id)
    assert refused.value.error.code == "BadRequestIterationIsPublished"
    trainer.unpublish_iteration(trained.project, second.id)
    trainer.delete_iteration(trained.project, second.id)


def test_a_training_of_some_tags(trainer: CustomVisionTrainingClient) -> None:
    made = trainer.create_project(f"Subset {uuid.uuid4()}", classification_type="Multiclass")
    tags = upload_shapes(trainer, made.id, 5)
    third = trainer.create_tag(made.id, "stripes").id
    entries = [ImageFileCreateEntry(contents=picture("stripes", number), tag_ids=[third]) for number in range(5)]
    trainer.create_images_from_files(made.id, ImageFileCreateBatch(images=entries))
    iteration = trainer.train_project(made.id, selected_tags=list(tags.values()))
    frozen = {tag.name: tag.image_count for tag in trainer.get_tags(made.id, iteration_id=iteration.id)}
    assert frozen == dict.fromkeys(SHAPES, 5)
    assert trainer.get_tagged_image_count(made.id, iteration_id=iteration.id) == 10
    renamed = trainer.update_iteration(made.id, iteration.id, name="two shapes")
    assert (renamed.name, renamed.id) == ("two shapes", iteration.id)
    trainer.delete_project(made.id)


def test_an_export_is_downloaded_and_run(
    trainer: CustomVisionTrainingClient,
    predictor: CustomVisionPredictionClient,
    trained: Trained,
    publish: Callable[[str], None],
) -> None:
    """As the export samples do: ask, poll by platform and flavor, unzip, run with ONNX Runtime and Pillow."""
    iteration = trainer.get_iteration(trained.project, trained.iteration)
    assert (iteration.exportable, "ONNX" in iteration.exportable_to) == (True, True)
    trainer.export_iteration(trained.project, iteration.id, "ONNX", flavor="ONNX12")
    while True:
        exports = trainer.get_exports(trained.project, iteration.id)
        found = next(each for each in exports if each.platform == "ONNX" and each.flavor == "ONNX12")
        if found.status != "Exporting":
            break
        time.sleep(1)
    assert found.status == "Done"
    reader = PlainReader(zipfile.ZipFile(io.BytesIO(requests.get(found.download_uri, timeout=60).content)))
    publish("exported")
    photo = trained.photo.read_bytes()
    answer = predictor.classify_image(trained.project, "exported", photo)
    served = {each.tag_name: each.probability for each in answer.predictions}
    assert reader.classify(photo) == pytest.approx(served, abs=1e-3)
