"""Microsoft's Python SDK over the product's own WSGI stack, without a server; every exchange is kept."""

import io
import json
from dataclasses import dataclass, field
from http.client import responses
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from wsgiref.types import WSGIApplication

import requests
from azure.cognitiveservices.vision.customvision.prediction import CustomVisionPredictionClient
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from msrest.authentication import ApiKeyCredentials
from requests.adapters import BaseAdapter

ENDPOINT = "http://testserver"
# The SDK insists on some header.
NO_KEY = {"X-Without": "a key"}


@dataclass(frozen=True)
class Exchange:
    """A request as the SDK sent it, and the answer as it came."""

    method: str
    path: str
    query: str
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Wire(BaseAdapter):  # type: ignore[misc]
    """Carries requests into a WSGI application."""

    app: WSGIApplication
    exchanges: list[Exchange] = field(default_factory=list)

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        assert request.url
        assert request.method
        address = urlsplit(request.url)
        body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(address.path).decode("latin-1"),
            "QUERY_STRING": address.query,
            "SERVER_NAME": address.hostname,
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
        }
        for name, value in request.headers.items():
            if name.lower() not in ("content-type", "content-length"):
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        begun: list[Any] = []
        content = b"".join(self.app(environ, lambda status, headers, *_: begun.extend((status, headers))))  # type: ignore[arg-type,return-value]
        status, headers = int(begun[0].partition(" ")[0]), dict(begun[1])
        self.exchanges.append(Exchange(request.method, address.path, address.query, status, headers, content))
        answer = requests.Response()
        answer.status_code, answer.reason = status, responses.get(status, "")
        answer.headers.update(headers)
        answer.raw, answer.request, answer.url = io.BytesIO(content), request, request.url
        return answer

    def close(self) -> None:
        """Nothing is held open."""


class Sdk:
    """Both clients over one wire."""

    def __init__(self, app: WSGIApplication, training_key: str, prediction_key: str) -> None:
        self.wire = Wire(app)
        headers = {"Training-key": training_key} if training_key else NO_KEY
        self.training = CustomVisionTrainingClient(ENDPOINT, ApiKeyCredentials(in_headers=headers))
        headers = {"Prediction-Key": prediction_key} if prediction_key else NO_KEY
        self.prediction = CustomVisionPredictionClient(ENDPOINT, ApiKeyCredentials(in_headers=headers))
        for client in (self.training, self.prediction):
            client.config.retry_policy.retries = 0
            client.config.session_configuration_callback = self._mount

    @property
    def last(self) -> Exchange:
        """The newest exchange."""
        return self.wire.exchanges[-1]

    def _mount(self, session: requests.Session, *_: Any, **__: Any) -> None:
        session.mount("http://", self.wire)
