"""A small WSGI app behind the intake, served by the tests' granian."""

import json
from collections.abc import Iterable
from typing import Any

from portal.intake import Intake, IntakeLimits


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Tells what arrived; refuses without reading under /refuse."""
    if environ["PATH_INFO"] == "/refuse":
        return _answer(start_response, "401 Unauthorized", {"refused": True})
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return _answer(
        start_response,
        "200 OK",
        {
            "path": environ["PATH_INFO"],
            "version": environ.get("sightline.api_version"),
            "length": environ.get("CONTENT_LENGTH"),
            "encoding": environ.get("HTTP_TRANSFER_ENCODING"),
            "received": len(body),
            "last": body[-5:].decode("latin-1"),
        },
    )


def _answer(start_response: Any, status: str, content: dict[str, Any]) -> list[bytes]:
    data = json.dumps(content).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
    return [data]


app = Intake(echo, IntakeLimits(body=3_000_000, prediction_body=1_000_000, drained=20_000_000, grace_seconds=1.0))
crowded_app = Intake(echo, IntakeLimits(crowded_receivers=6, crowded_seconds=0.6, held_threads=10))
