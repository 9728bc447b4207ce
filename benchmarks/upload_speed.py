"""Images a second that go in through Microsoft's Python SDK, and memory in the largest legal batch, of all processes.

Makes its own photos. Prints one JSON object as its last line.
"""

import base64
import io
import json
import os
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import psutil
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import ImageFileCreateBatch, ImageFileCreateEntry
from msrest.authentication import ApiKeyCredentials
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._live_install import LiveInstall, live_install  # noqa: E402

BATCH = 64
BATCHES = 5
CLIENTS = 20
LARGEST_IMAGE_BYTES = 6 * 1024 * 1024
MEGABYTE = 1024 * 1024
WATCH_EVERY_SECONDS = 0.1


def client(install: LiveInstall) -> CustomVisionTrainingClient:
    credentials = ApiKeyCredentials(in_headers={"Training-key": install.training_key})
    return CustomVisionTrainingClient(install.endpoint, credentials)


def photo(number: int) -> bytes:
    """A smooth 640 x 480 photo of about 60 KB; each number gives another."""
    noise = np.random.default_rng(number).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return file.getvalue()


def batches(install: LiveInstall, photos: list[bytes]) -> float:
    trainer = client(install)
    project = trainer.create_project(str(uuid.uuid4()))
    tag = trainer.create_tag(project.id, "tag")
    started = time.perf_counter()
    for start in range(0, len(photos), BATCH):
        entries = [
            ImageFileCreateEntry(name="", contents=each, tag_ids=[tag.id]) for each in photos[start : start + BATCH]
        ]
        assert trainer.create_images_from_files(project.id, ImageFileCreateBatch(images=entries)).is_batch_successful
    return len(photos) / (time.perf_counter() - started)


def one_by_one(install: LiveInstall, photos: list[bytes], clients: int) -> float:
    trainer = client(install)
    project = trainer.create_project(str(uuid.uuid4()))
    tag = trainer.create_tag(project.id, "tag")
    own = threading.local()

    def upload(data: bytes) -> None:
        if not hasattr(own, "trainer"):
            own.trainer = client(install)
        assert own.trainer.create_images_from_data(project.id, data, tag_ids=[tag.id]).is_batch_successful

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(upload, photos))
    return len(photos) / (time.perf_counter() - started)


def web_process(port: str) -> psutil.Process:
    """granian's main process; its parent is the supervisor."""
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or ()
        if "granian" in " ".join(command) and port in command:
            return process
    raise SystemExit("no web process")


def tree_mb(process: psutil.Process) -> float:
    """PSS of the process and all below it."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            total += each.memory_full_info().pss
        except psutil.Error:  # it ended meanwhile
            continue
    return total / MEGABYTE


def largest_batch(install: LiveInstall) -> dict[str, float]:
    """64 images of 6 MB in base64, half a gigabyte of JSON: seconds, memory of the web's processes and of all."""
    trainer = client(install)
    project = trainer.create_project(str(uuid.uuid4()))
    entries = []
    for number in range(BATCH):
        pixels = np.random.default_rng(number).integers(0, 256, (1200, 1700, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "BMP")
        data = file.getvalue() + b"\0" * (LARGEST_IMAGE_BYTES - file.tell())
        entries.append({"name": str(number), "contents": base64.b64encode(data).decode()})
    body = json.dumps({"images": entries}).encode()
    del entries
    web = web_process(install.endpoint.rpartition(":")[2])
    supervisor = web.parent()
    assert supervisor is not None
    idle_web, idle_all = tree_mb(web), tree_mb(supervisor)
    peaks = [(idle_web, idle_all)]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(WATCH_EVERY_SECONDS):
            peaks.append((tree_mb(web), tree_mb(supervisor)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    answer = httpx.post(
        f"{install.endpoint}/customvision/v3.3/training/projects/{project.id}/images/files",
        content=body,
        headers={"Training-Key": install.training_key, "Content-Type": "application/json"},
        timeout=600,
    )
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    assert answer.status_code == 200, answer.text[:500]
    return {
        "body_mb": round(len(body) / MEGABYTE),
        "seconds": round(seconds, 1),
        "idle_web_mb": round(idle_web),
        "peak_web_mb": round(max(web_mb for web_mb, _ in peaks)),
        "idle_all_mb": round(idle_all),
        "peak_all_mb": round(max(all_mb for _, all_mb in peaks)),
    }


def main() -> None:
    photos = [photo(number) for number in range(BATCH * BATCHES)]
    with live_install() as install:
        result: dict[str, object] = {
            "photo_kb": round(sum(map(len, photos)) / len(photos) / 1024),
            "images_per_second_batches_of_64": round(batches(install, photos), 1),
            "images_per_second_one_client": round(one_by_one(install, photos[:BATCH], 1), 1),
            f"images_per_second_{CLIENTS}_clients": round(one_by_one(install, photos, CLIENTS), 1),
            "largest_batch": largest_batch(install),
            "cpu_count": os.cpu_count(),
            "load_average": round(os.getloadavg()[0], 1),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
