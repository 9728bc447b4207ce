"""One install, killed in every way: what dies comes back, what is stopped is gone."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.live_install import (
    ROOT,
    LiveInstall,
    free_port,
    keys,
    own_environment,
    running_install,
    start,
    stop,
    up_log,
    wait_until_ready,
)


@pytest.fixture(scope="module")
def install() -> Iterator[LiveInstall]:
    with running_install() as running:
        yield running


def eventually(condition: Callable[[], bool], within_seconds: float = 60.0) -> float:
    """Seconds until the condition held."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < within_seconds, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - started


def is_another(install: LiveInstall, name: str, old_pid: int) -> bool:
    try:
        return install.main_process(name).pid != old_pid
    except LookupError:
        return False


@pytest.mark.parametrize("name", ["short", "training", "reaper", "beat", "ingester", "valkey"])
def test_a_killed_process_comes_back(install: LiveInstall, name: str) -> None:
    old = install.main_process(name)
    old.kill()
    eventually(lambda: is_another(install, name, old.pid))
    eventually(lambda: install.readyz().status_code == 200)
    assert old.pid not in psutil.pids()
    assert f"{name} ended (signal SIGKILL); starting it again." in up_log(install.data)


def test_a_killed_web_server_leaves_no_worker_and_comes_back_on_its_port(install: LiveInstall) -> None:
    old = install.main_process("web")
    workers = old.children()
    old.kill()
    eventually(lambda: is_another(install, "web", old.pid))
    eventually(lambda: _answers(install))
    assert [worker for worker in workers if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE] == []


def test_a_killed_web_worker_is_replaced_while_the_port_answers(install: LiveInstall) -> None:
    web = install.main_process("web")
    victim = web.children()[0]
    victim.kill()
    eventually(lambda: len(_living(web.children())) >= 1 and victim.pid not in [c.pid for c in _living(web.children())])
    eventually(lambda: _answers(install))
    assert install.main_process("web").pid == web.pid


def test_a_second_start_on_the_same_folder_says_so(install: LiveInstall) -> None:
    command = [sys.executable, "manage.py", "up", "--data", str(install.data), "--port", str(free_port())]
    answer = subprocess.run(command, cwd=ROOT, env=dict(install.environment), capture_output=True, text=True)
    assert answer.returncode == 1
    assert f"already runs on {install.data} (process {install.process.pid}, {install.endpoint})" in answer.stderr


def test_a_port_in_use_is_named(install: LiveInstall, tmp_path: Path) -> None:
    port = install.endpoint.rpartition(":")[2]
    command = [sys.executable, "manage.py", "up", "--data", str(tmp_path / "other"), "--port", port]
    answer = subprocess.run(command, cwd=ROOT, env=dict(install.environment), capture_output=True, text=True)
    assert answer.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use" in answer.stderr


def test_stopped_and_started_again(tmp_path: Path) -> None:
    environment, data = own_environment({"SIGHTLINE_ADMIN_PASSWORD": ""}), tmp_path / "data"
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"

    # A first start prints the password once, the keys, the id and the folder.
    process = start(data, environment, port)
    wait_until_ready(process, endpoint, data)
    first_keys = keys(data, environment)
    eventually(lambda: "Ctrl-C stops everything." in up_log(data))
    block = up_log(data)
    assert "this password is shown once" in block
    for expected in (*first_keys.values(), str(data)):
        assert expected in block

    # SIGTERM ends everything, in order and with status 0.
    below = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert _living(below) == []
    assert up_log(data).rstrip().endswith("Stopped.")

    # A stopped install still tells its keys.
    assert keys(data, environment) == first_keys
    assert first_keys["endpoint"] == endpoint

    # A second start is quick, keeps the keys and shows no password.
    data.with_name("data-up.log").unlink()
    process = start(data, environment, port)
    started = time.monotonic()
    wait_until_ready(process, endpoint, data)
    assert time.monotonic() - started < 30
    assert keys(data, environment) == first_keys
    eventually(lambda: "Ctrl-C stops everything." in up_log(data))
    assert "shown once" not in up_log(data)

    # kill -9 of the supervisor leaves nothing behind, not even for somebody who is still sending.
    below = psutil.Process(process.pid).children(recursive=True)
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nhalf")
        time.sleep(0.5)
        process.kill()
        process.wait()
        eventually(lambda: _living(below) == [], within_seconds=5)

    # And the folder can be used again at once.
    process = start(data, environment, port)
    wait_until_ready(process, endpoint, data)
    stop(process)


def test_only_needs_a_broker_to_meet_at(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "up", "--only", "web", "--data", str(tmp_path), "--port", str(free_port())]
    answer = subprocess.run(command, cwd=ROOT, env=own_environment(), capture_output=True, text=True)
    assert (answer.returncode, "--only needs BROKER_URL" in answer.stderr) == (1, True)


def _living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def _answers(install: LiveInstall) -> bool:
    try:
        return httpx.get(f"{install.endpoint}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
