"""Creating, listing and deleting images over HTTP, with bodies as clients send them."""

import base64
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from labeling import fetching
from labeling.api import json_batches
from labeling.models import Image, ImageTag, Region
from portal.domains import GENERAL_DETECTION
from portal.limits import TRAINING_IMAGE_BYTES
from portal.models import Project
from portal.projects import ProjectSettings
from tests.builders import make_project, make_tag
from tests.labeling.uploading import plain
from tests.wire.http import Api, file_entry, ids, multipart, project_path

pytestmark = pytest.mark.django_db


def statuses(summary: dict[str, Any]) -> list[str]:
    return [image["status"] for image in summary["images"]]


def nothing_stored(project: Project) -> bool:
    return not Image.objects.filter(project=project).exists() and not default_storage.exists("projects")


def test_parts_without_a_file_name_are_images() -> None:
    project = make_project()
    tag = make_tag(project, "pine")
    body, content_type = multipart(plain(), plain(41))

    answer = Api(project.resource).post(f"{project_path(project)}/images?tagIds={tag.pk}", body, content_type)

    assert answer.status_code == 200
    summary = answer.json()
    assert summary["isBatchSuccessful"] is True
    assert statuses(summary) == ["OK", "OK"]
    image = summary["images"][0]["image"]
    assert set(image) == {
        "id",
        "created",
        "width",
        "height",
        "resizedImageUri",
        "thumbnailUri",
        "originalImageUri",
        "tags",
        "regions",
        "metadata",
    }
    assert (image["width"], image["height"], image["regions"], image["metadata"]) == (40, 30, [], {})
    assert [(each["tagId"], each["tagName"]) for each in image["tags"]] == [(str(tag.pk), "pine")]
    assert summary["images"][0]["sourceUrl"] == ""


def test_a_part_with_a_file_name_keeps_it() -> None:
    project = make_project()
    body, content_type = multipart(plain(), disposition='form-data; name="imageData"; filename="tree.png"')
    summary = Api(project.resource).post(f"{project_path(project)}/images", body, content_type).json()
    assert summary["images"][0]["sourceUrl"] == "tree.png"


@pytest.mark.parametrize(
    "content_type", ["application/octet-stream", "image/png", "application/x-www-form-urlencoded", ""]
)
def test_a_bare_body_is_one_image(content_type: str) -> None:
    project = make_project()
    answer = Api(project.resource).post(f"{project_path(project)}/images", plain(), content_type)
    assert (answer.status_code, statuses(answer.json())) == (200, ["OK"])


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_other_bodies_are_no_images(content_type: str) -> None:
    project = make_project()
    answer = Api(project.resource).post(f"{project_path(project)}/images", plain(), content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "UnsupportedMediaType")
    assert nothing_stored(project)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--x\r\n", "multipart/form-data"),
        (b"not multipart", "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="imageData"\r\n\r\nabc', "multipart/form-data; boundary=x"),
    ],
)
def test_a_damaged_multipart_body_is_refused(body: bytes, content_type: str) -> None:
    project = make_project()
    answer = Api(project.resource).post(f"{project_path(project)}/images", body, content_type)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")
    assert nothing_stored(project)


def test_65_parts_are_too_many() -> None:
    project = make_project()
    body, content_type = multipart(*[plain()] * 65)
    answer = Api(project.resource).post(f"{project_path(project)}/images", body, content_type)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestExceededBatchSize")
    assert nothing_stored(project)


def test_a_part_too_large_is_told_and_the_others_go_in() -> None:
    project = make_project()
    body, content_type = multipart(b"\0" * (TRAINING_IMAGE_BYTES + 1), plain())
    answer = Api(project.resource).post(f"{project_path(project)}/images", body, content_type)
    assert (answer.status_code, statuses(answer.json())) == (207, ["ErrorImageSize", "OK"])
    assert answer.json()["isBatchSuccessful"] is False
    assert answer.json()["images"][0]["image"] is None


