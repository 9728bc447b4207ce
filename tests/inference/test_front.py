"""The prediction URL, in process: every client's way of calling it, every refusal."""

import json
import logging
import re
import time
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from pytest_django import Settings

from inference.models import StoredPrediction
from inference.spool_folder import spool_folder
from portal.actors import SYSTEM
from portal.keys import make_key, regenerate_key
from portal.limits import PREDICTION_IMAGE_BYTES
from portal.models import KeyApplication, ResourceKind
from portal.projects import ProjectSettings
from portal.signed_files import signed_address
from tests.builders import make_project, make_resource
from tests.inference.serving import Serving, first_key, png, publish
from training.publishing import unpublish_iteration


def code_of(answer: Any) -> tuple[int, str]:
    return int(answer.status.split()[0]), answer.json["code"]


def multipart(*parts: tuple[str, bytes], boundary: str = "0a1b2c") -> tuple[bytes, str]:
    body = b"".join(f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts)
    return body + f"--{boundary}--\r\n".encode(), f'multipart/form-data; boundary="{boundary}"'


def test_the_answer_is_an_image_prediction(serving: Serving) -> None:
    answer = serving.post(png((20, 250, 60)))
    assert answer.status == "200 OK"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    content = answer.json
    assert UUID(content["id"]).version == 4
    assert content["project"] == str(serving.project.pk)
    assert content["iteration"] == str(serving.iteration.pk)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", content["created"])
    powers = np.exp(8 * np.array([20, 250, 60]) / 255)
    wanted = powers / powers.sum()
    predictions = content["predictions"]
    assert [(entry["tagName"], entry["tagType"]) for entry in predictions] == [
        ("grün", "Regular"),
        ("none", "Negative"),
        ("red", "Regular"),
    ]
    assert [entry["tagId"][0] for entry in predictions] == ["2", "3", "1"]
    assert np.allclose([entry["probability"] for entry in predictions], wanted[[1, 2, 0]], atol=1e-6)
    assert all(set(entry) == {"tagId", "tagName", "boundingBox", "tagType", "probability"} for entry in predictions)


@pytest.mark.parametrize("prefix", ["/customvision/v3.0/Prediction", "/customvision/v3.1/prediction"])
@pytest.mark.parametrize(
    "head",
    [
        'Content-Disposition: form-data; name="imageData"',
        'Content-Disposition: form-data; name="imageData"\r\nContent-Type: application/octet-stream',
        'Content-Disposition: form-data; name="imageData"; filename="x.png"\r\nContent-Type: image/png',
        'content-disposition: form-data; name="ImageData"; filename="x.png"',
        'Content-Disposition: form-data; name="file"; filename="x.png"',
        'Content-Disposition: form-data; name="upload"',
    ],
)
def test_multipart_as_clients_write_it(serving: Serving, head: str, prefix: str) -> None:
    body, content_type = multipart((head, png()))
    answer = serving.post(body, content_type, prefix=prefix)
    assert answer.json["predictions"][0]["tagName"] == "grün"


def test_the_image_part_is_found_among_others(serving: Serving) -> None:
    body, content_type = multipart(
        ('Content-Disposition: form-data; name="note"', b"hello"),
        ('Content-Disposition: form-data; name="imageData"', png()),
        ('Content-Disposition: form-data; name="other"; filename="b.png"', b"not this"),
    )
    assert serving.post(body, content_type).status == "200 OK"


@pytest.mark.parametrize(
    "content_type", ["application/octet-stream", "image/png", "", "application/x-www-form-urlencoded"]
)
def test_bare_bytes(serving: Serving, content_type: str) -> None:
    assert serving.post(png(), content_type).status == "200 OK"


@pytest.mark.parametrize("name", ["my model/1", "Identificar INES", "größe 测试", "a/image", "url/nostore", "50%"])
def test_published_names_of_every_kind(serving: Serving, name: str) -> None:
    publish(serving.project, serving.resource, name)
    assert serving.post(png(), name=name).status == "200 OK"
    assert code_of(serving.post(png(), name=name + "x")) == (404, "NotFoundIteration")
    assert serving.post(png(), name=f" {name} ").status == "200 OK"  # publishing takes them off, too


