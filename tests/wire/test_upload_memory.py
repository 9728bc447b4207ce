"""A large base64 batch passes through the web process with one image in memory at a time."""

import base64
import io
import json
import random
import threading

import httpx
import pytest
from PIL import Image

from portal.limits import TRAINING_IMAGE_BYTES
from tests.live_install import LiveInstall

IMAGES = 32
# Measured: 66 MB, most of it for one image's text, bytes and pixels. All images together would be 192 MB, and more.
MOST_GROWTH_BYTES = 120 * 1024 * 1024


def large_picture(number: int) -> bytes:
    noise = Image.frombytes("RGB", (170, 120), random.Random(number).randbytes(170 * 120 * 3))
    file = io.BytesIO()
    noise.resize((1700, 1200), Image.Resampling.NEAREST).save(file, "BMP")
    return file.getvalue() + b"\0" * (TRAINING_IMAGE_BYTES - file.tell())


@pytest.mark.slow
def test_a_batch_of_32_images_of_6_mb(live_install: LiveInstall) -> None:
    base = f"{live_install.endpoint}/customvision/v3.3/training"
    with httpx.Client(headers={"Training-Key": live_install.training_key}, timeout=240) as client:
        project = client.post(f"{base}/projects?name=memory").json()["id"]
        url = f"{base}/projects/{project}/images/files"

        def entries(numbers: range) -> bytes:
            contents = (base64.b64encode(large_picture(number)).decode() for number in numbers)
            return json.dumps({"images": [{"name": "", "contents": each} for each in contents]}).encode()

        workers = [each for each in live_install.main_process("web").children() if each.is_running()]
        for number in range(4 * len(workers)):  # what decoding needs once is there before it is measured
            assert client.post(url, content=entries(range(100 + number, 101 + number))).status_code == 200
        body = entries(range(IMAGES))
        before = [worker.memory_info().rss for worker in workers]
        growth = [0]
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.02):
                growth.append(max(now.memory_info().rss - was for now, was in zip(workers, before, strict=True)))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            answer = client.post(url, content=body)
        finally:
            done.set()
            watcher.join()

        assert answer.status_code == 200
        assert [image["status"] for image in answer.json()["images"]] == ["OK"] * IMAGES
        assert max(growth) < MOST_GROWTH_BYTES
        assert client.delete(f"{base}/projects/{project}").status_code == 204
