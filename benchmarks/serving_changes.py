"""How soon what is published, moved, unpublished, and new and revoked keys are in force in every web process.

On an install with two web processes under load: seconds from the end of each act to the first answer that knows of it,
on connections that are known to lead to either process; the longest of all rounds. No call of the load may fail.
"""

import argparse
import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import _serving_install as servers
import psutil
from _serving_load import percentile, read_answer

WORKERS = 2
LOAD_CALLERS = 3
ALLOWED_SECONDS = 0.5
PROBE_EVERY_SECONDS = 0.01


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=20)
    options = arguments.parse_args()
    cores = set(sorted(os.sched_getaffinity(0))[:WORKERS])
    with tempfile.TemporaryDirectory(prefix="sightline-serving-") as name:
        folder = Path(name)
        servers.make_artifacts(folder)
        servers.make_photo(folder / "image.jpg")
        install = servers.prepare(folder / "install", "classifier", folder / "classifier.onnx", folder / "image.jpg")
        with servers.web_server(install, cores) as pid:
            changes = Changes(install, _connections(install.port, pid))
            with load(install) as counted:
                for _ in range(options.rounds):
                    changes.round()
    found = {name: max(seconds) for name, seconds in changes.seconds.items()}
    result = {
        "longest_seconds": {name: round(seconds, 3) for name, seconds in found.items()},
        "median_seconds": {name: round(percentile(each, 0.5), 3) for name, each in changes.seconds.items()},
        "web_processes": len(changes.connections),
        "rounds": options.rounds,
        "calls_of_the_load": counted["answered"],
        "errors": counted["errors"],
        "holds": max(found.values()) <= ALLOWED_SECONDS and counted["errors"] == 0,
    }
    print(json.dumps(result))


class Changes:
    """Acts on the install's database, and looks through one connection to each web process."""

    def __init__(self, install: servers.Install, connections: list[socket.socket]) -> None:
        servers.open_database(install)
        from portal.models import Project, Resource, ResourceKind
        from training.models import Iteration

        self.install = install
        self.connections = connections
        self.project = Project.objects.get(pk=install.project_id)
        self.resource = Resource.objects.get(kind=ResourceKind.PREDICTION, name="benchmark-prediction")
        self.published = Iteration.objects.get(published_name__name=servers.NAME)
        self.spares = [self._spare(), self._spare()]
        self.seconds: dict[str, list[float]] = {}

    def round(self) -> None:
        """Each kind of change once."""
        from portal.actors import SYSTEM
        from portal.keys import make_key
        from training.publishing import publish_iteration, unpublish_iteration

        first, second = self.spares
        publish_iteration(SYSTEM, first, "changing", self.resource.full_id)
        self._until("publish", lambda: self._status("changing") == 200)
        publish_iteration(SYSTEM, second, "changing", self.resource.full_id, overwrite=True)
        self._until("move with overwrite", lambda: self._iteration("changing") == str(second.pk))
        unpublish_iteration(SYSTEM, second)
        self._until("unpublish", lambda: self._status("changing") == 404)
        fresh = make_key(self.resource, 2)
        self._until("new key", lambda: self._status(servers.NAME, fresh) == 200)
        make_key(self.resource, 2)
        self._until("revoked key", lambda: self._status(servers.NAME, fresh) == 401)

    def _until(self, act: str, is_in_force: Callable[[], bool]) -> None:
        started = time.perf_counter()
        for connection in self.connections:
            self._connection = connection
            while not is_in_force():
                if time.perf_counter() - started > 20:
                    raise SystemExit(f"{act} is not in force after 20 seconds")
                time.sleep(PROBE_EVERY_SECONDS)
            self.seconds.setdefault(act, []).append(time.perf_counter() - started)

    def _status(self, name: str, key: str = "") -> int:
        return int(self._call(name, key).split()[1])

    def _iteration(self, name: str) -> str:
        answer = self._call(name, "")
        return str(json.loads(answer.partition(b"\r\n\r\n")[2])["iteration"]) if b" 200 " in answer[:14] else ""

    def _call(self, name: str, key: str) -> bytes:
        request = self.install.request("image/nostore", name)
        self._connection.sendall(request.replace(self.install.key.encode(), key.encode()) if key else request)
        return read_answer(self._connection)

    def _spare(self) -> Any:
        """A completed iteration with an artifact of its own."""
        from django.core.files import File
        from django.core.files.storage import default_storage

        from labeling.models import Snapshot

        with self.install.artifact.open("rb") as file:
            artifact = default_storage.save(f"projects/{self.project.pk}/iterations/spare.onnx", File(file))
        spare = type(self.published).objects.get(pk=self.published.pk)
        number = type(spare).objects.count() + 1
        spare.pk = None
        spare.number, spare.name, spare.artifact = number, f"Iteration {number}", artifact
        spare.snapshot = Snapshot.objects.create(project=self.project, digest=f"{number:064x}")
        spare.save(force_insert=True)
        return spare


@contextmanager
def load(install: servers.Install) -> Iterator[dict[str, int]]:
    """Callers on a name that stays, each on a new connection for each call, so that both processes get their share."""
    counted = {"answered": 0, "errors": 0}
    stopped = threading.Event()
    counting = threading.Lock()
    request = install.request("image/nostore")

    def call() -> None:
        while not stopped.is_set():
            try:
                with socket.create_connection(("127.0.0.1", install.port), timeout=30) as client:
                    client.sendall(request)
                    outcome = "answered" if read_answer(client).startswith(b"HTTP/1.1 200") else "errors"
            except OSError:
                outcome = "errors"
            with counting:
                counted[outcome] += 1

    threads = [threading.Thread(target=call) for _ in range(LOAD_CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield counted
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def _connections(port: int, pid: int) -> list[socket.socket]:
    """One connection to each web process; the kernel says where a new one leads."""
    workers = psutil.Process(pid).children()
    found: dict[int, socket.socket] = {}
    for _ in range(200):
        client = socket.create_connection(("127.0.0.1", port), timeout=30)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        read_answer(client)
        own_port = client.getsockname()[1]
        for worker in workers:
            ports = {each.raddr.port for each in worker.net_connections("tcp") if each.raddr}
            if own_port in ports:
                found.setdefault(worker.pid, client)
        if len(found) == len(workers) == WORKERS:
            return list(found.values())
    raise SystemExit(f"{len(found)} of {len(workers)} web processes could be reached")


if __name__ == "__main__":
    main()
