"""Exports through Microsoft's SDKs against a running install, read by programs that know nothing of Sightline."""

import base64
import io
import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import CustomVisionErrorException, Export
from msrest.authentication import ApiKeyCredentials

from tests.e2e import fabricated_detector
from tests.e2e.box_hands import make_scenes
from tests.e2e.projects import MadeProject, make_project, publish, train
from tests.live_install import LiveInstall
from tests.pictures import picture, scene
from tests.plain_readers import PlainReader
from tests.wire.clients.environments import javascript_with_sdk, node

FLAVORS = (None, "ONNX10", "ONNX12", "OnnxFloat16")
JAVASCRIPTS = "ONNX12"
SHAPES = ("circle", "cross")
EXPORTED_WITHIN_SECONDS = 60


def trainer_of(install: LiveInstall) -> CustomVisionTrainingClient:
    return CustomVisionTrainingClient(
        install.endpoint, ApiKeyCredentials(in_headers={"Training-key": install.training_key})
    )


@pytest.fixture(scope="module")
def classifier(live_install: LiveInstall) -> MadeProject:
    made = make_project(live_install, "Shapes to export", SHAPES, 6)
    train(live_install, made)
    publish(live_install, made, "shapes")
    return made


@pytest.fixture(scope="module")
def detector(live_install: LiveInstall) -> MadeProject:
    """A detector that finds the same boxes everywhere, made without a training."""
    made = make_scenes(live_install, "Scenes to export", 2, boxed=2)
    made.iteration_id = fabricated_detector.complete_in(live_install, made.id)
    publish(live_install, made, "scenes")
    return made


def export(trainer: CustomVisionTrainingClient, made: MadeProject, flavor: str | None) -> Export:
    """As Custom Vision's documentation does it: ask, then look for platform and flavor until it is done."""
    asked = trainer.export_iteration(made.id, made.iteration_id, "ONNX", flavor=flavor)
    assert (asked.platform, asked.flavor, asked.status) == ("ONNX", flavor, "Exporting")
    assert (asked.download_uri, asked.newer_version_available) == ("", False)
    deadline = time.monotonic() + EXPORTED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        for found in trainer.get_exports(made.id, made.iteration_id):
            if (found.platform, found.flavor) == ("ONNX", flavor) and found.status != "Exporting":
                return found
        time.sleep(0.2)
    raise AssertionError("not exported in time")


def download(found: Export) -> zipfile.ZipFile:
    assert found.status == "Done"
    response = httpx.get(found.download_uri)
    response.raise_for_status()
    return zipfile.ZipFile(io.BytesIO(response.content))


def predictor_of(install: LiveInstall) -> CustomVisionPredictionClient:
    credentials = ApiKeyCredentials(in_headers={"Prediction-key": install.prediction_key})
    return CustomVisionPredictionClient(install.endpoint, credentials)


def own_reader(archive: zipfile.ZipFile, folder: Path, pictures: list[bytes]) -> list[list[dict[str, Any]]]:
    """What the reader in the ZIP says, run from where the ZIP was unpacked."""
    archive.extractall(folder)
    program = (
        "import json, sys; sys.path.insert(0, 'python'); from pathlib import Path; from predict import Reader;"
        "reader = Reader(Path('model.onnx'), Path('labels.txt'));"
        "print(json.dumps([reader.predict(Path(each).read_bytes()) for each in sys.argv[1:]]))"
    )
    for number, content in enumerate(pictures):
        (folder / f"{number}.jpg").write_bytes(content)
    names = [f"{number}.jpg" for number in range(len(pictures))]
    found: list[list[dict[str, Any]]] = json.loads(
        subprocess.check_output([sys.executable, "-c", program, *names], cwd=folder)
    )
    printed = subprocess.check_output([sys.executable, "python/predict.py", *names], cwd=folder, text=True)
    assert found[0][0]["tag"] in printed
    return found


