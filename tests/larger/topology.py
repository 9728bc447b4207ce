"""The larger install of docker-compose.yml as processes: its commands, its environment, two web hosts, two trainers."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import yaml

from tests.larger import servers
from tests.larger.compose import environment_of, own_services
from tests.larger.jail import USER, can_jail, inside, inside_path, jailed, python_inside, seen_folder
from tests.live_install import ADMIN_PASSWORD, ROOT, free_port, keys
from tests.proxies import ReverseProxy

HOSTS = {
    "web-1": "web",
    "web-2": "web",
    "worker-1": "worker",
    "training-1": "training",
    "training-2": "training",
    "beat-1": "beat",
}
READY_PATIENCE_SECONDS = 180.0
STOP_PATIENCE_SECONDS = 40.0


@dataclass
class LargerInstall:
    """A running larger install: `endpoint` is a proxy that sends each request to the next web host."""

    endpoint: str
    web: tuple[str, str]
    keys: Mapping[str, str]
    folder: Path
    environment: Mapping[str, str]
    processes: Mapping[str, "subprocess.Popen[bytes]"] = field(repr=False)

    def data(self, host: str) -> Path:
        return self.folder / host

    def exec(self, host: str, *command: str, stdout: IO[bytes] | None = None) -> "subprocess.CompletedProcess[str]":
        """Run Python there with these arguments, as `docker compose exec SERVICE python ...` would."""
        if can_jail():
            words, folder = inside(self.processes[host].pid, [python_inside(), *command]), str(seen_folder(host))
        else:
            words, folder = [sys.executable, *command], str(self.data(host))
        environment = {**self.environment, **_own(host, folder)}
        return subprocess.run(
            words,
            cwd=ROOT,
            env=environment,
            stdout=stdout or subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )

    def log(self, host: str) -> str:
        return (self.folder / f"{host}.log").read_text(errors="replace")


@contextmanager
def larger_install() -> Iterator[LargerInstall]:
    """Started on free ports and empty folders; stopped in order at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sightline-larger-", dir="/tmp")))
        folder.chmod(0o755)
        backing, web_ports = _start_servers(stack, folder), (free_port(), free_port())
        web = (f"http://127.0.0.1:{web_ports[0]}", f"http://127.0.0.1:{web_ports[1]}")
        proxy = stack.enter_context(ReverseProxy(web))
        endpoint = f"http://127.0.0.1:{proxy.port}"
        environment = _environment(backing, endpoint)
        collect_static()
        processes: dict[str, subprocess.Popen[bytes]] = {}
        stack.callback(_stop_all, processes)
        ports = dict(zip(("web-1", "web-2"), web_ports, strict=True))
        for host in HOSTS:
            processes[host] = start_host(host, HOSTS[host], folder, environment, ports.get(host))
        install = LargerInstall(endpoint, web, {}, folder, environment, processes)
        _wait_until_ready(install)
        install.keys = keys(install.data("web-1"), environment)
        yield install


def _start_servers(stack: ExitStack, folder: Path) -> dict[str, int]:
    """Those that the services' environment names, by the names they have there."""
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    (folder / "valkey").mkdir()
    arguments = document["services"]["valkey"]["command"][1:]
    return {
        "postgres": stack.enter_context(servers.postgres(folder)),
        "valkey": stack.enter_context(servers.broker(folder / "valkey", arguments)),
        "storage": stack.enter_context(servers.s3(folder)),
    }


def _environment(backing: Mapping[str, int], endpoint: str) -> dict[str, str]:
    """What the services share: Compose's, with the addresses that things have here."""
    told = {
        "SIGHTLINE_SECRET_KEY": "a secret for tests of the larger install",
        "SIGHTLINE_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "SIGHTLINE_PUBLIC_URL": endpoint,
        "SIGHTLINE_TRUSTED_PROXIES": "127.0.0.0/8",
    }
    environment = environment_of(own_services()["web"], told)
    for name, value in environment.items():
        for host, port in backing.items():
            value = re.sub(rf"(?<=[/@]){host}(:\d+)?(?=/|$)", f"127.0.0.1:{port}", value)
        environment[name] = value
    kept = {name: os.environ[name] for name in ("LANG", "SIGHTLINE_WEIGHTS") if name in os.environ}
    # pg_dump of the server's version comes first, as it does in the image; in a jail it is seen elsewhere.
    programs = servers.postgres_binary("pg_dump").parent
    path = f"{programs}:{inside_path(programs)}:{os.environ['PATH']}"
    return {**kept, "PATH": path, **environment}


def _own(host: str, folder: str) -> dict[str, str]:
    """What the image's ENV says, for a data folder seen there."""
    names = {} if can_jail() else {"SIGHTLINE_HOST_NAME": host}
    return {"SIGHTLINE_DATA": folder, "SIGHTLINE_CACHE": f"{folder}/cache", "TMPDIR": f"{folder}/tmp", **names}


def start_host(
    host: str, service: str, folder: Path, environment: Mapping[str, str], port: int | None = None
) -> "subprocess.Popen[bytes]":
    """`manage.py up` as that service has it; its output goes to HOST.log in the folder."""
    options = own_services()[service]["command"]
    words = ["manage.py", "up", "--show-logs", *options, *(["--port", str(port)] if port else [])]
    with (folder / f"{host}.log").open("ab") as log:
        return subprocess.Popen(
            **new_host(host, folder, environment, words), stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )


def new_host(host: str, folder: Path, environment: Mapping[str, str], words: Sequence[str]) -> dict[str, Any]:
    """What subprocess wants, to run Python with these words on a host that runs nothing else yet."""
    data = folder / host
    for each in (data, data / "tmp"):
        each.mkdir(mode=0o700, exist_ok=True)
    if can_jail():
        os.chown(data / "tmp", USER, USER)
        command, seen = jailed([python_inside(), *words], host, data), str(seen_folder(host))
    else:
        command, seen = [sys.executable, *words], str(data)
    return {"args": command, "cwd": ROOT, "env": {**environment, **_own(host, seen)}}


def collect_static() -> None:
    """The Dockerfile's own line: hosts whose root cannot be written cannot do it."""
    (program,) = re.findall(r'python -c "(.*?)"', (ROOT / "Dockerfile").read_text().replace("\\\n", ""))
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "SIGHTLINE_DATA": folder}
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)


def _wait_until_ready(install: LargerInstall) -> None:
    """Every host has said that it is ready, and both web hosts see all parts."""
    deadline = time.monotonic() + READY_PATIENCE_SECONDS
    while time.monotonic() < deadline:
        ended = [host for host, process in install.processes.items() if process.poll() is not None]
        if ended:
            raise AssertionError(f"{ended[0]} ended:\n{install.log(ended[0])[-4000:]}")
        if all("Ready after" in install.log(host) for host in HOSTS) and all(map(is_ready, install.web)):
            return
        time.sleep(0.2)
    raise AssertionError("\n".join(f"{host}:\n{install.log(host)[-1500:]}" for host in HOSTS))


def is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _stop_all(processes: Mapping[str, "subprocess.Popen[bytes]"]) -> None:
    for process in processes.values():
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_PATIENCE_SECONDS
    for process in processes.values():
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
