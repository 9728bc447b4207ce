"""p99 of `/nostore` while others stall, and while a detector is trained on the same two cores, over its quiet value.

Stalled: 20 uploads whose second half never comes, and 4 predictions by URL from a server that never answers. Trained: a
detector on made-up pictures, by `train_project`. One caller, a new connection for each call, so that both web processes
answer. Quiet is measured before and after each.
"""

import argparse
import base64
import io
import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import _serving_install as servers
import httpx
import numpy as np
import psutil
from _serving_load import percentile, read_answer
from PIL import Image, ImageDraw

WORKERS = 2
HALF_SENT, HANGING = 20, 4
UPLOAD_BYTES = 2_000_000
PICTURES = 30
MOST_TIMES = 3.0
PAUSE_SECONDS = 0.01
DETECTION = "a27d5ca5-bb19-49d8-a70a-fec086c47f5b"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=15.0, help="of each phase")
    arguments.add_argument("--only", choices=("stalled", "training"))
    options = arguments.parse_args()
    cores = set(sorted(os.sched_getaffinity(0))[:WORKERS])
    disturbances = {"stalled": stalled, "training": training}
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="sightline-serving-") as name:
        folder = Path(name)
        servers.make_artifacts(folder)
        servers.make_photo(folder / "image.jpg")
        install = servers.prepare(folder / "install", "classifier", folder / "classifier.onnx", folder / "image.jpg")
        with servers.web_server(install, cores) as pid:
            calls(install, 3.0)  # warm
            for name, disturbance in disturbances.items():
                if options.only in (None, name):
                    before = calls(install, options.seconds)
                    with disturbance(install, pid):
                        during = calls(install, options.seconds)
                    after = calls(install, options.seconds)
                    result[name] = compared(before + after, during)
                    print(f"{name}: {json.dumps(result[name])}", flush=True)
    print(json.dumps(result))


def compared(quiet: list[float], disturbed: list[float]) -> dict[str, Any]:
    """Failed calls are infinite."""
    quiet_ms, disturbed_ms = percentile(quiet, 0.99), percentile(disturbed, 0.99)
    return {
        "quietP99Ms": round(quiet_ms, 1),
        "p99Ms": round(disturbed_ms, 1),
        "times": round(disturbed_ms / quiet_ms, 2),
        "quietP50Ms": round(percentile(quiet, 0.5), 1),
        "p50Ms": round(percentile(disturbed, 0.5), 1),
        "calls": len(disturbed),
        "errors": sum(each == float("inf") for each in quiet + disturbed),
        "holds": disturbed_ms <= MOST_TIMES * quiet_ms and max(quiet + disturbed) < float("inf"),
    }


def calls(install: servers.Install, seconds: float) -> list[float]:
    """Milliseconds of each call; infinite for one that fails."""
    request = install.request("image/nostore")
    times_ms: list[float] = []
    stop_at = time.perf_counter() + seconds
    while (started := time.perf_counter()) < stop_at:
        try:
            with socket.create_connection(("127.0.0.1", install.port), timeout=30) as client:
                client.sendall(request)
                is_answered = read_answer(client).startswith(b"HTTP/1.1 200")
        except OSError:
            is_answered = False
        times_ms.append((time.perf_counter() - started) * 1000 if is_answered else float("inf"))
        time.sleep(PAUSE_SECONDS)
    return times_ms


@contextmanager
def stalled(install: servers.Install, pid: int) -> Iterator[None]:
    """Clients that send half an upload, and callers whose URL never answers, for as long as the block lasts."""
    uploads = f"/customvision/v3.3/Training/projects/{install.project_id}/images"
    head = (
        f"POST {uploads} HTTP/1.1\r\nHost: 127.0.0.1\r\nTraining-Key: {install.training_key}\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {UPLOAD_BYTES}\r\n\r\n"
    ).encode()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        body = json.dumps({"url": f"http://127.0.0.1:{silent.getsockname()[1]}/picture.jpg"}).encode()
        path = f"/customvision/v3.0/Prediction/{install.project_id}/classify/iterations/{servers.NAME}/url/nostore"
        by_url = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nPrediction-Key: {install.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        requests = [head + b"\xff" * (UPLOAD_BYTES // 2)] * HALF_SENT + [by_url] * HANGING
        clients = [socket.create_connection(("127.0.0.1", install.port), timeout=60) for _ in requests]
        for client, request in zip(clients, requests, strict=True):
            threading.Thread(target=client.sendall, args=(request,), daemon=True).start()
        time.sleep(1.0)
        try:
            yield
        finally:
            for client in clients:
                client.close()
    time.sleep(1.0)


@contextmanager
def training(install: servers.Install, pid: int) -> Iterator[None]:
    """A detector in training, once its engine has both cores; cancelled by the deletion of its project."""
    base = f"{install.endpoint}/customvision/v3.3/training/projects"
    with httpx.Client(headers={"Training-Key": install.training_key}, timeout=120) as client:
        project = client.post(f"{base}?name=disturbing&domainId={DETECTION}").json()["id"]
        tag = client.post(f"{base}/{project}/tags?name=square").json()["id"]
        images = [_picture(number, tag) for number in range(PICTURES)]
        client.post(f"{base}/{project}/images/files", json={"images": images}).raise_for_status()
        started = client.post(f"{base}/{project}/train?trainingType=Advanced&reservedBudgetInHours=1")
        started.raise_for_status()
        _wait_for_engine(pid)
        try:
            yield
        finally:
            _engine(pid)  # still at it
            client.delete(f"{base}/{project}/iterations/{started.json()['id']}")
            client.delete(f"{base}/{project}").raise_for_status()
            deadline = time.monotonic() + 60
            while _find_engine(pid) is not None and time.monotonic() < deadline:
                time.sleep(0.2)
            time.sleep(2.0)


def _picture(number: int, tag: str) -> dict[str, Any]:
    chance = np.random.default_rng(number)
    picture = Image.fromarray(chance.integers(0, 256, (48, 64, 3), dtype=np.uint8)).resize((640, 480))
    left, top = (int(each) for each in chance.integers(20, 300, 2))
    ImageDraw.Draw(picture).rectangle((left, top, left + 120, top + 120), fill=(250, 30, 30))
    file = io.BytesIO()
    picture.save(file, "JPEG")
    region = {"tagId": tag, "left": left / 640, "top": top / 480, "width": 120 / 640, "height": 120 / 480}
    return {"name": str(number), "contents": base64.b64encode(file.getvalue()).decode(), "regions": [region]}


def _find_engine(pid: int) -> psutil.Process | None:
    """The training's own process, below the supervisor that is the web process's parent."""
    supervisor = psutil.Process(pid).parent()
    assert supervisor is not None
    for process in supervisor.children(recursive=True):
        try:
            if "training.engine" in process.cmdline():
                return process
        except psutil.Error:
            continue
    return None


def _engine(pid: int) -> psutil.Process:
    process = _find_engine(pid)
    if process is None:
        raise SystemExit("no training is running")
    return process


def _wait_for_engine(pid: int) -> None:
    """Until it has worked for some seconds: what it loads first takes one core alone."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        process = _find_engine(pid)
        if process is not None and sum(process.cpu_times()[:2]) > 12:
            return
        time.sleep(0.2)
    raise SystemExit("the training does not start")


if __name__ == "__main__":
    main()