def test_a_batch_of_files_with_labels_and_metadata() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    common, own = make_tag(project, "common"), make_tag(project, "own")
    region = {"tagId": str(own.pk), "left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}
    batch = {
        "images": [
            file_entry(plain(), "one.png", regions=[region]),
            file_entry(plain(41), "two.png", tagIds=[str(own.pk)]),
            file_entry(b"no image", "three.png"),
            file_entry(plain(42), "four.png", tagIds=[str(uuid4())]),
        ],
        "tagIds": [str(common.pk)],
        "metadata": {"Site": "North"},
    }
    answer = Api(project.resource).post(f"{project_path(project)}/images/files", batch)
    assert answer.status_code == 207
    summary = answer.json()
    assert statuses(summary) == ["OK", "OK", "ErrorImageFormat", "ErrorInvalidTag"]
    assert [each["sourceUrl"] for each in summary["images"]] == ["one.png", "two.png", "three.png", "four.png"]
    first, second = (each["image"] for each in summary["images"][:2])
    assert [tag["tagName"] for tag in first["tags"]] == ["common", "own"]
    assert {name: first["regions"][0][name] for name in region} == region
    assert first["regions"][0]["tagName"] == "own"
    assert second["metadata"] == {"Site": "North"}
    assert Region.objects.filter(image__project=project).count() == 1


def test_a_batch_may_come_in_any_order_case_and_escaping() -> None:
    project = make_project()
    tag = make_tag(project)
    contents = base64.b64encode(plain()).decode().replace("/", "\\/")
    body = (
        f'\ufeff {{"TagIds": ["{tag.pk}"], "unknown": {{"contents": "x"}}, "METADATA": {{"a.b": "c"}},'
        f' "Images": [{{"Regions": null, "Contents": "{contents}", "NAME": "quo\\"te \\\\"}}]}}'
    ).encode()
    answer = Api(project.resource).post(f"{project_path(project)}/images/files", body)
    assert (answer.status_code, statuses(answer.json())) == (200, ["OK"])
    assert answer.json()["images"][0]["sourceUrl"] == 'quo"te \\'
    assert answer.json()["images"][0]["image"]["metadata"] == {"a.b": "c"}
    assert ImageTag.objects.get(image__project=project).tag_id == tag.pk


@pytest.mark.parametrize("chunk_bytes", [1, 3, 7, 1000])
def test_a_batch_reads_the_same_in_whatever_pieces_it_comes(monkeypatch: pytest.MonkeyPatch, chunk_bytes: int) -> None:
    monkeypatch.setattr("portal.wire.bodies.CHUNK_BYTES", chunk_bytes)
    project = make_project()
    entry = file_entry(plain(), 'back\\slash "quote" \u00e9')
    answer = Api(project.resource).post(f"{project_path(project)}/images/files", {"images": [entry]})
    assert statuses(answer.json()) == ["OK"]
    assert answer.json()["images"][0]["sourceUrl"] == entry["name"]


def test_contents_that_are_damaged_or_too_large_are_told_for_their_image() -> None:
    project = make_project()
    batch = {
        "images": [
            {"name": "odd", "contents": "abc"},
            {"name": "not ascii", "contents": "\u00e9\u00e9"},
            {"name": "empty", "contents": ""},
            {"name": "none"},
            file_entry(b"\0" * (TRAINING_IMAGE_BYTES + 1), "just too large"),
            file_entry(b"\0" * (3 * TRAINING_IMAGE_BYTES), "far too large"),
            file_entry(plain(), "good"),
        ]
    }
    answer = Api(project.resource).post(f"{project_path(project)}/images/files", batch)
    assert statuses(answer.json()) == ["ErrorImageFormat"] * 4 + ["ErrorImageSize"] * 2 + ["OK"]


def test_a_file_of_exactly_6_mb_is_no_size_error() -> None:
    project = make_project()
    data = plain(format="BMP")
    batch = {"images": [file_entry(data + b"\0" * (TRAINING_IMAGE_BYTES - len(data)))]}
    assert statuses(Api(project.resource).post(f"{project_path(project)}/images/files", batch).json()) == ["OK"]


@pytest.mark.parametrize(
    ("batch", "code"),
    [
        ({}, "BadRequestImageBatch"),
        ({"images": []}, "BadRequestImageBatch"),
        ({"images": [file_entry(b"x")] * 65}, "BadRequestExceededBatchSize"),
        ({"images": [{}] * 65}, "BadRequestExceededBatchSize"),
        ({"images": [file_entry(plain())], "tagIds": [str(uuid4()) for _ in range(21)]}, "BadRequestExceededBatchSize"),
        ({"images": [file_entry(plain())], "tagIds": ["x"]}, "BadRequestInvalidIds"),
        ({"images": [file_entry(plain())], "metadata": {"k" * 129: ""}}, "BadRequestImageMetadataKey"),
        ({"images": [file_entry(plain(), name="n" * 5_000_000)]}, "BadRequest"),
        ({"images": [file_entry(plain(), regions=[{"tagId": str(uuid4())}])]}, "BadRequestRequiredParamIsNull"),
    ],
)
def test_a_batch_that_cannot_go_in_is_refused_whole(batch: dict[str, Any], code: str) -> None:
    project = make_project()
    answer = Api(project.resource).post(f"{project_path(project)}/images/files", batch)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert nothing_stored(project)


def test_a_batch_that_breaks_off_is_refused_whole() -> None:
    project = make_project()
    body = json.dumps({"images": [file_entry(plain()), file_entry(plain(41))]}).encode()
    answer = Api(project.resource).post(f"{project_path(project)}/images/files", body[:-20])
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")
    assert nothing_stored(project)


def test_a_batch_of_endless_numbers_is_refused_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_batches, "MOST_EVENTS", 1000)
    project = make_project()
    body = b'{"images": [' + b"1," * 2000 + b"1]}"
    answer = Api(project.resource).post(f"{project_path(project)}/images/files", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")


@pytest.fixture
def image_server(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    """A web server on this host, which fetches may reach."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = {
                "/good.png": (200, plain()),
                "/text": (200, b"text"),
                "/large": (200, b"\0" * (TRAINING_IMAGE_BYTES + 1)),
            }.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    settings.SIGHTLINE_ALLOW_PRIVATE_URLS = True
    fetching._fetcher.cache_clear()
    yield f"http://127.0.0.1:{server.server_port}"
    fetching._fetcher.cache_clear()
    server.shutdown()
    thread.join()
    server.server_close()


def test_images_are_fetched_from_their_addresses(image_server: str) -> None:
    project = make_project()
    tag = make_tag(project)
    urls = [f"{image_server}/{path}" for path in ("good.png", "text", "large", "missing")] + ["ftp://example.com/a"]
    body = {"images": [{"url": url} for url in urls], "tagIds": [str(tag.pk)]}
    answer = Api(project.resource).post(f"{project_path(project)}/images/urls", body)
    assert answer.status_code == 207
    summary = answer.json()
    assert statuses(summary) == ["OK", "ErrorImageFormat", "ErrorImageSize", "ErrorSource", "ErrorSource"]
    assert [each["sourceUrl"] for each in summary["images"]] == urls
    assert summary["images"][0]["image"]["tags"][0]["tagId"] == str(tag.pk)


def test_private_addresses_are_not_fetched_by_default() -> None:
    fetching._fetcher.cache_clear()
    project = make_project()
    body = {"images": [{"url": "http://127.0.0.1:1/a.png"}, {"url": "http://169.254.169.254/a.png"}]}
    answer = Api(project.resource).post(f"{project_path(project)}/images/urls", body)
    assert statuses(answer.json()) == ["ErrorSource", "ErrorSource"]


def test_an_address_of_our_own_is_read_from_storage() -> None:
    fetching._fetcher.cache_clear()
    project, other = make_project(), make_project()
    api = Api(project.resource)
    image = api.post(f"{project_path(project)}/images", plain(), "image/png").json()["images"][0]["image"]
    address = image["originalImageUri"]
    body = {"images": [{"url": address}, {"url": address[:-1] + "x"}]}
    answer = Api(other.resource).post(f"{project_path(other)}/images/urls", body)
    assert statuses(answer.json()) == ["OK", "ErrorSource"]
    assert Image.objects.get(project=other).sha256 == Image.objects.get(project=project).sha256


@pytest.mark.parametrize("count", [0, 65])
def test_a_url_batch_has_1_to_64_images(count: int) -> None:
    project = make_project()
    body = {"images": [{"url": "http://192.0.2.1/a.jpg"}] * count}
    answer = Api(project.resource).post(f"{project_path(project)}/images/urls", body)
    assert answer.json()["code"] == ("BadRequestExceededBatchSize" if count else "BadRequestImageBatch")


def uploaded(api: Api, project: Project, count: int) -> list[str]:
    batch = {"images": [file_entry(plain(40 + number)) for number in range(count)]}
    summary = api.post(f"{project_path(project)}/images/files", batch).json()
    return [each["image"]["id"] for each in summary["images"]]


def test_lists_and_counts_agree() -> None:
    project = make_project()
    api = Api(project.resource)
    base = project_path(project)
    tag = make_tag(project)
    first, second, third = uploaded(api, project, 3)
    api.post(f"{base}/images/tags", {"tags": [{"imageId": second, "tagId": str(tag.pk)}]})

    def listed(path: str) -> list[str]:
        return [image["id"] for image in api.get(f"{base}/images{path}").json()]

    assert listed("") == [third, second, first]
    assert listed("?orderBy=Oldest&take=2") == [first, second]
    assert listed("?taggingStatus=Tagged") == [second]
    assert listed("?taggingStatus=untagged") == [third, first]
    assert listed("/tagged") == [second]
    assert listed(f"/tagged?tagIds={tag.pk}") == [second]
    assert listed("/untagged?take=1&skip=1") == [first]
    assert listed(f"/id?imageIds={first},{third}") == [first, third]
    for path, count in (
        ("/count", b"3"),
        ("/count?taggingStatus=Tagged", b"1"),
        ("/tagged/count", b"1"),
        ("/untagged/count", b"2"),
        (f"/count?tagIds={tag.pk}", b"1"),
    ):
        assert api.get(f"{base}/images{path}").content == count


def test_metadata_filters_lists_and_counts() -> None:
    project = make_project()
    api = Api(project.resource)
    base = project_path(project)
    for number, site in enumerate(("north", "south")):
        api.post(f"{base}/images/files", {"images": [file_entry(plain(40 + number))], "metadata": {"site": site}})
    assert len(api.get(f"{base}/images?$filter=site eq 'north'").json()) == 1
    assert api.get(f"{base}/images/count?%24filter=site%20ne%20'x'").content == b"2"


def test_deleting_answers_204_and_202_when_it_may_take_long() -> None:
    project = make_project()
    api = Api(project.resource)
    base = project_path(project)
    first, second, _ = uploaded(api, project, 3)
    assert api.delete(f"{base}/images?imageIds={first}").status_code == 204
    assert api.delete(f"{base}/images?imageIds={first}").status_code == 204
    assert api.delete(f"{base}/images?imageIds={second}&allIterations=true").status_code == 202
    assert api.delete(f"{base}/images?allImages=true&allIterations=false").status_code == 202
    assert api.get(f"{base}/images/count").content == b"0"


def test_an_untouched_image_address_serves_what_was_uploaded_without_a_key() -> None:
    project = make_project()
    (image,) = Api(project.resource).post(f"{project_path(project)}/images", plain(), "image/png").json()["images"]
    browser = Client()
    for name, media_type in (
        ("originalImageUri", "image/png"),
        ("resizedImageUri", "image/jpeg"),
        ("thumbnailUri", "image/jpeg"),
    ):
        address = image["image"][name]
        assert address.startswith("http")
        answer = browser.get(address.partition("://")[2].partition("/")[2].join(("/", "")))
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type)
        data = b"".join(answer.streaming_content)
        assert (data == plain()) == (name == "originalImageUri")


def test_tags_on_and_off_over_http() -> None:
    project = make_project()
    api = Api(project.resource)
    base = project_path(project)
    tag = make_tag(project)
    (image_id,) = uploaded(api, project, 1)
    pair = {"imageId": image_id, "tagId": str(tag.pk)}
    assert api.post(f"{base}/images/tags", {"tags": [pair]}).json()["created"] == [pair]
    assert api.post(f"{base}/images/tags", {"tags": [pair]}).json()["duplicated"] == [pair]
    assert api.delete(f"{base}/images/tags?imageIds={image_id}&tagIds={ids(tag.pk)}").status_code == 204
    assert api.get(f"{base}/images/untagged/count").content == b"1"
    assert api.delete(f"{base}/images/tags?imageIds={image_id}").json()["code"] == "BadRequestRequiredParamIsNull"
