"""What every request passes before Django or the prediction front sees it."""

import json
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import TypeAlias
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from portal.intake.body import GRACE_SECONDS, BodyTimeout, BodyTrouble, RequestBody
from portal.intake.paths import canonical_path
from portal.intake.receiving import ReceiverPool
from portal.intake.spooling import BodyTooLarge, SpoolBudget, SpoolFull, spooled

logger = logging.getLogger(__name__)

BODY_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


@dataclass(frozen=True)
class IntakeLimits:
    """Sizes in bytes.

    The largest legal body is a batch of 64 images of 6 MB in base64, about 512 MB. When as many bodies as
    `crowded_receivers` are waited for, each gets `crowded_seconds`. A worker in which clients that do not hang up
    hold `held_threads` ends, and a new one takes its place.
    """

    body: int = 640 * 1024 * 1024
    prediction_body: int = 64 * 1024 * 1024
    drained: int = 640 * 1024 * 1024
    spooled_in_all: int = 4 * 1024 * 1024 * 1024
    grace_seconds: float = GRACE_SECONDS
    receiver_threads: int = 512
    crowded_receivers: int = 128
    crowded_seconds: float = 5.0
    held_threads: int = 128


class Intake:
    """Wraps a WSGI app whose calls to `start_response` come before it returns, as Django's do.

    - `PATH_INFO` of API calls is spelled one way; `environ["sightline.api_version"]` holds the `v3.x`.
    - A body without a length is spooled and gets its CONTENT_LENGTH, which Django goes by.
    - A body over its ceiling is answered with 413, one that does not come in time with 408.
    - What the app left unread is read before the answer goes out: a client that is still sending would see a
      broken connection instead.
    """

    def __init__(self, app: WSGIApplication, limits: IntakeLimits | None = None) -> None:
        self._app = app
        self._limits = limits or IntakeLimits()
        self._receivers = ReceiverPool(
            self._limits.receiver_threads, self._limits.crowded_receivers, self._limits.crowded_seconds
        )
        self._held = _HeldThreads(self._limits.held_threads)
        self._budget = SpoolBudget(self._limits.spooled_in_all)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        environ["PATH_INFO"], version = canonical_path(environ.get("PATH_INFO", ""))
        if version is not None:
            environ["sightline.api_version"] = version
        length = _content_length(environ)
        if length is None and not _has_unmeasured_body(environ):
            return self._app(environ, start_response)
        body = RequestBody(environ["wsgi.input"], length, self._receivers, self._limits.grace_seconds)
        environ["wsgi.input"] = body
        answer = _Answer()
        chunks = self._serve(environ, answer, body, length)
        _drain(environ, body, self._limits.drained)
        if body.trouble is not None:
            _close(chunks)
            _log(body.trouble.value, environ, body)
            status = 408 if body.trouble is BodyTrouble.TIMED_OUT else 503
            chunks = self._until_released(answer.replace(status, "BadRequest", body.trouble.value), body)
        answer.send(start_response)
        return chunks

    def _serve(
        self, environ: WSGIEnvironment, answer: "_Answer", body: RequestBody, length: int | None
    ) -> Iterable[bytes]:
        is_prediction = "/prediction/" in environ["PATH_INFO"] and "sightline.api_version" in environ
        ceiling = self._limits.prediction_body if is_prediction else self._limits.body
        try:
            if length is None:
                return self._serve_spooled(environ, answer, body, ceiling)
            if length > ceiling:
                return answer.too_large(ceiling)
            return self._app(environ, answer.start)
        except BodyTimeout:
            return ()  # the answer is made from body.trouble

    def _serve_spooled(
        self, environ: WSGIEnvironment, answer: "_Answer", body: RequestBody, ceiling: int
    ) -> Iterable[bytes]:
        try:
            with spooled(body, ceiling, self._budget) as (file, length):
                environ["wsgi.input"] = file
                environ["CONTENT_LENGTH"] = str(length)
                environ.pop("HTTP_TRANSFER_ENCODING", None)
                return self._app(environ, answer.start)
        except BodyTooLarge:
            return answer.too_large(ceiling)
        except SpoolFull:
            return answer.replace(503, "BadRequest", "The server is receiving too many bodies; try again.")

    def _until_released(self, chunks: list[bytes], body: RequestBody) -> Iterator[bytes]:
        """The answer at once; then wait, for granian 2.8 stops its whole worker when a request ends under a read.

        It waits for the read while it holds the interpreter's lock. This thread is lost to others until the client
        hangs up, as `Connection: close` tells it to.
        """
        yield from chunks
        with self._held:
            body.wait_until_released()


class _HeldThreads:
    """Counts the threads that clients hold; with too many of them the process ends, which gets rid of the clients."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self._count += 1
            if self._count >= self._most:
                logger.error("%d clients do not hang up: this process ends, another takes its place.", self._count)
                os._exit(1)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._count -= 1


class _Answer:
    """Status and headers, held back until the body has been read."""

    def __init__(self) -> None:
        self._status = ""
        self._headers: list[tuple[str, str]] = []

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        self._status, self._headers = status, headers
        return _no_write

    def replace(self, status: int, code: str, message: str) -> list[bytes]:
        """An answer of the intake's own instead of the app's."""
        content = json.dumps({"code": code, "message": message}).encode()
        self._status = f"{status} {HTTPStatus(status).phrase}"
        self._headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(content))),
            ("Connection", "close"),
        ]
        return [content]

    def too_large(self, ceiling: int) -> list[bytes]:
        return self.replace(413, "BadRequestImageSizeBytes", f"The body may have {ceiling} bytes.")

    def send(self, start_response: StartResponse) -> None:
        start_response(self._status, self._headers)


def _no_write(data: bytes, /) -> object:
    raise RuntimeError("WSGI's write() is not supported.")


def _content_length(environ: WSGIEnvironment) -> int | None:
    text = environ.get("CONTENT_LENGTH") or ""
    return int(text) if text.isascii() and text.isdigit() else None


def _has_unmeasured_body(environ: WSGIEnvironment) -> bool:
    if "HTTP_TRANSFER_ENCODING" in environ:
        return True
    is_http_2 = str(environ.get("SERVER_PROTOCOL", "")).startswith("HTTP/2")
    return is_http_2 and environ.get("REQUEST_METHOD") in BODY_METHODS


def _drain(environ: WSGIEnvironment, body: RequestBody, at_most: int) -> None:
    if environ.get("HTTP_EXPECT", "").lower() == "100-continue" and not body.is_begun:
        return  # this client sends nothing until it is asked to
    if not body.drain(at_most) and body.trouble is None:
        _log("The body was not read to its end.", environ, body)


def _log(message: str, environ: WSGIEnvironment, body: RequestBody) -> None:
    logger.warning(message, extra={"path": environ["PATH_INFO"], "received_bytes": body.received_bytes})


def _close(chunks: Iterable[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if close is not None:
        close()
