"""One web process with two published iterations: EfficientNet-Lite0 with random weights, and a model of nothing."""

import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
BOUNDARY = "2f6b9c"
TAGS = 10


@dataclass(frozen=True)
class Install:
    """What the benchmark needs to know."""

    folder: Path
    port: int
    environment: Mapping[str, str]
    key: str
    project_id: str
    artifacts: Mapping[str, Path]
    image: bytes

    @property
    def image_path(self) -> Path:
        return self.folder / "image.jpg"

    def request(self, name: str, source: str) -> bytes:
        """A whole request: `source` is image, image/nostore, or multipart (nostore, as the Python SDK sends it)."""
        body, content_type, path = self.image, "application/octet-stream", source
        if source == "multipart":
            path, content_type = "image/nostore", f"multipart/form-data; boundary={BOUNDARY}"
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="imageData"\r\n\r\n'.encode()
            body = head + self.image + f"\r\n--{BOUNDARY}--\r\n".encode()
        return (
            f"POST /customvision/v3.0/Prediction/{self.project_id}/classify/iterations/{name}/{path} HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\nPrediction-Key: {self.key}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body


def prepare(folder: Path) -> Install:
    """Database, rows, artifacts and image, in `folder`. Sets this process up for Django."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "SIGHTLINE_DATA": str(folder / "data"),
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    for name in ("DATABASE_URL", "SIGHTLINE_STORAGE"):
        os.environ.pop(name, None)
    os.environ.update(own)
    sys.path.insert(0, str(ROOT))
    artifacts = {"model": folder / "model.onnx", "null": folder / "null.onnx"}
    # In a process of its own: torch must not stay in this one's memory.
    subprocess.run(
        [sys.executable, str(Path(__file__).with_name("_serving_models.py")), str(folder), str(TAGS)], check=True
    )
    image = _photo()
    (folder / "image.jpg").write_bytes(image)
    key, project_id = _publish(artifacts)
    return Install(folder, port, dict(os.environ), key, project_id, artifacts, image)


@contextmanager
def server(made: Install, core: int) -> Iterator[subprocess.Popen[bytes]]:
    """granian with one worker on one core, as `manage.py up` starts it."""
    log = (made.folder / "web.log").open("wb")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
            *("--port", str(made.port), "--workers", "1", "--blocking-threads", "64", "--http", "1", "--no-ws"),
            *("--log-level", "warning", "portal.wsgi:application"),
        ],
        cwd=ROOT,
        env=dict(made.environment),
        stdout=log,
        stderr=log,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    try:
        _wait_for(made.port, process)
        yield process
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def count_stored(made: Install) -> int:
    """Rows of stored predictions."""
    from inference.models import StoredPrediction

    return StoredPrediction.objects.filter(project_id=made.project_id).count()


def _publish(artifacts: Mapping[str, Path]) -> tuple[str, str]:
    import django

    django.setup()
    from django.core.files import File
    from django.core.files.storage import default_storage
    from django.core.management import call_command
    from django.utils import timezone

    from labeling.models import Snapshot
    from portal.actors import SYSTEM
    from portal.keys import reveal
    from portal.models import ResourceKind
    from portal.projects import create_project
    from portal.resources import create_resource
    from training.models import Iteration, IterationState, TrainingType
    from training.publishing import publish_iteration

    call_command("migrate", verbosity=0)
    resource = create_resource(SYSTEM, ResourceKind.PREDICTION, "benchmark-prediction")
    project = create_project(SYSTEM, create_resource(SYSTEM, ResourceKind.TRAINING, "benchmark"), "benchmark")
    for number, (name, path) in enumerate(artifacts.items(), 1):
        with path.open("rb") as file:
            artifact = default_storage.save(f"projects/{project.pk}/iterations/{uuid4()}.onnx", File(file))
        iteration = Iteration.objects.create(
            snapshot=Snapshot.objects.create(project=project, digest=f"{number:064x}"),
            project=project,
            number=number,
            name=f"Iteration {number}",
            state=IterationState.COMPLETED,
            training_type=TrainingType.REGULAR,
            domain_id=project.domain_id,
            artifact=artifact,
            trained=timezone.now(),
        )
        publish_iteration(SYSTEM, iteration, name, resource.full_id)
    return reveal(resource.keys.get(slot=1)), str(project.pk)


def _photo() -> bytes:
    """A 640 x 480 JPEG of about 98 KB: soft shapes with grain."""
    chance = np.random.default_rng(7)
    soft = Image.fromarray(chance.integers(0, 256, (30, 40, 3), dtype=np.uint8)).resize((640, 480), Image.BICUBIC)
    grain = np.asarray(soft, np.float64) + chance.normal(0, 11, (480, 640, 3))
    buffer = io.BytesIO()
    Image.fromarray(grain.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("granian ended; see its log")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("granian did not start")
