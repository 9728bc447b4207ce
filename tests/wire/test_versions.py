"""Old versions of the API: what their clients cannot read is not sent."""

import pytest
from django.test import Client

from tests.builders import make_project
from tests.labeling.uploading import plain
from tests.wire.http import Api, file_entry, project_path

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("version", "status"),
    [("v3.0", 200), ("v3.1", 200), ("V3.2", 200), ("v3.3", 207), ("v3.4-preview", 207), ("v3.10", 207)],
)
def test_a_batch_with_a_failure_answers_207_from_version_3_3_on(version: str, status: int) -> None:
    project = make_project()
    body = {"images": [file_entry(plain(), "good.png"), file_entry(b"text", "bad.png")]}
    answer = Api(project.resource, version).post(f"{project_path(project)}/images/files", body)
    assert answer.status_code == status
    assert answer.json()["isBatchSuccessful"] is False
    assert [image["status"] for image in answer.json()["images"]] == ["OK", "ErrorImageFormat"]


@pytest.mark.parametrize("path", ["v2.2/Training/projects", "V1.0/Prediction/x/image", "v4.0/training/projects"])
def test_another_version_is_told_which_there_is(path: str) -> None:
    answer = Client().post(f"/customvision/{path}", headers={"Training-Key": "0"})
    assert (answer.status_code, answer.json()["statusCode"]) == (404, 404)
    assert f"Resource not found: version {path[1]} of the API is not served here" in answer.json()["message"]


@pytest.mark.parametrize("path", ["v3.3/training/nonsense", "v3.3/nonsense", "nonsense", ""])
def test_another_address_is_not_found(path: str) -> None:
    answer = Client().post(f"/customvision/{path}", headers={"Training-Key": "0"})
    assert (answer.status_code, answer.json()) == (404, {"statusCode": 404, "message": "Resource not found"})
