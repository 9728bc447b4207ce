"""A whole install of its own: real Valkey, Celery workers, beat, ingester and web, as `manage.py up` runs them."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent
READY_PATIENCE_SECONDS = 120.0
STOP_PATIENCE_SECONDS = 40.0
ADMIN_PASSWORD = "a password for tests"


@dataclass
class LiveInstall:
    """A running install, and what a client needs to know about it."""

    endpoint: str
    training_key: str
    prediction_key: str
    prediction_resource_id: str
    data: Path
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = field(repr=False)

    def processes(self) -> list[psutil.Process]:
        """Every process below the supervisor."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def main_process(self, name: str) -> psutil.Process:
        """The main process of that name: web, short, training, reaper, beat, ingester or valkey."""
        for process in psutil.Process(self.process.pid).children():
            try:
                if NAMES[name] in " ".join(process.cmdline()):
                    return process
            except psutil.Error:  # it ended while we looked
                continue
        raise LookupError(name)

    def readyz(self) -> httpx.Response:
        return httpx.get(f"{self.endpoint}/readyz", timeout=10)

    def log(self, name: str) -> str:
        path = self.data / "logs" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""


def told_install(facts: Mapping[str, Any]) -> LiveInstall:
    """One that runs already, as `python -m tests.larger` tells it."""
    return LiveInstall(
        endpoint=facts["endpoint"],
        training_key=facts["trainingKey"],
        prediction_key=facts["predictionKey"],
        prediction_resource_id=facts["predictionResourceId"],
        data=Path(facts["data"]),
        environment=facts["environment"],
        process=None,
    )


NAMES = {
    "web": "granian",
    "short": "--queues short",
    "training": "--queues training",
    "reaper": "--queues reaper",
    "beat": "portal.celery beat",
    "ingester": "manage.py ingest",
    "valkey": "valkey-server",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what the tests' own settings put there."""
    left_out = ("SIGHTLINE_", "BROKER_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_", "DATABASE_URL")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    if os.environ.get("DATABASE_URL"):
        clean["DATABASE_URL"] = fresh_postgres_database(os.environ["DATABASE_URL"])
    return {**clean, "SIGHTLINE_ADMIN_PASSWORD": ADMIN_PASSWORD, **(extra or {})}


def fresh_postgres_database(url: str) -> str:
    """An empty database on the same server."""
    name = f"live_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    before, _, after = url.partition("/postgres?")
    return f"{before}/{name}?{after}"


def start(data: Path, environment: Mapping[str, str], port: int, *options: str) -> "subprocess.Popen[bytes]":
    """`manage.py up` on that folder; its output goes to up.log beside the folder."""
    log = data.with_name(f"{data.name}-up.log").open("ab")
    command = [sys.executable, str(ROOT / "manage.py"), "up", "--data", str(data), "--port", str(port), *options]
    with log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=dict(environment))


def wait_until_ready(process: "subprocess.Popen[bytes]", endpoint: str, data: Path) -> None:
    deadline = time.monotonic() + READY_PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            # Under HTTPS asked on loopback, whose name the certificate need not carry.
            if httpx.get(f"{endpoint}/readyz", timeout=2, verify=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not ready:\n{up_log(data)[-4000:]}")


def up_log(data: Path) -> str:
    return data.with_name(f"{data.name}-up.log").read_text(errors="replace")


def keys(data: Path, environment: Mapping[str, str]) -> dict[str, str]:
    command = [sys.executable, str(ROOT / "manage.py"), "keys", "--json", "--data", str(data)]
    answer: dict[str, str] = json.loads(subprocess.check_output(command, cwd=ROOT, env=dict(environment)))
    return answer


def stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_PATIENCE_SECONDS)


@contextmanager
def running_install(extra: Mapping[str, str] | None = None, *options: str) -> Iterator[LiveInstall]:
    """Started on a free port and an empty data folder; stopped in order at the end."""
    environment = own_environment(extra)
    with tempfile.TemporaryDirectory(prefix="sightline-live-") as folder:
        data, port = Path(folder) / "data", free_port()
        endpoint = f"{'https' if '--tls-cert' in options else 'http'}://127.0.0.1:{port}"
        process = start(data, environment, port, *options)
        try:
            wait_until_ready(process, endpoint, data)
            answer = keys(data, environment)
            yield LiveInstall(
                endpoint=answer["endpoint"],
                training_key=answer["trainingKey"],
                prediction_key=answer["predictionKey"],
                prediction_resource_id=answer["predictionResourceId"],
                data=data,
                environment=environment,
                process=process,
            )
        finally:
            stop(process)
