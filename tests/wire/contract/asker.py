"""Calls as any HTTP client makes them, with our keys."""

import json
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.wire.contract.clients import ENDPOINT
from tests.wire.contract.conftest import House, key_of
from tests.wire.contract.world import Holding

TRAINING_BASE = "/customvision/v3.4-preview/training"
PREDICTION_BASE = "/customvision/v3.1/prediction"
OCTETS = "application/octet-stream"


class Asker:
    """Asks with our keys; `c` and `d` are our classifier and detector."""

    def __init__(self, house: House, patch: pytest.MonkeyPatch) -> None:
        self.house, self.patch = house, patch
        self.c, self.d = house.ours.world.classifier, house.ours.world.detector
        self.count = 0
        self._session = requests.Session()
        self._session.mount("http://", house.ours.sdk.wire)
        self._keys = {"Training-Key": key_of(house.ours.training), "Prediction-Key": key_of(house.ours.prediction)}

    def ask(self, method: str, address: str, body: Any = None, content_type: str = "application/json") -> Any:
        """The answer to bytes as they are, or to a value as JSON."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = self._keys | {"Content-Type": content_type}
        self.count += 1
        return self._session.request(method, ENDPOINT + address, data=data, headers=headers)

    def top(self, method: str, path: str, body: Any = None) -> Any:
        """A training call."""
        return self.ask(method, TRAINING_BASE + path, body)

    def on(
        self, held: Holding, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> Any:
        """A training call on a project of ours."""
        return self.ask(method, f"{TRAINING_BASE}/projects/{held.project}{path}", body, content_type)

    def image(self, held: Holding, body: bytes, task: str = "classify", query: str = "", name: str = "model") -> Any:
        """A prediction call with an image."""
        path = f"{PREDICTION_BASE}/{held.project}/{task}/iterations/{name}/image{query}"
        return self.ask("POST", path, body, OCTETS)

    def url(self, held: Holding, body: Any, content_type: str = "application/json") -> Any:
        """A prediction call with an address."""
        path = f"{PREDICTION_BASE}/{held.project}/classify/iterations/model/url"
        return self.ask("POST", path, body, content_type)

    def new_project(self, query: str = "") -> str:
        """The id of a fresh project."""
        return str(self.top("POST", f"/projects?name={uuid4()}{query}").json()["id"])
