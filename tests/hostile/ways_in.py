"""The ways in which an image can come: each takes files and tells what became of each of them."""

import io
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from onnx import TensorProto, helper, numpy_helper
from PIL import Image as Picture

from labeling.files import resized_name, thumbnail_name
from labeling.models import Image
from portal.imaging import RESIZE_RULE
from portal.limits import IMAGE_BATCH
from portal.models import Project, User
from tests.builders import make_project
from tests.inference.serving import Serving
from tests.wire.http import Api, file_entry, multipart, project_path

SIDE = 64


@dataclass(frozen=True)
class Outcome:
    """What the caller is told, and what is seen of an image that was taken."""

    told: str  # a status of an image, or an error code, or "OK"
    looks: tuple[Picture.Image, ...] = ()
    is_upright: bool | None = None  # where a model looked at it


Way = Callable[[Sequence[bytes]], list[Outcome]]


class Files(ThreadingHTTPServer):
    """Serves files by their numbers."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: Sequence[bytes] = ()

    def address(self, number: int) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{number}.jpg"


class Handler(BaseHTTPRequestHandler):
    server: Files

    def do_GET(self) -> None:
        content = self.server.files[int(self.path[1:].removesuffix(".jpg"))]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            pass  # a fetch of too large a file hangs up

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def file_server() -> Iterator[Files]:
    server = Files()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def uprightness() -> bytes:
    """ONNX bytes: `upright` where red is top left, green top right and blue bottom left, else `turned`."""
    half = SIDE // 2
    corners = {"red": (0, 0), "green": (0, half), "blue": (half, 0)}
    nodes, values = [], []
    for channel, (name, (top, left)) in enumerate(corners.items()):
        for part, numbers in (("starts", (top, left)), ("ends", (top + half, left + half)), ("axes", (2, 3))):
            values.append(numpy_helper.from_array(np.array(numbers, np.int64), f"{name}_{part}"))
        signs = np.where(np.arange(3) == channel, 1, -1).astype(np.float32).reshape(3, 1)
        values.append(numpy_helper.from_array(np.hstack([signs, -signs]), f"{name}_signs"))
        inputs = ["image", *(f"{name}_{part}" for part in ("starts", "ends", "axes"))]
        nodes += [
            helper.make_node("Slice", inputs, [f"{name}_corner"]),
            helper.make_node("ReduceMean", [f"{name}_corner"], [f"{name}_mean"], axes=[2, 3], keepdims=0),
            helper.make_node("MatMul", [f"{name}_mean", f"{name}_signs"], [f"{name}_says"]),
        ]
    nodes += [
        helper.make_node("Sum", [f"{name}_says" for name in corners], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "uprightness",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, 2])],
        values,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    names = {"11111111-1111-4111-8111-111111111111": "upright", "22222222-2222-4222-8222-222222222222": "turned"}
    properties = {
        "sightline.schema": "1",
        "sightline.task": "multiclass",
        "sightline.input_size": str(SIDE),
        "sightline.resize_rule": RESIZE_RULE,
        "sightline.labels": json.dumps([{"id": id, "name": name, "type": "regular"} for id, name in names.items()]),
    }
    helper.set_model_props(model, properties)
    return model.SerializeToString()


class Ways:
    """Every way in, over real rows, a real model and a real file server."""

    def __init__(self, serving: Serving, files: Files) -> None:
        self._serving, self._files = serving, files
        iteration = serving.iteration
        iteration.artifact = default_storage.save("projects/uprightness.onnx", ContentFile(uprightness()))
        iteration.artifact_sha256 = ""
        iteration.save()
        self._api = Api(serving.project.resource)
        self._browser = Client(headers={"Accept": "application/json"})
        self._browser.force_login(User.objects.create_superuser("boss", password="x"))

    def data(self, contents: Sequence[bytes]) -> list[Outcome]:
        """`create_images_from_data`."""
        return self._created(contents, lambda path, batch: self._api.post(f"{path}/images", *multipart(*batch)).json())

    def files(self, contents: Sequence[bytes]) -> list[Outcome]:
        """`create_images_from_files`."""

        def send(path: str, batch: Sequence[bytes]) -> dict[str, list[dict[str, str]]]:
            answer: dict[str, list[dict[str, str]]] = self._api.post(
                f"{path}/images/files", {"images": [file_entry(each) for each in batch]}
            ).json()
            return answer

        return self._created(contents, send)

    def urls(self, contents: Sequence[bytes]) -> list[Outcome]:
        """`create_images_from_urls`."""

        def send(path: str, batch: Sequence[bytes]) -> dict[str, list[dict[str, str]]]:
            self._files.files = batch
            entries = [{"url": self._files.address(number)} for number in range(len(batch))]
            answer: dict[str, list[dict[str, str]]] = self._api.post(f"{path}/images/urls", {"images": entries}).json()
            return answer

        return self._created(contents, send)

    def portal(self, contents: Sequence[bytes]) -> list[Outcome]:
        """Upload in the browser."""

        def send(path: str, batch: Sequence[bytes]) -> dict[str, list[dict[str, str]]]:
            parts = [SimpleUploadedFile("a.jpg", each, "image/jpeg") for each in batch]
            answer: dict[str, list[dict[str, str]]] = self._browser.post(f"{path}/uploads", {"files": parts}).json()
            return answer

        return self._created(contents, send)

    def prediction(self, contents: Sequence[bytes]) -> list[Outcome]:
        """`classify_image`."""
        return [self._predicted(self._serving.post(each).json) for each in contents]

    def prediction_url(self, contents: Sequence[bytes]) -> list[Outcome]:
        """`classify_image_url`."""
        self._files.files = contents
        bodies = [json.dumps({"url": self._files.address(number)}).encode() for number in range(len(contents))]
        answers = (self._serving.post(each, "application/json", source="url/nostore") for each in bodies)
        return [self._predicted(each.json) for each in answers]

    def quick_test(self, contents: Sequence[bytes]) -> list[Outcome]:
        """`quick_test_image`."""
        path = f"{project_path(self._serving.project)}/quicktest/image?store=false"
        return [self._predicted(self._api.post(path, each, "application/octet-stream").json()) for each in contents]

    def quick_test_page(self, contents: Sequence[bytes]) -> list[Outcome]:
        """Quick Test in the browser; what is taken is kept, and shown with its best tag first."""
        path = f"{project_path(self._serving.project)}/quick-test/image"
        outcomes = []
        for each in contents:
            answer = self._browser.post(path, each, "application/octet-stream")
            if answer.status_code == 200:
                words = answer.content.decode()
                outcomes.append(Outcome("OK", is_upright=words.index("upright") < words.index("turned")))
            else:
                outcomes.append(Outcome(answer.json()["code"]))
        return outcomes

    def _created(
        self, contents: Sequence[bytes], send: Callable[[str, Sequence[bytes]], dict[str, list[dict[str, str]]]]
    ) -> list[Outcome]:
        outcomes = []
        for at in range(0, len(contents), IMAGE_BATCH):
            project = make_project(self._serving.project.resource)
            images = send(project_path(project), contents[at : at + IMAGE_BATCH])["images"]
            outcomes += [Outcome(each["status"], self._looks(project, each["image"])) for each in images]
        return outcomes

    def _looks(self, project: Project, image: object) -> tuple[Picture.Image, ...]:
        """The copies that people see; the portal's answer names an image by its id, the API's holds all of it."""
        if image is None:
            return ()
        row = Image.objects.get(pk=image["id"] if isinstance(image, dict) else image)
        names = (resized_name(project.pk, row.sha256), thumbnail_name(project.pk, row.sha256))
        return tuple(_opened(name) for name in names)

    def _predicted(self, answer: dict[str, object]) -> Outcome:
        if "code" in answer:
            return Outcome(str(answer["code"]))
        predictions = answer["predictions"]
        assert isinstance(predictions, list)
        return Outcome("OK", is_upright=predictions[0]["tagName"] == "upright")


def _opened(storage_name: str) -> Picture.Image:
    with default_storage.open(storage_name) as file:
        return Picture.open(io.BytesIO(file.read()))
