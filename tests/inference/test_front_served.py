"""The whole web process on granian: what clients see while things change, stall and die around them."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connection
from pytest_django import Settings

from inference.ingesting import ingest_waiting
from inference.models import StoredPrediction
from inference.spool_folder import spool_folder
from portal.keys import make_key
from portal.models import Project, Resource, ResourceKind
from tests.builders import make_project, make_resource
from tests.inference.serving import first_key, png, publish
from tests.intake.granian_process import granian, receive_answer, send
from training.models import Iteration


@dataclass
class Served:
    """A running server with one published classifier."""

    port: int
    project: Project
    resource: Resource
    key: str
    iteration: Iteration

    def head(self, source: str = "image/nostore", name: str = "model", key: str = "", length: str = "") -> bytes:
        path = f"/customvision/v3.0/Prediction/{self.project.pk}/classify/iterations/{name}/{source}"
        return f"POST {path} HTTP/1.1\nHost: x\nPrediction-Key: {key or self.key}\n{length}\n\n".encode()

    def predict(self, source: str = "image/nostore", name: str = "model", key: str = "") -> tuple[int, Any]:
        """Status and JSON of one call on a connection of its own."""
        image = png()
        answer = send(self.port, self.head(source, name, key, f"Content-Length: {len(image)}"), image)
        return int(answer.split()[1]), json.loads(answer.partition(b"\r\n\r\n")[2])


@dataclass
class Traffic:
    """Calls one after the other, from a thread of its own, until told to stop."""

    served: Served
    source: str = "image/nostore"
    answers: list[tuple[int, Any]] = field(default_factory=list)
    broken: int = 0
    slowest_seconds: float = 0.0

    def __post_init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped.is_set():
            started = time.monotonic()
            try:
                self.answers.append(self.served.predict(self.source))
            except (OSError, AssertionError):
                self.broken += 1
                time.sleep(0.02)
            self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - started)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()


@pytest.fixture
def served(transactional_db: None, tmp_path: Path, settings: Settings) -> Iterator[Served]:
    if connection.vendor != "sqlite":
        pytest.skip("the server's process is given the SQLite file of this test")
    settings.SIGHTLINE_DATA = str(tmp_path)
    project, resource = make_project(), make_resource(ResourceKind.PREDICTION)
    iteration = publish(project, resource)
    environment = {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "SIGHTLINE_DATA": str(tmp_path),
        "SIGHTLINE_STORAGE": str(tmp_path / "files"),
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "SIGHTLINE_SECRET_KEY": settings.SECRET_KEY,
        "SIGHTLINE_LOG_LEVEL": "ERROR",
    }
    with granian("portal.wsgi:application", environment, threads=64) as port:
        served = Served(port, project, resource, first_key(resource), iteration)
        assert served.predict()[0] == 200
        yield served


def test_a_chunked_multipart_body_as_the_javascript_sdk_streams_it(served: Served) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="imageData"\r\nContent-Type: application/octet-stream\r\n\r\n'
        + png()
        + b"\r\n--b--\r\n"
    )
    pieces = [b"%x\r\n" % len(body[i : i + 50]) + body[i : i + 50] + b"\r\n" for i in range(0, len(body), 50)]
    head = served.head(length="Content-Type: multipart/form-data; boundary=b\nTransfer-Encoding: chunked")
    answer = send(served.port, head, *pieces, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["predictions"][0]["tagName"] == "grün"


def test_a_refused_body_of_megabytes_gets_its_answer(served: Served) -> None:
    for key, status in (("0" * 32, b"401"), (served.key, b"400")):
        head = served.head(key=key, length="Content-Length: 20000000")
        assert send(served.port, head, b"x" * 20_000_000).split()[1] == status


def test_clients_that_dribble_stall_no_prediction(served: Served) -> None:
    stalled = []
    for _ in range(12):
        client = socket.create_connection(("127.0.0.1", served.port), timeout=60)
        client.sendall(served.head(length="Content-Length: 90000").replace(b"\n", b"\r\n") + b"\xff\xd8\xff")
        stalled.append(client)
    traffic = Traffic(served)
    for _ in range(15):
        for client in stalled:
            client.sendall(b"x")
        time.sleep(0.1)
    traffic.stop()
    for client in stalled:
        client.close()
    assert traffic.broken == 0
    assert {status for status, _ in traffic.answers} == {200}
    assert traffic.slowest_seconds < 1.0
    assert len(traffic.answers) > 10


def test_names_and_keys_change_under_load_without_an_error(served: Served) -> None:
    traffic = Traffic(served)
    second = publish(served.project, served.resource, order=(1, 0, 2))
    started = time.monotonic()
    while served.predict()[1]["iteration"] != str(second.pk):
        assert time.monotonic() - started < 2
    fresh = publish(served.project, served.resource, "fresh name")
    assert served.predict(name="fresh%20name")[1]["iteration"] == str(fresh.pk)
    assert served.predict(key=make_key(served.resource, 2))[0] == 200
    traffic.stop()
    assert traffic.broken == 0
    assert {status for status, _ in traffic.answers} == {200}
    iterations = [answer["iteration"] for _, answer in traffic.answers]
    assert iterations == sorted(iterations, key=[str(served.iteration.pk), str(second.pk)].index)


def test_kill_9_of_the_web_process_loses_no_stored_prediction(served: Served) -> None:
    traffic = [Traffic(served, "image") for _ in range(3)]
    time.sleep(1.0)
    for process in psutil.Process(os.getpid()).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # a zombie that an earlier test left, too
            if "granian" in " ".join(process.cmdline()):
                process.send_signal(signal.SIGKILL)
    time.sleep(0.3)
    for each in traffic:
        each.stop()
    acknowledged = {answer["id"] for each in traffic for status, answer in each.answers if status == 200}
    assert len(acknowledged) > 10
    assert sum(each.broken for each in traffic) > 0
    ingest_waiting(spool_folder())
    assert acknowledged <= {str(pk) for pk in StoredPrediction.objects.values_list("pk", flat=True)}


def test_an_answer_is_one_keep_alive_connection_after_the_other(served: Served) -> None:
    image = png()
    request = served.head(length=f"Content-Length: {len(image)}").replace(b"\n", b"\r\n") + image
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as client:
        for _ in range(5):
            client.sendall(request)
            assert receive_answer(client).startswith(b"HTTP/1.1 200 ")