def test_publish_and_predict_at_once(serving: Serving) -> None:
    assert serving.post(png()).status == "200 OK"
    for number in range(5):
        iteration = publish(serving.project, serving.resource, f"fresh {number}")
        answer = serving.post(png(), name=f"fresh {number}")
        assert answer.json["iteration"] == str(iteration.pk)


def test_a_key_works_the_moment_it_is_made_and_the_old_one_ends(serving: Serving) -> None:
    old = serving.key
    assert serving.post(png()).status == "200 OK"
    serving.key = regenerate_key(SYSTEM, serving.resource, 1)
    assert serving.post(png()).status == "200 OK"
    assert wait_for(lambda: serving.post(png(), headers={"HTTP_PREDICTION_KEY": old}).status) == "401 Access Denied"
    second = make_key(serving.resource, 2)
    assert serving.post(png(), headers={"HTTP_PREDICTION_KEY": f" {second} "}).status == "200 OK"


def wait_for(probe: Any, unlike: str = "200 OK", seconds: float = 2.0) -> str:
    deadline = time.monotonic() + seconds
    while (found := probe()) == unlike and time.monotonic() < deadline:
        time.sleep(0.02)
    return str(found)


def test_republishing_and_unpublishing_reach_the_front(serving: Serving) -> None:
    first = serving.post(png()).json
    assert first["predictions"][0]["tagName"] == "grün"
    second = publish(serving.project, serving.resource, order=(1, 0, 2))
    started = time.monotonic()
    while serving.post(png()).json["iteration"] != str(second.pk):
        assert time.monotonic() - started < 2
    assert serving.post(png()).json["predictions"][0]["tagName"] == "red"
    unpublish_iteration(SYSTEM, second)
    assert wait_for(lambda: serving.post(png()).status) == "404 Not Found"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "Prediction-Key header is missing"),
        ({"HTTP_PREDICTION_KEY": ""}, "Prediction-Key header is missing"),
        ({"HTTP_TRAINING_KEY": "x"}, "Training-Key does not open"),
        ({"HTTP_PREDICTION_KEY": "0" * 32}, "invalid subscription key"),
        ({"HTTP_PREDICTION_KEY": "grün"}, "invalid subscription key"),
    ],
)
def test_wrong_keys(serving: Serving, headers: dict[str, str], words: str) -> None:
    answer = serving.post(png(), headers=headers)
    assert answer.status == "401 Access Denied"
    assert answer.json["error"]["code"] == "401"
    assert words in answer.json["error"]["message"]
    assert answer.left == b""


def test_a_training_key_opens_no_prediction_url(serving: Serving) -> None:
    answer = serving.post(png(), headers={"HTTP_PREDICTION_KEY": first_key(serving.project.resource)})
    assert answer.status == "401 Access Denied"
    assert "training key" in answer.json["error"]["message"]


def test_a_resource_opens_only_what_was_published_to_it(serving: Serving) -> None:
    other = make_resource(ResourceKind.PREDICTION)
    headers = {"HTTP_PREDICTION_KEY": first_key(other)}
    assert code_of(serving.post(png(), headers=headers)) == (404, "NotFoundIteration")
    publish(serving.project, other, "theirs")
    assert serving.post(png(), name="theirs", headers=headers).status == "200 OK"
    assert code_of(serving.post(png(), name="theirs")) == (404, "NotFoundIteration")


def test_wrong_projects_names_and_tasks(serving: Serving) -> None:
    assert code_of(serving.post(png(), project=uuid4())) == (404, "NotFoundProject")
    assert code_of(serving.post(png(), project="not-an-id")) == (404, "NotFoundProject")
    assert code_of(serving.post(png(), name="nobody")) == (404, "NotFoundIteration")
    assert code_of(serving.post(png(), task="detect")) == (400, "BadRequestNotSupported")
    assert serving.post(png(), project=str(serving.project.pk).upper()).json["project"] == str(serving.project.pk)


