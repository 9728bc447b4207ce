"""Calls to the training API as any HTTP client makes them, without a server."""

import base64
import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.test import Client

from portal.keys import reveal
from portal.models import Project, Resource

VERSION = "v3.4-preview"


class Api:
    """A client with a training key."""

    def __init__(self, resource: Resource, version: str = VERSION) -> None:
        self.key = reveal(resource.keys.get(slot=1))
        self.base = f"/customvision/{version}/training"
        self._client = Client()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str = "application/json; charset=utf-8",
        headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        """A JSON body, or bytes as they are; without one, the empty body that the SDKs send."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self._client.generic(
            method, f"{self.base}{path}", data, content_type, headers={"Training-Key": self.key} | (headers or {})
        )

    def get(self, path: str) -> HttpResponse:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, content_type: str = "application/json; charset=utf-8") -> HttpResponse:
        return self.call("POST", path, body, content_type)

    def patch(self, path: str, body: Any) -> HttpResponse:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> HttpResponse:
        return self.call("DELETE", path)


def project_path(project: Project) -> str:
    return f"/projects/{project.pk}"


def ids(*values: UUID) -> str:
    return ",".join(str(value) for value in values)


def file_entry(data: bytes, name: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "contents": base64.b64encode(data).decode(), **more}


def multipart(*parts: bytes, disposition: str = 'form-data; name="imageData"') -> tuple[bytes, str]:
    """A body as the Python SDK sends it: parts without a file name and without a type of their own."""
    boundary = "0f3f6c0d1a"
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + part + b"\r\n" for part in parts
    )
    return body + f"--{boundary}--\r\n".encode(), f'multipart/form-data; boundary="{boundary}"'
