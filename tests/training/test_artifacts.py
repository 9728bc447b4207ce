"""Files by path: those of the project, whole, and never another's."""

from urllib.parse import quote, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse

from labeling.files import original_name, resized_name, store, thumbnail_name
from portal.models import Project
from portal.signed_files import signed_address
from tests.builders import make_images, make_project
from tests.training.test_exports import exported, iteration_with_model
from tests.wire.http import Api, project_path

pytestmark = pytest.mark.django_db(transaction=True)


def get(project: Project, path: str, of: Project | None = None) -> HttpResponse:
    return Api(project.resource).get(f"{project_path(of or project)}/artifacts?path={quote(path, safe='')}")


def body(answer: HttpResponse) -> bytes:
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"] == "application/octet-stream"
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def code(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]  # type: ignore[attr-defined]


def test_an_images_three_files_by_custom_visions_path() -> None:
    project = make_project()
    image = make_images(project, 1)[0]
    store(original_name(project.pk, image.sha256, image.media_type), b"original")
    store(resized_name(project.pk, image.sha256), b"resized")
    store(thumbnail_name(project.pk, image.sha256), b"thumbnail")
    for letter, content in (("o", b"original"), ("r", b"resized"), ("t", b"thumbnail")):
        path = f"i-{project.pk.hex}/{letter}-{image.pk.hex}"
        assert body(get(project, path)) == content
        assert body(get(project, f"/{path.upper()}")) == content


def test_an_export_by_its_path() -> None:
    iteration = iteration_with_model()
    export = exported(iteration)
    found = body(get(iteration.project, f"i-{iteration.project_id.hex}/e-{export.pk.hex}"))
    with default_storage.open(export.file, "rb") as file:
        assert found == file.read()


def test_the_path_of_an_address_that_was_given_is_taken_too() -> None:
    project = make_project()
    name = f"projects/{project.pk}/images/ab/abc.jpg"
    store(name, b"picture")
    address = urlsplit(signed_address(name))
    for path in (name, address.path, f"{address.path}?{address.query}"):
        assert body(get(project, path)) == b"picture"


def test_nothing_of_another_project_and_nothing_that_is_not_given_out() -> None:
    mine, other = make_project(), make_project()
    image = make_images(other, 1)[0]
    store(original_name(other.pk, image.sha256, image.media_type), b"secret")
    model = f"projects/{mine.pk}/iterations/11111111-1111-4111-8111-111111111111/attempt-1.onnx"
    default_storage.save(model, ContentFile(b"model"))
    default_storage.save("secret.txt", ContentFile(b"secret"))
    stolen = original_name(other.pk, image.sha256, image.media_type)
    for path in (
        f"i-{other.pk.hex}/o-{image.pk.hex}",
        stolen,
        f"projects/{mine.pk}/images/../../../{stolen}",
        f"projects/{mine.pk}/images/../../../secret.txt",
        f"projects/{mine.pk}/../{other.pk}/images/x.jpg",
        f"projects/{mine.pk}/images//etc/passwd",
        "../../../../etc/passwd",
        "/etc/passwd",
        "secret.txt",
        model,
        f"i-{mine.pk.hex}/x-{image.pk.hex}",
        f"i-{mine.pk.hex}",
        "a" * 5000,
    ):
        assert code(get(mine, path)) == (400, "BadRequestInvalidArtifactUri"), path
    assert code(get(mine, "\x00")) == (400, "BadRequest")
    assert code(get(mine, f"i-{mine.pk.hex}/o-{image.pk.hex}")) == (404, "NotFoundImage")
    assert get(mine, f"i-{other.pk.hex}/o-{image.pk.hex}", of=other).status_code == 404


def test_what_is_missing_is_said() -> None:
    project = make_project()
    image = make_images(project, 1)[0]
    assert code(get(project, f"i-{project.pk.hex}/t-{image.pk.hex}")) == (404, "NotFound")
    assert code(get(project, f"projects/{project.pk}/images/ab")) == (404, "NotFound")
    assert code(get(project, f"i-{project.pk.hex}/e-{image.pk.hex}")) == (404, "NotFound")
    assert code(get(project, "")) == (400, "BadRequestRequiredParamIsNull")
