"""Published names with spaces, slashes and Unicode, asked by the SDKs and by curl."""

import json
import subprocess
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import CustomVisionErrorException

from tests.live_install import LiveInstall
from tests.wire.clients.conftest import Trained, complete
from tests.wire.clients.environments import javascript_with_sdk, node

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
NAMES = [
    "Identificar INES",
    "my model/1",
    "a/image",
    "x/url/nostore",
    "Modèle № 1 ✓",
    "日本語のモデル",
    "🌲",
    "100% done? a&b=c#d+e;f",
    'back\\slash "quoted" <tag>',
    "per%2Fcent%20",
    "n" * 256,
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_answers_every_client(
    live_install: LiveInstall,
    trainer: CustomVisionTrainingClient,
    predictor: CustomVisionPredictionClient,
    trained: Trained,
    publish: Callable[[str], None],
    name: str,
) -> None:
    publish(name)
    assert trainer.get_iteration(trained.project, trained.iteration).publish_name == name
    photo = trained.photo.read_bytes()
    told = [
        predictor.classify_image(trained.project, name, photo),
        predictor.classify_image_with_no_store(trained.project, name, photo),
    ]
    assert [each.predictions[0].tag_name for each in told] == ["green"] * 2

    image = trainer.get_tagged_images(trained.project, tag_ids=[trained.tags["green"]], take=1)[0]
    request = {
        "endpoint": live_install.endpoint,
        "prediction_key": live_install.prediction_key,
        "project": trained.project,
        "name": name,
        "photo": str(trained.photo),
        "url": image.original_image_uri,
    }
    command = [node(), str(javascript_with_sdk() / "ask_by_names.mjs")]
    answer = json.loads(subprocess.check_output(command, input=json.dumps(request), text=True))
    assert answer["answers"] == ["green"] * 2

    address = (
        f"{live_install.endpoint}/customvision/v3.1/Prediction/{trained.project}/classify/iterations"
        f"/{quote(name, safe='')}/image"
    )
    curl = ["curl", "-sS", "-X", "POST", address, "-H", f"Prediction-Key: {live_install.prediction_key}"]
    curl += ["-H", "Content-Type: application/octet-stream", "--data-binary", f"@{trained.photo}"]
    assert json.loads(subprocess.check_output(curl))["predictions"][0]["tagName"] == "green"


def test_a_name_belongs_to_one_iteration(
    live_install: LiveInstall,
    trainer: CustomVisionTrainingClient,
    predictor: CustomVisionPredictionClient,
    trained: Trained,
    publish: Callable[[str], None],
) -> None:
    publish("one")
    resource = live_install.prediction_resource_id
    with pytest.raises(CustomVisionErrorException) as refused:
        trainer.publish_iteration(trained.project, trained.iteration, "two", resource)
    assert refused.value.error.code == "BadRequestIterationIsPublished"
    second = complete(live_install, "tests/wire/clients/fabricated_classifier.py", trained.project)
    with pytest.raises(CustomVisionErrorException) as refused:
        trainer.publish_iteration(trained.project, second, "one", resource)
    assert refused.value.error.code == "BadRequestInvalidPublishName"
    assert trainer.publish_iteration(trained.project, second, "One", resource) is True  # another name
    photo = trained.photo.read_bytes()
    told = [str(predictor.classify_image(trained.project, name, photo).iteration) for name in ("one", "One")]
    assert told == [trained.iteration, second]
    trainer.unpublish_iteration(trained.project, second)
    assert trainer.publish_iteration(trained.project, second, "one", resource, overwrite=True) is True
    deadline = time.monotonic() + 10  # web processes look for changes every 0.1 s
    while str(predictor.classify_image(trained.project, "one", photo).iteration) != second:
        assert time.monotonic() < deadline
    trainer.unpublish_iteration(trained.project, second)
    trainer.delete_iteration(trained.project, second)