def test_other_paths_and_methods_go_to_django(serving: Serving) -> None:
    base = f"/customvision/v3.0/prediction/{serving.project.pk}/classify/iterations/model"
    for path in ("/", "/customvision/v3.0/training/projects", base, f"{base}/images", f"{base}/image/store"):
        assert serving.post(b"", path=path).status == "299 Django"
    assert serving.post(b"", path=f"/customvision/v2.0/Prediction/{serving.project.pk}/image").status == "299 Django"
    assert serving.post(b"", path=f"{base}/image", method="GET").status == "299 Django"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "BadRequestImageStream"),
        (b"text named .jpg", "BadRequestImageFormat"),
        (png(size=(260, 10)), "BadRequestImageDimensions"),
        (png()[:60], "BadRequestImageFormat"),
        (b"x" * (PREDICTION_IMAGE_BYTES + 1), "BadRequestImageSizeBytes"),
        (b"x" * (3 * PREDICTION_IMAGE_BYTES), "BadRequestImageSizeBytes"),
    ],
)
def test_bodies_that_are_no_image(serving: Serving, body: bytes, code: str) -> None:
    answer = serving.post(body)
    assert code_of(answer) == (400, code)
    assert answer.left == b""
    body, content_type = multipart(('Content-Disposition: form-data; name="imageData"', body))
    assert code_of(serving.post(body, content_type)) == (400, code)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--x\r\nbroken", 'multipart/form-data; boundary="x"'),
        (b"nothing", 'multipart/form-data; boundary="x"'),
        (png(), "multipart/form-data"),
        (multipart(('Content-Disposition: form-data; name="imageData"', png()))[0][:-12], multipart()[1]),
        (multipart()[0], multipart()[1]),
    ],
)
def test_damaged_multipart(serving: Serving, body: bytes, content_type: str) -> None:
    assert code_of(serving.post(body, content_type)) == (400, "BadRequestImageStream")


def test_an_image_of_exactly_4_mb_is_taken(serving: Serving) -> None:
    image = png(format="BMP")
    image += b"\0" * (PREDICTION_IMAGE_BYTES - len(image))
    assert serving.post(image).status == "200 OK"
    assert serving.post(*multipart(('Content-Disposition: form-data; name="imageData"', image))).status == "200 OK"


def test_a_body_that_breaks_off(serving: Serving) -> None:
    import io

    answer = serving.post(png() + b"more", stream=io.BytesIO(png()))
    assert code_of(answer) == (400, "BadRequestImageStream")


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b'{"url": "http://127.0.0.1:1/a.jpg"}', "application/json", (400, "BadRequestImageUrl")),
        (b'{"Url": "ftp://example.com/a.jpg"}', "application/json; charset=utf-8", (400, "BadRequestImageUrl")),
        (b'{"url": ""}', "application/json", (400, "BadRequestImageUrl")),
        (b'{"url": 5}', "application/json", (400, "BadRequestImageUrl")),
        (b"{}", "application/json", (400, "BadRequestImageUrl")),
        (b"[1]", "application/json", (400, "BadRequestImageUrl")),
        (b"{", "application/json", (400, "BadRequest")),
        (b"", "application/json", (400, "BadRequest")),
        (b"[" * 60000, "application/json", (400, "BadRequest")),
        (b'{"url": "' + b"a" * 70_000 + b'"}', "application/json", (400, "BadRequestImageUrl")),
        (png(), "application/octet-stream", (415, "UnsupportedMediaType")),
    ],
)
def test_url_bodies(serving: Serving, body: bytes, content_type: str, expected: tuple[int, str]) -> None:
    assert code_of(serving.post(body, content_type, source="url/nostore")) == expected


def test_our_own_addresses_are_read_from_storage(serving: Serving) -> None:
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    name = default_storage.save("projects/p/images/a.png", ContentFile(png()))
    address = signed_address(name)
    answer = serving.post(json.dumps({"URL": address}).encode(), "application/json", source="url/nostore")
    assert answer.json["predictions"][0]["tagName"] == "grün"
    forged = json.dumps({"url": address[:-1] + ("0" if address[-1] != "0" else "1")}).encode()
    assert code_of(serving.post(forged, "application/json", source="url")) == (400, "BadRequestImageUrl")


def test_application_has_a_limit(serving: Serving) -> None:
    assert serving.post(png(), query="application=" + "a" * 256).status == "200 OK"
    for text in ("a" * 257, "a%00b"):
        answer = serving.post(png(), query=f"application={text}")
        assert code_of(answer) == (400, "BadRequestPredictionInvalidApplicationName")