@pytest.mark.parametrize("flavor", FLAVORS)
def test_a_classifiers_export_answers_as_its_prediction_url(
    live_install: LiveInstall, classifier: MadeProject, tmp_path: Path, flavor: str | None
) -> None:
    trainer = trainer_of(live_install)
    done = export(trainer, classifier, flavor)
    again = trainer.export_iteration(classifier.id, classifier.iteration_id, "onnx", flavor=flavor)
    assert (again.platform, again.flavor, again.status) == ("ONNX", flavor, "Done")
    assert again.download_uri == done.download_uri
    archive = download(done)
    pictures = [picture(shape, number, side=400) for shape in SHAPES for number in (50, 51)]
    predictor = predictor_of(live_install)
    served = [
        {each.tag_name: each.probability for each in result.predictions}
        for result in (predictor.classify_image_with_no_store(classifier.id, "shapes", each) for each in pictures)
    ]
    exact = own_reader(archive, tmp_path, pictures)
    allowed = 1e-3 if flavor != "OnnxFloat16" else 0.02
    for expected, found in zip(served, exact, strict=True):
        assert {each["tag"]: each["probability"] for each in found} == pytest.approx(expected, abs=allowed)
    plain = PlainReader(archive)
    for expected, content in zip(served, pictures, strict=True):
        found_plain = plain.classify(content)
        assert found_plain == pytest.approx(expected, abs=0.15)
        assert max(found_plain, key=found_plain.__getitem__) == max(expected, key=expected.__getitem__)


@pytest.mark.parametrize("flavor", [flavor for flavor in FLAVORS if flavor != JAVASCRIPTS])
def test_a_detectors_export_answers_as_its_prediction_url_in_the_s1_layout(
    live_install: LiveInstall, detector: MadeProject, flavor: str | None
) -> None:
    archive = download(export(trainer_of(live_install), detector, flavor))
    result = predictor_of(live_install).detect_image_with_no_store(detector.id, "scenes", scene(3)[0])
    served = [
        (each.tag_name, each.probability, (box.left, box.top, box.left + box.width, box.top + box.height))
        for each in result.predictions
        for box in [each.bounding_box]
    ]
    found = sorted(PlainReader(archive).detect(scene(3)[0]), key=lambda each: -each[1])
    assert len(found) == len(served) == 3
    for one, other in zip(found, served, strict=True):
        assert one[0] == other[0]
        assert (one[1], *one[2]) == pytest.approx((other[1], *other[2]), abs=1e-5)


def test_what_there_is_not_is_refused(live_install: LiveInstall, classifier: MadeProject) -> None:
    trainer = trainer_of(live_install)
    with pytest.raises(CustomVisionErrorException) as refused:
        trainer.export_iteration(classifier.id, classifier.iteration_id, "CoreML")
    assert refused.value.error.code == "BadRequestNotSupported"
    iteration = trainer.get_iteration(classifier.id, classifier.iteration_id)
    assert (iteration.exportable, iteration.exportable_to) == (True, ["ONNX"])


def test_an_artifact_by_its_path(live_install: LiveInstall, classifier: MadeProject) -> None:
    trainer = trainer_of(live_install)
    image = trainer.get_tagged_images(classifier.id, take=1)[0]
    path = f"i-{classifier.id.replace('-', '')}/o-{image.id.replace('-', '')}"
    content = b"".join(trainer.get_artifact(classifier.id, path))
    assert content == httpx.get(image.original_image_uri).content


def test_the_javascript_sdk_exports_and_downloads(live_install: LiveInstall, detector: MadeProject) -> None:
    request = {
        "endpoint": live_install.endpoint,
        "training_key": live_install.training_key,
        "project": detector.id,
        "iteration": detector.iteration_id,
        "flavor": JAVASCRIPTS,
    }
    command = [node(), str(javascript_with_sdk() / "export.mjs")]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert (told["first"], told["first_uri"], told["last"], told["newer"]) == ("Exporting", "", "Done", False)
    assert told["http"] == 200
    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(told["content"])))
    assert len(PlainReader(archive).detect(scene(3)[0])) == 3
