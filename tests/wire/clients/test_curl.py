"""Plain curl, in the ways that documentation and people write it."""

import json
import subprocess
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient

from tests.live_install import LiveInstall
from tests.wire.clients.conftest import Trained

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def curl(*arguments: str) -> tuple[int, Any]:
    """Status and JSON of the answer."""
    command = ["curl", "-sS", "-w", "\n%{http_code}", *arguments]
    body, _, status = subprocess.check_output(command, text=True).rpartition("\n")
    return int(status), json.loads(body) if body else None


@pytest.fixture
def training(live_install: LiveInstall) -> Callable[..., tuple[int, Any]]:
    def call(method: str, path: str, *arguments: str, version: str = "v3.3/Training") -> tuple[int, Any]:
        address = f"{live_install.endpoint}/customvision/{version}/{path}"
        return curl("-X", method, "-H", f"Training-key: {live_install.training_key}", *arguments, address)

    return call


def test_the_curl_quickstart(training: Callable[..., tuple[int, Any]], trained: Trained) -> None:
    """Bodies are missing where there is nothing to say, and the type of a body is curl's own where none is given."""
    status, project = training("POST", f"projects?name=curl%20{uuid4()}")
    assert (status, project["status"]) == (200, "Succeeded")
    base = f"projects/{project['id']}"
    status, tag = training("POST", f"{base}/tags?name=green")
    assert (status, tag["imageCount"]) == (200, 0)
    photo = str(trained.photo)
    ways = [
        ("-H", "Content-Type: application/octet-stream", "--data-binary", f"@{photo}"),
        ("--data-binary", f"@{photo}"),
        ("-H", "Content-Type: image/png", "-T", photo),
        ("-H", "Content-Type: application/octet-stream", "-H", "Transfer-Encoding: chunked", "-T", photo),
        ("-F", f"imageData=@{photo}"),
        ("-F", f"imageData=@{photo};type=application/octet-stream;filename="),
        ("-F", f"file=@{photo}"),
    ]
    for number, way in enumerate(ways):
        status, summary = training("POST", f"{base}/images?tagIds={tag['id']}", *way)
        assert status == 200, (way, summary)
        assert summary["images"][0]["status"] == ("OKDuplicate" if number else "OK"), way
    status, summary = training(
        "POST", f"{base}/images/urls", "-H", "Content-Type: application/json", "-d", '{"Images":[{"Url":"http://x"}]}'
    )
    assert (status, summary["images"][0]["status"]) == (207, "ErrorSource")
    assert training("GET", f"{base}/images/tagged/count") == (200, 1)
    assert training("GET", f"{base}/images/tagged/count", version="v3.3/TRAINING") == (200, 1)
    status, refused = training("POST", f"{base}/train")
    assert (status, refused["code"]) == (400, "BadRequestClassificationTrainingValidationFailed")
    assert training("DELETE", base) == (204, None)


@pytest.mark.parametrize(
    "arguments",
    [
        ("-H", "Content-Type: application/octet-stream", "--data-binary", "@PHOTO"),
        ("--data-binary", "@PHOTO"),
        ("-F", "imageData=@PHOTO"),
    ],
    ids=["octet-stream", "curl's own type", "multipart"],
)
@pytest.mark.parametrize("version", ["v3.0/Prediction", "v3.1/prediction", "v3.1/Prediction"])
def test_the_prediction_url_dialogs_first_example(
    live_install: LiveInstall,
    trained: Trained,
    publish: Callable[[str], None],
    version: str,
    arguments: Sequence[str],
) -> None:
    publish("Iteration1")
    status, answer = curl(
        f"{live_install.endpoint}/customvision/{version}/{trained.project}/classify/iterations/Iteration1/image",
        "-H",
        f"Prediction-Key: {live_install.prediction_key}",
        *(each.replace("PHOTO", str(trained.photo)) for each in arguments),
    )
    assert (status, answer["predictions"][0]["tagName"]) == (200, "green")
    assert (answer["project"], answer["iteration"]) == (trained.project, trained.iteration)


@pytest.mark.parametrize("body", ['{"Url": "ADDRESS"}', '{"url": "ADDRESS"}', '{"URL": "ADDRESS", "more": 1}'])
def test_the_prediction_url_dialogs_second_example(
    live_install: LiveInstall,
    trainer: CustomVisionTrainingClient,
    trained: Trained,
    publish: Callable[[str], None],
    body: str,
) -> None:
    publish("Iteration 1")
    image = trainer.get_tagged_images(trained.project, tag_ids=[trained.tags["red"]], take=1)[0]
    status, answer = curl(
        f"{live_install.endpoint}/customvision/v3.0/Prediction/{trained.project}/classify/iterations/Iteration%201/url",
        "-H",
        f"prediction-key: {live_install.prediction_key}",
        "-H",
        "Content-Type: application/json",
        "-d",
        body.replace("ADDRESS", image.original_image_uri),
    )
    assert (status, answer["predictions"][0]["tagName"]) == (200, "red")


def test_what_people_get_wrong_is_answered_by_name(
    live_install: LiveInstall, trained: Trained, publish: Callable[[str], None]
) -> None:
    publish("named")
    base = f"{live_install.endpoint}/customvision/v3.0/Prediction/{trained.project}/classify/iterations"
    key = ("-H", f"Prediction-Key: {live_install.prediction_key}")
    photo = ("--data-binary", f"@{trained.photo}")
    as_json = ("-H", "Content-Type: application/json", "-d", '{"Url": "http://localhost/a.jpg"}')
    cases = [
        ((f"{base}/other/image", *key, *photo), 404, "NotFoundIteration"),
        ((f"{base}/named/image", *key, *as_json), 400, "BadRequestImageFormat"),
        ((f"{base}/named/url", *key, "-H", "Content-Type: application/octet-stream", *photo), 415, ""),
        ((f"{base}/named/url", *key, *as_json), 400, "BadRequestImageUrl"),
        ((f"{base.replace('classify', 'detect')}/named/image", *key, *photo), 400, "BadRequestNotSupported"),
    ]
    for arguments, status, code in cases:
        got, answer = curl(*arguments)
        assert (got, answer["code"]) == (status, code or "UnsupportedMediaType"), arguments
        assert answer["message"]
    status, answer = curl(f"{base}/named/image", "-H", f"Prediction-Key: {live_install.training_key}", *photo)
    assert (status, "training key" in answer["error"]["message"]) == (401, True)
    status, answer = curl(f"{base}/named/image".replace("v3.0", "v2.0"), *key, *photo)
    assert (status, "version 2" in answer["message"]) == (404, True)


def test_a_filter_in_the_address(training: Callable[..., tuple[int, Any]], trained: Trained) -> None:
    condition = quote("site eq 'nowhere'")
    assert training("GET", f"projects/{trained.project}/images/count?$filter={condition}") == (200, 0)
    status, refused = training("GET", f"projects/{trained.project}/images?$filter=site%20=%20'x'")
    assert (status, "position 6" in refused["message"]) == (400, True)
