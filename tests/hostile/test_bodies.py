"""Bodies, queries and names that no honest client sends: each is refused by a code, or taken and harms nothing."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.test import Client

from labeling.ingest_plan import SOURCE_NAME_CHARACTERS
from labeling.models import Image, Region, Tag
from portal.domains import GENERAL_DETECTION
from portal.models import Project, User
from portal.projects import ProjectSettings
from tests.builders import make_images, make_project, make_tag
from tests.labeling.uploading import plain
from tests.machine_speed import Soon
from tests.wire.http import Api, file_entry, multipart, project_path

pytestmark = pytest.mark.django_db

DEEP = 1000
JSON_CALLS = [
    ("PATCH", ""),
    ("POST", "/images/files"),
    ("POST", "/images/urls"),
    ("POST", "/images/predictions"),
    ("POST", "/images/metadata?imageIds=11111111-1111-4111-8111-111111111111"),
    ("POST", "/images/tags"),
    ("POST", "/images/regions"),
    ("POST", "/train?forceTrain=true"),
    ("POST", "/quicktest/url"),
    ("POST", "/predictions/query"),
]
NESTED = {
    "arrays": b"[" * DEEP + b"]" * DEEP,
    "objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "arrays in an unknown field": b'{"more": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "arrays in images": b'{"images": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "arrays that never end": b"[" * 200_000,
    "a number of 5,000 digits": b'{"more": ' + b"9" * 5000 + b"}",
    "a number of 400 digits": b'{"maxCount": ' + b"9" * 400 + b"}",
    "an exponent of 999,999": b'{"maxCount": 1e999999, "images": [{"contents": 1e999999}]}',
    "not a number": b'{"maxCount": NaN, "images": [{"contents": NaN}]}',
    "infinity": b'{"maxCount": -Infinity}',
    "NUL": b'{"url": "a\\u0000b", "name": "a\\u0000b", "images": [{"name": "a\\u0000", "url": "a\\u0000"}]}',
    "half a character": b'{"url": "\\ud800", "name": "\\ud800", "images": [{"name": "\\ud800", "url": "\\ud800"}]}',
    "a byte that is no text": b'{"name": "\xff", "url": "\xff"}',
    "two bodies": b"{}{}",
    "a key of 1 MB": b'{"' + b"k" * 1_000_000 + b'": 1}',
    "100,000 keys": b"{" + b",".join(b'"k%d": 1' % number for number in range(100_000)) + b"}",
}


@pytest.fixture
def project() -> Project:
    return make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))


@pytest.mark.parametrize("body", NESTED.values(), ids=NESTED)
def test_odd_json_is_refused_or_passed_over_soon(project: Project, body: bytes) -> None:
    api = Api(project.resource)
    before = (project.name, project.description)
    wrong = {}
    for method, path in JSON_CALLS:
        with Soon(2) as soon:
            answer = api.call(method, f"{project_path(project)}{path}", body)
        if not 200 <= answer.status_code < 500 or not soon:
            wrong[f"{method} {path}"] = (answer.status_code, soon, answer.content[:300])
    assert wrong == {}
    project.refresh_from_db()
    assert (project.name, project.description) == before
    assert not Image.objects.exists()


@pytest.mark.parametrize("levels", [65, 1000, 60_000, 250_000])
@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_a_batch_that_nests_deeply_is_refused_soon(project: Project, levels: int, bracket: bytes) -> None:
    body = b'{"images": [], "more": ' + bracket * levels
    with Soon(1) as soon:
        answer = Api(project.resource).post(f"{project_path(project)}/images/files", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")
    assert "levels" in answer.json()["message"]
    assert soon


def test_of_two_values_under_one_name_the_last_counts(project: Project) -> None:
    api = Api(project.resource)
    assert api.call("PATCH", project_path(project), b'{"name": "first", "name": "last"}').json()["name"] == "last"
    assert (
        api.call("PATCH", project_path(project), b'{"name": "x", "NAME": "last of all"}').json()["name"]
        == "last of all"
    )
    contents = base64.b64encode(plain())
    body = b'{"images": [{"contents": "bm8=", "contents": "%s", "name": "a", "name": "b"}]}' % contents
    answer = api.post(f"{project_path(project)}/images/files", body)
    assert [(each["status"], each["sourceUrl"]) for each in answer.json()["images"]] == [("OK", "b")]


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400, "9" * 5000, "true", '"a"', "null", "[]", "{}"]
)
def test_a_box_of_no_number_is_refused(project: Project, number: str) -> None:
    tag, (image,) = make_tag(project), make_images(project, 1)
    sides = f'"tagId": "{tag.pk}", "left": 0.1, "top": 0.1, "width": 0.2, "height": {number}'
    box, regions = f"{{{sides}}}", f'{{"regions": [{{"imageId": "{image.pk}", {sides}}}]}}'
    contents = base64.b64encode(plain()).decode()
    api, base = Api(project.resource), project_path(project)
    answers = [
        api.post(f"{base}/images/regions", regions.encode()),
        api.post(f"{base}/images/files", f'{{"images": [{{"contents": "{contents}", "regions": [{box}]}}]}}'.encode()),
        api.post(f"{base}/images/urls", f'{{"images": [{{"url": "http://192.0.2.1/", "regions": [{box}]}}]}}'.encode()),
    ]
    assert [answer.status_code for answer in answers] == [400] * 3
    assert all(answer.json()["code"].startswith("BadRequest") for answer in answers)
    assert (Region.objects.count(), Image.objects.count()) == (0, 1)


QUERIES = [
    "take=" + "9" * 5000,
    "skip=" + "9" * 400,
    "take=%00",
    "take=1e9",
    "$filter=%00",
    "$filter=" + "(" * 3000,
    "$filter=" + quote(" and ".join(["a eq 'b'"] * 2000)),
    "tagIds=" + "%2C" * 5000,
    "orderBy=%ff%fe",
    "iterationId=%00",
    "&".join(f"p{number}=1" for number in range(1001)),
    "&" * 3000,
    "=".join("a" * 3000),
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda text: text[:20])
def test_odd_queries_are_refused_or_passed_over(project: Project, query: str) -> None:
    answer = Api(project.resource).get(f"{project_path(project)}/images?{query}")
    assert answer.status_code in (200, 400), answer.content[:300]
    if answer.status_code == 400:
        assert answer.json()["code"].startswith("BadRequest")


@pytest.mark.parametrize(
    "text", ["a%00b", "%ED%A0%80", "x" * 4000, "%E2%80%AEgnp.exe", "..%2F..%2Fetc%2Fpasswd", "%FF"]
)
def test_names_of_tags_and_projects(project: Project, text: str) -> None:
    api, base = Api(project.resource), project_path(project)
    for answer in (
        api.post(f"{base}/tags?name={text}"),
        api.post(f"{base}/tags?name=fine{len(text)}&description={text}"),
        api.post(f"/projects?name={text}"),
        api.post(f"/projects?name=fine&description={text}"),
    ):
        assert answer.status_code in (200, 400), answer.content[:300]
    assert not any("\0" in tag.name + tag.description for tag in Tag.objects.all())


NAMES = {
    "goes up": "../../../../etc/passwd",
    "goes up on Windows": "..\\..\\windows\\system32\\a.jpg",
    "absolute": "/etc/passwd",
    "NUL": "a\0b.jpg",
    "right to left": "photo\u202egnp.exe",
    "4,000 characters": "n" * 4000,
    "markup": "<img src=x onerror=alert(1)>.jpg",
    "quotes and lines": 'a".jpg\r\nContent-Type: text/html',
    "device": "CON",
    "dots": "..",
    "emoji": "🖼️🚲.png",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_file_s_name_is_a_word_and_no_path(project: Project, name: str) -> None:
    api, base = Api(project.resource), project_path(project)
    browser = Client(headers={"Accept": "application/json"})
    browser.force_login(User.objects.create_superuser("boss", password="x"))
    in_header = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r\n", "")
    head = f'form-data; name="imageData"; filename="{in_header}"'
    answers: list[HttpResponse] = [
        api.post(f"{base}/images", *multipart(plain(40), disposition=head)),
        api.post(f"{base}/images/files", {"images": [file_entry(plain(41), name)]}),
        api.post(f"{base}/images/urls", {"images": [{"url": f"http://192.0.2.1:1/{name}"}]}),
        browser.generic("POST", f"/{base.strip('/')}/uploads", *multipart(plain(42), disposition=head)),
    ]
    for answer in answers:
        assert answer.status_code in (200, 207, 400), answer.content[:300]
    for image in Image.objects.filter(project=project):
        assert "\0" not in image.source_name
        assert len(image.source_name) <= SOURCE_NAME_CHARACTERS
    _, folders_and_files = default_storage.listdir("")
    assert folders_and_files == []
    kept = sorted(walk("projects"))
    assert all(part.isascii() and ".." not in part and len(part) < 200 for part in kept)
    page = browser.get(f"{base}/images", headers={"Accept": "text/html"})
    assert b"<img src=x" not in page.content


def walk(folder: str) -> list[str]:
    if not default_storage.exists(folder):
        return []
    folders, files = default_storage.listdir(folder)
    return [f"{folder}/{each}" for each in files] + [name for each in folders for name in walk(f"{folder}/{each}")]


def parts(count: int, head: str = 'form-data; name="field{}"', content: bytes = b"x") -> tuple[bytes, str]:
    lines = [
        f"--b\r\nContent-Disposition: {head.format(number)}\r\n\r\n".encode() + content + b"\r\n"
        for number in range(count)
    ]
    return b"".join(lines) + b"--b--\r\n", "multipart/form-data; boundary=b"


MULTIPARTS: dict[str, tuple[bytes, str]] = {
    "a thousand fields": parts(1000),
    "a thousand images": parts(1000, 'form-data; name="imageData"', plain()),
    "a thousand empty images": parts(1000, 'form-data; name="imageData"', b""),
    "50,000 fields": parts(50_000),
    "a header of 1 MB": (
        b"--b\r\nX-A: " + b"a" * 1_000_000 + b"\r\n\r\nx\r\n--b--\r\n",
        "multipart/form-data; boundary=b",
    ),
    "10,000 headers": (b"--b\r\n" + b"X-A: a\r\n" * 10_000 + b"\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
    "a boundary of 300 characters": (b"--" + b"b" * 300 + b"--\r\n", "multipart/form-data; boundary=" + "b" * 300),
    "a disposition of a thousand parameters": parts(1, "form-data" + "".join(f"; a{n}=b" for n in range(400))),
    "parts in parts": parts(1, 'form-data; name="imageData"; filename="a"', parts(3)[0]),
}


@pytest.mark.parametrize("kind", MULTIPARTS)
@pytest.mark.parametrize("path", ["/images", "/quicktest/image"])
def test_odd_multipart_bodies_are_refused_soon(project: Project, kind: str, path: str) -> None:
    body, content_type = MULTIPARTS[kind]
    with Soon(2) as soon:
        answer = Api(project.resource).post(f"{project_path(project)}{path}", body, content_type)
    assert soon
    told: Any = json.loads(answer.content)
    assert answer.status_code in (207, 400, 404), told
    assert not Image.objects.exists()
