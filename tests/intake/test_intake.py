"""Paths, bodies, limits: by plain WSGI calls."""

import io
import json
from typing import Any

import pytest

from portal.intake import Intake, IntakeLimits
from portal.intake.body import BodyTimeout, RequestBody
from portal.intake.paths import canonical_path
from portal.intake.receiving import ReceiverPool
from tests.intake.echo_app import echo

LIMITS = IntakeLimits(body=1000, prediction_body=500, drained=10_000, spooled_in_all=1500)


def call(path: str, content: bytes, *, chunked: bool = False, app: Any = echo, **headers: str) -> tuple[str, Any, Any]:
    """Status, JSON and what the client's stream has left."""
    stream = io.BytesIO(content)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": stream,
        **({"HTTP_TRANSFER_ENCODING": "chunked"} if chunked else {"CONTENT_LENGTH": str(len(content))}),
        **headers,
    }
    seen: list[str] = []
    chunks = Intake(app, LIMITS)(environ, lambda status, headers, exc_info=None: seen.append(status))  # type: ignore[arg-type,return-value]
    return seen[0], json.loads(b"".join(chunks)), stream.read()


@pytest.mark.parametrize(
    ("path", "canonical", "version"),
    [
        ("/customvision/v3.3/Training/projects", "/customvision/v3.3/training/projects", "v3.3"),
        ("/customvision/v3.0/Prediction/a/b", "/customvision/v3.0/prediction/a/b", "v3.0"),
        ("/customvision/v3.4-preview/training/x", "/customvision/v3.4-preview/training/x", "v3.4-preview"),
        ("/CustomVision/V3.9/TRAINING", "/customvision/v3.9/training", "v3.9"),
        ("/customvision/v3.0/Prediction/Training/v3.1", "/customvision/v3.0/prediction/Training/v3.1", "v3.0"),
        ("/customvision/v2.2/Training/projects", "/customvision/v2.2/Training/projects", None),
        ("/customvision/v3.3/trainings/x", "/customvision/v3.3/trainings/x", None),
        ("/Training/projects", "/Training/projects", None),
        ("/", "/", None),
    ],
)
def test_paths_get_one_spelling(path: str, canonical: str, version: str | None) -> None:
    assert canonical_path(path) == (canonical, version)


def test_the_version_is_told_to_the_app() -> None:
    status, seen, _ = call("/customvision/v3.0/Training/x", b"abc")
    assert (status, seen["path"], seen["version"]) == ("200 OK", "/customvision/v3.0/training/x", "v3.0")


def test_a_body_without_length_gets_one() -> None:
    status, seen, _ = call("/x", b"a" * 700, chunked=True)
    assert (status, seen["length"], seen["received"], seen["encoding"]) == ("200 OK", "700", 700, None)


def test_an_empty_chunked_body_is_a_body_of_length_0() -> None:
    status, seen, _ = call("/x", b"", chunked=True)
    assert (status, seen["length"], seen["received"]) == ("200 OK", "0", 0)


def test_http_2_bodies_come_without_either_header() -> None:
    stream = io.BytesIO(b"hello")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "SERVER_PROTOCOL": "HTTP/2.0",
        "wsgi.input": stream,
    }
    seen: list[str] = []
    chunks = Intake(echo, LIMITS)(environ, lambda status, *rest: seen.append(status))  # type: ignore[arg-type,return-value]
    assert json.loads(b"".join(chunks))["received"] == 5


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_over_the_ceiling_are_refused_and_read_to_the_end(chunked: bool) -> None:
    assert call("/x", b"a" * 1000, chunked=chunked)[0] == "200 OK"
    status, seen, left = call("/x", b"a" * 1001, chunked=chunked)
    assert (status, seen["code"], left) == ("413 Request Entity Too Large", "BadRequestImageSizeBytes", b"")


@pytest.mark.parametrize("chunked", [False, True])
def test_predictions_have_a_lower_ceiling(chunked: bool) -> None:
    path = "/customvision/v3.0/Prediction/p/classify/iterations/n/image"
    assert call(path, b"a" * 500, chunked=chunked)[0] == "200 OK"
    assert call(path, b"a" * 501, chunked=chunked)[0] == "413 Request Entity Too Large"
    assert call("/prediction/x", b"a" * 501)[0] == "200 OK"


def test_what_a_refused_request_sends_is_read() -> None:
    status, seen, left = call("/refuse", b"a" * 900)
    assert (status, seen, left) == ("401 Unauthorized", {"refused": True}, b"")


def test_a_client_that_waits_for_100_continue_is_not_asked_for_its_body() -> None:
    status, _, left = call("/refuse", b"a" * 900, HTTP_EXPECT="100-continue")
    assert (status, len(left)) == ("401 Unauthorized", 900)


def test_the_spool_has_a_limit_over_all_requests_and_gives_room_back() -> None:
    nested: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/outer":
            environ_inner = {
                "REQUEST_METHOD": "POST",
                "PATH_INFO": "/inner",
                "HTTP_TRANSFER_ENCODING": "chunked",
                "wsgi.input": io.BytesIO(b"b" * 800),
            }
            intake(environ_inner, lambda status, *rest: nested.append(status))  # type: ignore[arg-type,return-value]
        return echo(environ, start_response)

    intake = Intake(app, LIMITS)
    for _ in range(3):
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/outer",
            "HTTP_TRANSFER_ENCODING": "chunked",
            "wsgi.input": io.BytesIO(b"a" * 800),
        }
        intake(environ, lambda status, *rest: nested.append(status))  # type: ignore[arg-type,return-value]
    assert nested == ["503 Service Unavailable", "200 OK"] * 3


def body_of(content: bytes, length: int | None = None) -> RequestBody:
    return RequestBody(io.BytesIO(content), length, ReceiverPool(4))


def test_reads_stop_at_the_content_length() -> None:
    body = body_of(b"0123456789", 6)
    assert [body.read(4), body.read(4), body.read(4)] == [b"0123", b"45", b""]
    assert body_of(b"0123456789", 6).read() == b"012345"
    assert body_of(b"0123456789").read(None) == b"0123456789"
    assert body_of(b"", 0).read() == b""


def test_lines() -> None:
    assert list(body_of(b"one\ntwo\n\nlast")) == [b"one\n", b"two\n", b"\n", b"last"]
    body = body_of(b"one\ntwo\nlast")
    assert [body.readline(2), body.readline(), body.read(3), body.readline(), body.read()] == [
        b"on",
        b"e\n",
        b"two",
        b"\n",
        b"last",
    ]
    assert body_of(b"one\ntwo\nlast").readlines(5) == [b"one\n", b"two\n"]


def test_a_stream_that_fails_fails_here() -> None:
    class Broken:
        def read(self, size: int = -1, /) -> bytes:
            raise ConnectionResetError("gone")

    body = RequestBody(Broken(), 10, ReceiverPool(4))
    with pytest.raises(ConnectionResetError):
        body.read(5)
    assert body.drain(100) is False


def test_without_a_free_receiver_the_answer_is_503() -> None:
    body = RequestBody(io.BytesIO(b"abc"), 3, ReceiverPool(0))
    with pytest.raises(BodyTimeout):
        body.read()
    intake = Intake(echo, IntakeLimits(receiver_threads=0))
    seen: list[str] = []
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/refuse", "CONTENT_LENGTH": "3", "wsgi.input": io.BytesIO(b"a")}
    intake(environ, lambda status, *rest: seen.append(status))  # type: ignore[arg-type,return-value]
    assert seen == ["503 Service Unavailable"]
