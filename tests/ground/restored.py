"""What has to be the same in an install and in one that was restored from its backup."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import PredictionQueryToken
from msrest.authentication import ApiKeyCredentials

from tests.labeling.uploading import plain

PUBLISHED = "kept"
PHOTO = plain(color=(20, 200, 90))


@dataclass(frozen=True)
class Facts:
    """Keys, what signed addresses open (their paths: the host is another), what a model answers, what was stored."""

    keys: tuple[str, str, str]
    files: Mapping[str, str]
    answer: Mapping[str, float]
    predictions: frozenset[str]


def trainer_of(endpoint: str, keys: Mapping[str, str]) -> CustomVisionTrainingClient:
    return CustomVisionTrainingClient(endpoint, ApiKeyCredentials(in_headers={"Training-key": keys["trainingKey"]}))


def facts_of(endpoint: str, keys: Mapping[str, str], project_id: str) -> Facts:
    trainer = trainer_of(endpoint, keys)
    files = {}
    stored = set(_stored_predictions(trainer, project_id))
    addresses = [address for _, each in stored for address in each]
    for image in trainer.get_images(project_id, take=256):
        addresses += [image.original_image_uri, image.resized_image_uri, image.thumbnail_uri]
    for address in addresses:
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}"
        files[path] = hashlib.sha256(opened(f"{endpoint}{path}")).hexdigest()
    return Facts(
        keys=(keys["trainingKey"], keys["predictionKey"], keys["predictionResourceId"]),
        files=files,
        answer=predict(endpoint, keys, project_id, is_stored=False)[1],
        predictions=frozenset(id for id, _ in stored),
    )


def opened(address: str) -> bytes:
    """What a signed address leads to, without any key."""
    answer = httpx.get(address, timeout=60)
    assert answer.status_code == 200, (address, answer.text)
    return answer.content


def predict(
    endpoint: str, keys: Mapping[str, str], project_id: str, *, is_stored: bool
) -> tuple[str, dict[str, float]]:
    """The id of the answer, and each tag's probability."""
    path = f"/customvision/v3.1/Prediction/{project_id}/classify/iterations/{PUBLISHED}/image"
    headers = {"Prediction-Key": keys["predictionKey"], "Content-Type": "application/octet-stream"}
    address = f"{endpoint}{path}{'' if is_stored else '/nostore'}"
    answer = httpx.post(address, content=PHOTO, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return told["id"], {each["tagName"]: each["probability"] for each in told["predictions"]}


def _stored_predictions(trainer: CustomVisionTrainingClient, project_id: str) -> Iterator[tuple[str, tuple[str, str]]]:
    token = PredictionQueryToken()
    while (page := trainer.query_predictions(project_id, token)).results:
        for each in page.results:
            yield str(each.id), (each.original_image_uri, each.thumbnail_uri)
        token = page.token
