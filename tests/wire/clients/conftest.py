"""What the clients of this folder share."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import ImageFileCreateBatch, ImageFileCreateEntry
from msrest.authentication import ApiKeyCredentials

from tests.labeling.uploading import plain
from tests.live_install import ROOT, LiveInstall

COLORS = {"red": (220, 30, 30), "green": (30, 220, 30)}
GENERAL_COMPACT = "0732100f-1a38-4e49-a514-c9b44c697ab5"
IMAGES_PER_TAG = 8
NEW_ACCOUNT = """
import json
from portal.actors import SYSTEM
from portal.keys import reveal
from portal.models import ResourceKind
from portal.resources import create_resource
print(json.dumps(reveal(create_resource(SYSTEM, ResourceKind.TRAINING, {name!r}).keys.get(slot=1))))
"""


@dataclass(frozen=True)
class Trained:
    """A classifier of red and green, its training left out, and a green photo that it has not seen."""

    project: str
    iteration: str
    tags: dict[str, str]
    photo: Path


@pytest.fixture
def trainer(live_install: LiveInstall) -> CustomVisionTrainingClient:
    return training_client(live_install, live_install.training_key)


@pytest.fixture
def predictor(live_install: LiveInstall) -> CustomVisionPredictionClient:
    credentials = ApiKeyCredentials(in_headers={"Prediction-key": live_install.prediction_key})
    return CustomVisionPredictionClient(live_install.endpoint, credentials)


@pytest.fixture
def other_account(live_install: LiveInstall) -> CustomVisionTrainingClient:
    """A client with the key of a resource of its own."""
    program = NEW_ACCOUNT.format(name=f"account-{uuid4().hex[:8]}")
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "-v", "0", "-c", program]
    environment = {**live_install.environment, "SIGHTLINE_DATA": str(live_install.data)}
    key: str = json.loads(subprocess.check_output(command, cwd=ROOT, env=environment))
    return training_client(live_install, key)


@pytest.fixture(scope="session")
def trained(live_install: LiveInstall, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Made once for all tests of this folder."""
    client = training_client(live_install, live_install.training_key)
    made = client.create_project(f"Colors {uuid4()}", domain_id=GENERAL_COMPACT, classification_type="Multiclass")
    tags = {name: client.create_tag(made.id, name).id for name in COLORS}
    for name, (red, green, blue) in COLORS.items():
        shades = [(red, green, blue + number) for number in range(IMAGES_PER_TAG)]
        entries = [
            ImageFileCreateEntry(name=name, contents=plain(color=shade), tag_ids=[tags[name]]) for shade in shades
        ]
        assert client.create_images_from_files(made.id, ImageFileCreateBatch(images=entries)).is_batch_successful
    photo = tmp_path_factory.mktemp("photo") / "green.png"
    photo.write_bytes(plain(color=(20, 200, 90)))
    return Trained(made.id, complete(live_install, "tests/wire/clients/fabricated_classifier.py", made.id), tags, photo)


@pytest.fixture
def publish(live_install: LiveInstall, trainer: CustomVisionTrainingClient, trained: Trained) -> Callable[[str], None]:
    """Publishes the iteration under a name, in place of the one that it has."""

    def publish_as(name: str) -> None:
        if trainer.get_iteration(trained.project, trained.iteration).publish_name:
            trainer.unpublish_iteration(trained.project, trained.iteration)
        resource = live_install.prediction_resource_id
        assert trainer.publish_iteration(trained.project, trained.iteration, name, resource) is True

    return publish_as


def training_client(install: LiveInstall, key: str) -> CustomVisionTrainingClient:
    made = CustomVisionTrainingClient(install.endpoint, ApiKeyCredentials(in_headers={"Training-key": key}))
    made.config.retry_policy.retries = 0
    return made


def complete(install: LiveInstall, program: str, project_id: str) -> str:
    """A completed iteration of the project, as the program leaves it without a training; its id."""
    environment = {**install.environment, "SIGHTLINE_DATA": str(install.data)}
    command = [sys.executable, str(ROOT / program), project_id]
    return subprocess.check_output(command, cwd=ROOT, env=environment, text=True).strip()
