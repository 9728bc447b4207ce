"""1,000 photos of 1 MB through the portal: photos a second, and the memory of the web processes meanwhile.

Once through the page's route with as many requests at a time as the page sends, once through the page in Chromium.
Prints one JSON object as its last line.
"""

import argparse
import io
import json
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._live_install import LiveInstall, live_install  # noqa: E402
from tests.e2e.chromium import FLAGS, chromium_path  # noqa: E402

PASSWORD = "a password for benchmarks"
# As static/src/uploads has them.
REQUESTS = 4
FILES_A_REQUEST = 7
PICTURES = 20
MEGABYTE = 1024 * 1024
WATCH_EVERY_SECONDS = 0.5


def picture(number: int) -> bytes:
    """A smooth 2000 x 1500 photo of about 1 MB."""
    noise = np.random.default_rng(number).integers(0, 256, (500, 667, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((2000, 1500), Image.Resampling.BICUBIC).save(file, "JPEG", quality=86)
    return file.getvalue()


def write_photos(folder: Path, count: int) -> list[Path]:
    """Files that all differ, though decoding them costs what decoding one of 20 pictures does."""
    pictures = [picture(number) for number in range(PICTURES)]
    paths = []
    for number in range(count):
        path = folder / f"photo-{number:05}.jpg"
        path.write_bytes(pictures[number % PICTURES] + number.to_bytes(4, "big"))
        paths.append(path)
    return paths


def signed_in(install: LiveInstall) -> httpx.Client:
    client = httpx.Client(base_url=install.endpoint, timeout=120, headers={"Accept": "application/json"})
    form = client.get("/sign-in", headers={"Accept": "text/html"}).text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token is not None
    answer = client.post(
        "/sign-in",
        data={"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": token[1]},
        headers={"Referer": install.endpoint},
    )
    assert answer.status_code == 302, answer.status_code
    client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
    return client


def new_project(install: LiveInstall, name: str) -> str:
    answer = httpx.post(
        f"{install.endpoint}/customvision/v3.3/training/projects",
        params={"name": name},
        headers={"Training-Key": install.training_key},
    )
    return str(answer.json()["id"])


def image_count(install: LiveInstall, project: str) -> int:
    address = f"{install.endpoint}/customvision/v3.3/training/projects/{project}/images/count"
    return int(httpx.get(address, headers={"Training-Key": install.training_key}).text)


def web_processes(install: LiveInstall) -> list[psutil.Process]:
    """granian's main process and its workers."""
    port = install.endpoint.rpartition(":")[2]
    mains = [
        process
        for process in psutil.process_iter(["cmdline"])
        if "granian" in " ".join(process.info["cmdline"] or ()) and port in (process.info["cmdline"] or ())
    ]
    return list({each.pid: each for main in mains for each in (main, *main.children(recursive=True))}.values())


@contextmanager
def memory_watched(install: LiveInstall) -> Iterator[dict[str, Any]]:
    """Proportional set size of all web processes together, in MB: before, most, at the end, by quarters of the time."""
    web = web_processes(install)
    figures: dict[str, Any] = {}
    samples: list[tuple[float, float]] = []
    done = threading.Event()

    def watch() -> None:
        while True:
            pss_mb = sum(process.memory_full_info().pss for process in web) / MEGABYTE
            samples.append((time.monotonic(), pss_mb))
            if done.wait(WATCH_EVERY_SECONDS):
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield figures
    finally:
        done.set()
        watcher.join()
        # The first quarter fills pools and caches; flat means that the later ones add nothing.
        quarters = np.array_split(np.array([pss_mb for _, pss_mb in samples]), 4)
        figures["before_mb"] = round(samples[0][1], 1)
        figures["peak_mb"] = round(max(pss_mb for _, pss_mb in samples), 1)
        figures["after_mb"] = round(samples[-1][1], 1)
        figures["quarter_medians_mb"] = [round(float(np.median(quarter)), 1) for quarter in quarters]


def through_route(install: LiveInstall, photos: list[Path]) -> dict[str, Any]:
    project = new_project(install, "route")
    client = signed_in(install)
    batches = [photos[start : start + FILES_A_REQUEST] for start in range(0, len(photos), FILES_A_REQUEST)]

    def send(batch: list[Path]) -> int:
        parts = [("file", (path.name, path.read_bytes(), "image/jpeg")) for path in batch]
        answer = client.post(f"/projects/{project}/uploads", files=parts)
        assert answer.status_code == 200, answer.text[:500]
        return sum(image["status"] == "OK" for image in answer.json()["images"])

    with memory_watched(install) as memory:
        started = time.perf_counter()
        with ThreadPoolExecutor(REQUESTS) as pool:
            taken = sum(pool.map(send, batches))
        seconds = time.perf_counter() - started
    assert taken == len(photos) == image_count(install, project)
    return {"seconds": round(seconds, 1), "photos_per_second": round(taken / seconds, 1), "memory": memory}


def through_page(install: LiveInstall, photos: list[Path]) -> dict[str, Any]:
    project = new_project(install, "page")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = browser.new_page(base_url=install.endpoint, viewport={"width": 1440, "height": 900})
        page.goto("/sign-in")
        page.get_by_label("Name").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto(f"/projects/{project}/images")
        page.get_by_role("button", name="Add images").first.click()
        chosen = time.perf_counter()
        page.locator('[data-input="files"]').set_input_files(photos)
        upload = page.get_by_role("button", name=f"Upload {len(photos):,} images")
        upload.wait_for(timeout=60_000)
        looked_seconds = time.perf_counter() - chosen
        with memory_watched(install) as memory:
            started = time.perf_counter()
            upload.click()
            page.locator('#uploads [data-step="summary"]').wait_for(timeout=1_800_000)
            seconds = time.perf_counter() - started
        browser.close()
    assert image_count(install, project) == len(photos)
    return {
        "seconds_to_look_at_the_files": round(looked_seconds, 1),
        "seconds": round(seconds, 1),
        "photos_per_second": round(len(photos) / seconds, 1),
        "memory": memory,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--without-page", action="store_true", help="leave Chromium out")
    options = parser.parse_args()
    os.environ["SIGHTLINE_ADMIN_PASSWORD"] = PASSWORD
    with tempfile.TemporaryDirectory(prefix="sightline-photos-") as folder, live_install() as install:
        photos = write_photos(Path(folder), options.photos)
        result = {
            "photos": len(photos),
            "photo_kb": round(sum(path.stat().st_size for path in photos) / len(photos) / 1024),
            "route": through_route(install, photos),
        }
        if not options.without_page:
            result["page"] = through_page(install, photos)
        result |= {"cpu_count": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
