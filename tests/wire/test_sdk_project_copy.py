"""A project copied between two accounts through Microsoft's Python SDK, against a running install."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import (
    CustomVisionErrorException,
    ImageFileCreateBatch,
    ImageFileCreateEntry,
    ImageTagCreateEntry,
    Project,
)
from msrest.authentication import ApiKeyCredentials

from tests.live_install import ROOT, LiveInstall
from tests.pictures import picture

PATIENCE_SECONDS = 400
SECOND_ACCOUNT = """
import json, sys
from portal.actors import SYSTEM
from portal.keys import reveal
from portal.models import ResourceKind
from portal.resources import create_resource
resource = create_resource(SYSTEM, ResourceKind.TRAINING, sys.argv[-1])
print(json.dumps(reveal(resource.keys.get(slot=1))))
"""


def client(install: LiveInstall, key: str) -> CustomVisionTrainingClient:
    made = CustomVisionTrainingClient(install.endpoint, ApiKeyCredentials(in_headers={"Training-key": key}))
    made.config.retry_policy.retries = 0
    return made


def second_account(install: LiveInstall) -> CustomVisionTrainingClient:
    program = SECOND_ACCOUNT.replace("sys.argv[-1]", repr(f"second-{uuid.uuid4().hex[:8]}"))
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "-v", "0", "-c", program]
    environment = {**install.environment, "SIGHTLINE_DATA": str(install.data)}
    return client(install, json.loads(subprocess.check_output(command, cwd=ROOT, env=environment)))


def wait_for(ask: Callable[[], Any], unfinished: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = ask()
        if found.status != unfinished:
            return found
        time.sleep(0.2)
    raise AssertionError(f"still {unfinished}")


def refusal_of(call: Callable[[], Any]) -> str:
    try:
        call()
    except CustomVisionErrorException as refused:
        return str(refused.error.code)
    return ""


def filled(trainer: CustomVisionTrainingClient) -> Project:
    """Two tags on five pictures each, one picture without, and metadata."""
    project = trainer.create_project(str(uuid.uuid4()), description="copied", classification_type="Multiclass")
    for shape in ("circle", "cross"):
        tag = trainer.create_tag(project.id, shape)
        images = [ImageFileCreateEntry(name=f"{n}.jpg", contents=picture(shape, n)) for n in range(5)]
        batch = ImageFileCreateBatch(images=images, tag_ids=[tag.id], metadata={"shape": shape})
        assert trainer.create_images_from_files(project.id, batch).is_batch_successful
    loose = ImageFileCreateBatch(images=[ImageFileCreateEntry(name="x.jpg", contents=picture("stripes", 0))])
    assert trainer.create_images_from_files(project.id, loose).is_batch_successful
    return project


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_project_is_copied_to_another_account_trained_and_all(live_install: LiveInstall) -> None:
    first, second = client(live_install, live_install.training_key), second_account(live_install)
    project = filled(first)
    iteration = first.train_project(project.id)
    iteration = wait_for(lambda: first.get_iteration(project.id, iteration.id), "Training")
    assert iteration.status == "Completed"
    export = first.export_project(project.id)
    assert (export.iteration_count, export.image_count, export.tag_count, export.region_count) == (1, 11, 2, 0)
    assert export.estimated_import_time_in_ms > 0

    made = second.import_project(export.token)
    assert (made.status, made.name, made.description) == ("Importing", project.name, "copied")
    made = wait_for(lambda: second.get_project(made.id), "Importing")
    assert (made.status, made.settings.classification_type) == ("Succeeded", "Multiclass")
    assert made.thumbnail_uri

    def contents(trainer: CustomVisionTrainingClient, of: Project) -> list[Any]:
        images = trainer.get_images(of.id)
        return sorted(
            (tuple(tag.tag_name for tag in image.tags or ()), image.metadata == {}, image.created) for image in images
        )

    assert contents(first, project) == contents(second, made)
    copies = second.get_iterations(made.id)
    assert [(each.name, each.status, each.publish_name) for each in copies] == [(iteration.name, "Completed", None)]
    figures = [
        trainer.get_iteration_performance(of.id, each.id, threshold=0.5)
        for trainer, of, each in ((first, project, iteration), (second, made, copies[0]))
    ]
    assert figures[0].precision == figures[1].precision
    assert figures[0].average_precision == figures[1].average_precision

    predictor = CustomVisionPredictionClient(
        live_install.endpoint, ApiKeyCredentials(in_headers={"Prediction-key": live_install.prediction_key})
    )
    answers = []
    for trainer, of, each in ((first, project, iteration), (second, made, copies[0])):
        trainer.publish_iteration(of.id, each.id, "shapes", live_install.prediction_resource_id)
        found = predictor.classify_image_with_no_store(of.id, "shapes", picture("circle", 40)).predictions
        tags = {tag.id: tag.name for tag in trainer.get_tags(of.id)}
        assert all(tags[one.tag_id] == one.tag_name for one in found)
        answers.append([(one.tag_name, one.probability) for one in found])
    assert answers[0] == answers[1]

    with pytest.raises(CustomVisionErrorException) as refused:
        second.train_project(made.id)
    assert refused.value.error.code == "BadRequestTrainingNotNeeded"

    first.unpublish_iteration(project.id, iteration.id)
    first.delete_project(project.id)
    assert predictor.classify_image_with_no_store(made.id, "shapes", picture("circle", 40)).predictions
    second.unpublish_iteration(made.id, copies[0].id)
    second.delete_project(made.id)


def test_a_copy_in_the_making_takes_no_change_and_a_bad_token_makes_none(live_install: LiveInstall) -> None:
    trainer = client(live_install, live_install.training_key)
    project = filled(trainer)
    made = trainer.import_project(trainer.export_project(project.id).token, name="A copy & more")
    assert made.name == "A copy & more"
    # Nothing where the copy was quicker than this call.
    assert refusal_of(lambda: trainer.create_tag(made.id, "early")) in ("BadRequestWorkspaceCannotBeModified", "")
    assert wait_for(lambda: trainer.get_project(made.id), "Importing").status == "Succeeded"
    image = trainer.get_untagged_images(made.id)[0]
    tag = trainer.create_tag(made.id, "late")
    entry = ImageTagCreateEntry(image_id=image.id, tag_id=tag.id)
    trainer.create_image_tags(made.id, [entry])
    assert trainer.get_untagged_image_count(project.id) == 1
    for token, code in (("x:y:z", "BadRequestInvalidImportToken"), (" ", "BadRequestRequiredParamIsNull")):
        with pytest.raises(CustomVisionErrorException) as refusal:
            trainer.import_project(token)
        assert refusal.value.error.code == code
    for each in (made, project):
        trainer.delete_project(each.id)


def test_the_whole_project_that_was_got_is_taken_back(live_install: LiveInstall) -> None:
    """Read-only fields are passed over, and what is not sent stays."""
    trainer = client(live_install, live_install.training_key)
    made = trainer.create_project(
        str(uuid.uuid4()), "first", target_export_platforms=["ONNX"], classification_type="Multiclass"
    )
    found = trainer.get_project(made.id)
    found.settings.image_processing_settings.augmentation_methods = {"rotation": False, "scaling": True}
    found.settings.target_export_platforms = ["CoreML", "ONNX"]
    found.settings.classification_type = "Multilabel"
    found.settings.domain_id = "a8e3c40f-fb4a-466f-832a-5e457ae4a344"
    changed = trainer.update_project(made.id, found)
    assert changed.settings.image_processing_settings.augmentation_methods == {"rotation": False, "scaling": True}
    assert changed.settings.target_export_platforms == ["CoreML", "ONNX"]
    assert changed.settings.classification_type == "Multilabel"
    assert (changed.name, changed.description, changed.status) == (made.name, "first", "Succeeded")
    again = trainer.update_project(made.id, changed)
    assert again.settings.as_dict() == changed.settings.as_dict()
    again.settings.domain_id = "da2e3a8a-40a5-4171-82f4-58522f70fbc1"
    with pytest.raises(CustomVisionErrorException) as refused:
        trainer.update_project(made.id, again)
    assert refused.value.error.code == "BadRequestProjectUnsupportedDomainTypeChange"
    trainer.delete_project(made.id)
