"""The servers that are compared: an install with its web process, and the naive one, on the same artifact."""

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
NAME = "model"
TAGS = 10
READY_WITHIN_SECONDS = 180
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
BOUNDARY = "2f6b9c"


@dataclass(frozen=True)
class Install:
    """A data folder with one published artifact, and what a client needs to know about it."""

    kind: str
    folder: Path
    artifact: Path
    image_path: Path
    port: int
    environment: Mapping[str, str]
    key: str
    training_key: str
    project_id: str

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(self, source: str, name: str = NAME) -> bytes:
        """A whole request: `source` is image, image/nostore, or multipart (nostore, as the Python SDK sends it)."""
        body, content_type, path = self.image_path.read_bytes(), "application/octet-stream", source
        if source == "multipart":
            path, content_type = "image/nostore", f"multipart/form-data; boundary={BOUNDARY}"
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="imageData"\r\n\r\n'.encode()
            body = head + body + f"\r\n--{BOUNDARY}--\r\n".encode()
        task = "detect" if self.kind == "detector" else "classify"
        return (
            f"POST /customvision/v3.0/Prediction/{self.project_id}/{task}/iterations/{name}/{path} HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\nPrediction-Key: {self.key}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def publish(self, *names: str) -> dict[str, str]:
        """Publish the artifact once more under each of the names."""
        found: dict[str, str] = json.loads(_fill(self.environment, str(self.artifact), *names))
        return found

    def unpublish(self, *names: str) -> None:
        _fill(self.environment, "--unpublish", *names)


def prepare(folder: Path, kind: str, artifact: Path, image_path: Path) -> Install:
    """Database, rows and files of both servers, in `folder`."""
    folder.mkdir()
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SIGHTLINE_STORAGE")},
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "SIGHTLINE_DATA": str(folder / "data"),
        "SIGHTLINE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
        "SIGHTLINE_ALLOW_PRIVATE_URLS": "1",
        "NAIVE_FOLDER": str(folder),
    }
    found = json.loads(_fill(environment, str(artifact), NAME))
    fill = [sys.executable, str(ROOT / "benchmarks" / "naive_service" / "fill.py")]
    subprocess.run([*fill, found["project"], NAME, str(artifact), found["key"]], check=True, env=environment)
    keys = found["key"], found["training_key"]
    return Install(kind, folder, artifact, image_path, port, environment, *keys, found["project"])


def make_artifacts(folder: Path) -> None:
    """In a process of its own: torch must not stay in this one's memory."""
    script = Path(__file__).with_name("_serving_models.py")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-W", "ignore", str(script), str(folder), str(TAGS)], check=True, env=environment)


def make_photo(path: Path) -> None:
    """A 640 x 480 JPEG of about 98 KB: soft shapes with grain."""
    chance = np.random.default_rng(7)
    soft = Image.fromarray(chance.integers(0, 256, (30, 40, 3), dtype=np.uint8)).resize((640, 480), Image.BICUBIC)
    grain = np.asarray(soft, np.float64) + chance.normal(0, 11, (480, 640, 3))
    buffer = io.BytesIO()
    Image.fromarray(grain.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=85)
    path.write_bytes(buffer.getvalue())


@contextmanager
def web_server(install: Install, cores: set[int], others_on: int | None = None) -> Iterator[int]:
    """A whole install, as `manage.py up` starts it on so many cores; gives the id of the web process.

    With `others_on` all processes but the web's are then moved to that core.
    """
    command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(install.port)]
    with _started(install, cores, command, install.environment, "/readyz") as pid:
        children = psutil.Process(pid).children()
        web = next(child for child in children if "granian" in " ".join(child.cmdline()))
        if others_on is not None:
            kept = {each.pid for each in (web, *web.children(recursive=True))}
            for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
                if process.pid not in kept:
                    move(process, others_on)
        yield web.pid


@contextmanager
def naive_server(install: Install, cores: set[int]) -> Iterator[tuple[int, Install]]:
    """The naive baseline under the same server, with the web process's own options; its id, and its install."""
    naive = Install(**{**vars(install), "port": free_port()})
    environment = {**install.environment, "DJANGO_SETTINGS_MODULE": "benchmarks.naive_service.settings"}
    with _started(naive, cores, _naive_command(naive, len(cores)), environment | ONE_THREAD, "/") as pid:
        yield pid, naive


def move(process: psutil.Process, core: int) -> None:
    """Put all threads of a process on a core; those it starts later come after them."""
    for thread in process.threads():
        os.sched_setaffinity(thread.id, {core})


def open_database(install: Install) -> None:
    """Set this process up for Django on the install's data folder."""
    import django

    os.environ.update(install.environment)
    sys.path.insert(0, str(ROOT))
    django.setup()


def _naive_command(install: Install, cores: int) -> list[str]:
    open_database(install)
    from portal.supervisor.address import Address
    from portal.supervisor.plans import PlanContext, plans_for

    context = PlanContext(Address("127.0.0.1", install.port), None, install.environment, cores)
    web = list(plans_for(["web"], context)[0].command)
    web[web.index("portal.granian_server")] = "granian"
    web[web.index("portal.wsgi:application")] = "benchmarks.naive_service.wsgi:application"
    return web


@contextmanager
def _started(
    install: Install, cores: set[int], command: list[str], environment: Mapping[str, str], healthy_path: str
) -> Iterator[int]:
    log_path = install.folder / f"{install.port}.log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdout=log,
            stderr=log,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        try:
            _wait_for(f"http://127.0.0.1:{install.port}{healthy_path}", process, log_path)
            yield process.pid
        finally:
            process.terminate()
            process.wait(60)


def _wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return  # it answers, though there is nothing at this path
            time.sleep(0.2)
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"the server did not start:\n{log.read_text()[-3000:]}")


def _fill(environment: Mapping[str, str], *arguments: str) -> str:
    script = Path(__file__).with_name("_serving_fill.py")
    answer = subprocess.run(
        [sys.executable, str(script), *arguments], env=dict(environment), check=True, stdout=subprocess.PIPE, text=True
    )
    return answer.stdout.strip().rpartition("\n")[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
