"""A front over real rows and a real artifact, called as granian calls it."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from inference.front import PredictionFront
from portal.actors import SYSTEM
from portal.intake import Intake
from portal.keys import reveal
from portal.models import Project, Resource, ResourceKind
from tests.builders import make_iteration, make_project, make_resource
from tests.inference.artifacts import make_artifact
from training.models import Iteration
from training.publishing import publish_iteration

GREEN = (20, 250, 60)


@dataclass
class Answer:
    status: str
    headers: dict[str, str]
    body: bytes
    left: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def png(color: tuple[int, int, int] = GREEN, size: tuple[int, int] = (50, 40), format: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, format)
    return buffer.getvalue()


def publish(project: Project, resource: Resource, name: str = "model", **artifact: Any) -> Iteration:
    """An iteration with a small real artifact, published under `name`."""
    iteration = make_iteration(project)
    iteration.artifact = default_storage.save(
        f"projects/{project.pk}/iterations/{iteration.pk}/test.onnx", ContentFile(make_artifact(**artifact))
    )
    iteration.artifact_sha256 = ""
    iteration.save()
    publish_iteration(SYSTEM, iteration, name, resource.full_id, overwrite=True)
    return iteration


def first_key(resource: Resource) -> str:
    return reveal(resource.keys.get(slot=1))


class Serving:
    """A project, a prediction resource, a published iteration, and the front that serves them."""

    def __init__(self) -> None:
        self.project = make_project()
        self.resource = make_resource(ResourceKind.PREDICTION)
        self.key = first_key(self.resource)
        self.iteration = publish(self.project, self.resource)
        self.front = PredictionFront(_behind)
        self.app = Intake(self.front)

    def post(
        self,
        body: bytes,
        content_type: str = "application/octet-stream",
        *,
        source: str = "image/nostore",
        task: str = "classify",
        name: str = "model",
        project: UUID | str | None = None,
        prefix: str = "/customvision/v3.0/Prediction",
        path: str | None = None,
        query: str = "",
        headers: dict[str, str] | None = None,
        method: str = "POST",
        stream: Any = None,
    ) -> Answer:
        """One call; `headers` replace the key's."""
        path = path or f"{prefix}/{project or self.project.pk}/{task}/iterations/{name}/{source}"
        stream = stream or io.BytesIO(body)
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.encode().decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": stream,
            **({"HTTP_PREDICTION_KEY": self.key} if headers is None else headers),
        }
        seen: list[Any] = []
        chunks = self.app(environ, lambda status, headers, *rest: seen.extend((status, headers)))  # type: ignore[arg-type,return-value]
        return Answer(seen[0], dict(seen[1]), b"".join(chunks), stream.read() if hasattr(stream, "read") else b"")


def _behind(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("299 Django", [("Content-Length", "0")])
    return [b""]


@contextmanager
def serving() -> Iterator[Serving]:
    made = Serving()
    try:
        yield made
    finally:
        made.front.close()