def test_nostore_writes_nothing_and_image_writes_one_record(serving: Serving) -> None:
    serving.post(png())
    assert not spool_folder().exists()
    serving.post(png(), source="image")
    assert sum(path.stat().st_size for path in spool_folder().iterdir()) > len(png())
    assert StoredPrediction.objects.count() == 0


def test_without_a_spool_a_stored_prediction_is_refused(serving: Serving) -> None:
    spool_folder().parent.mkdir()
    spool_folder().write_text("a file where the folder should be")
    assert code_of(serving.post(png(), source="image")) == (503, "ErrorPredictionStorage")
    assert serving.post(png()).status == "200 OK"


def test_a_missing_artifact_is_an_error_of_that_name_alone(serving: Serving) -> None:
    broken = publish(serving.project, serving.resource, "broken", properties={"sightline.schema": "9"})
    answer = serving.post(png(), name="broken")
    assert code_of(answer) == (500, "ErrorPredictionModelNotFound")
    broken.artifact_sha256 = "0" * 64
    assert serving.post(png()).status == "200 OK"


def test_detection_projects_do_not_classify(serving: Serving) -> None:
    detection = make_project(settings=ProjectSettings(domain_id=UUID("da2e3a8a-40a5-4171-82f4-58522f70fbc1")))
    publish(detection, serving.resource, "boxes")
    assert code_of(serving.post(png(), project=detection.pk, name="boxes")) == (400, "BadRequestNotSupported")


def test_each_call_is_one_log_line_without_image_or_key(serving: Serving, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="inference.calls"):
        answer = serving.post(png(size=(60, 40)), source="image", query="application=door%20cam")
        refused = serving.post(png(), name="nobody")
    lines = [record for record in caplog.records if record.name == "inference.calls"]
    assert len(lines) == 2
    said = {name: value for name, value in vars(lines[0]).items() if name not in vars(logging.makeLogRecord({}))}
    timings = [said.pop(name) for name in ("decode_ms", "run_ms", "total_ms")]
    assert 0 < timings[0] < timings[2]
    assert timings[0] + timings[1] <= timings[2] + 0.02
    assert said == {
        "request_id": answer.headers["X-Request-Id"],
        "status": 200,
        "code": "",
        "resource": serving.resource.name,
        "project": str(serving.project.pk),
        "published_name": "model",
        "iteration": str(serving.iteration.pk),
        "application": "door cam",
        "stored": True,
        "image_bytes": len(png(size=(60, 40))),
        "width": 60,
        "height": 40,
        "top_tag": "grün",
        "top_probability": answer.json["predictions"][0]["probability"],
        **({"message": "prediction"} if "message" in said else {}),
    }
    assert answer.json["id"] == answer.headers["X-Request-Id"]
    assert (vars(lines[1])["status"], vars(lines[1])["code"]) == (404, "NotFoundIteration")
    assert refused.headers["X-Request-Id"] == vars(lines[1])["request_id"]
    assert serving.key not in caplog.text


def test_the_database_is_not_asked_on_the_request_path(serving: Serving, settings: Settings) -> None:
    from django.db import connection

    assert serving.post(png()).status == "200 OK"
    with connection.execute_wrapper(_no_query):
        for source in ("image", "image/nostore"):
            assert serving.post(png(), source=source).status == "200 OK"


def _no_query(*_: Any) -> Any:
    raise AssertionError("a query on the request path")


@pytest.mark.django_db(transaction=True)
def test_a_model_is_loaded_again_when_it_was_let_go(serving: Serving) -> None:
    assert serving.post(png()).status == "200 OK"
    parts = serving.front._parts
    assert parts is not None
    parts.models._models.clear()
    assert serving.post(png()).status == "200 OK"


def test_a_call_notes_when_its_key_was_used_and_by_which_application(serving: Serving) -> None:
    key = serving.resource.keys.get(slot=1)
    assert serving.post(png(), query="application=shop").status == "200 OK"
    for text in ("x" * 257, "%00"):
        assert code_of(serving.post(png(), query=f"application={text}"))[0] == 400
    deadline = time.monotonic() + 5
    while not KeyApplication.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    key.refresh_from_db()
    assert key.last_used is not None
    assert list(KeyApplication.objects.values_list("key", "name")) == [(key.pk, "shop")]
