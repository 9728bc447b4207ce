"""Pages of a project with 10,000 images: server time, page weight, and how the gallery scrolls in Chromium.

It scrolls twice: without boxes, and with eight over each tagged image. Prints one JSON object as its last line.
"""

import argparse
import gzip
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import CDPSession, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._live_install import LiveInstall, live_install  # noqa: E402
from tests.e2e.chromium import FLAGS, chromium_path  # noqa: E402

PASSWORD = "a password for benchmarks"
SCROLLED_SECONDS = 15
BOXES = 8
DURATIONS = {
    "script": "ScriptDuration",
    "layout": "LayoutDuration",
    "style": "RecalcStyleDuration",
    "all_tasks": "TaskDuration",
}
LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
}).observe({ type: "longtask", buffered: true });
"""
SCROLL = """
async ({ seconds, pixelsPerFrame }) => {
  const gaps = [];
  let last = performance.now();
  const end = last + seconds * 1000;
  window.longTasks.length = 0;
  while (performance.now() < end) {
    await new Promise((next) => requestAnimationFrame(next));
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    window.scrollBy(0, pixelsPerFrame);
  }
  gaps.sort((a, b) => a - b);
  return {
    frames: gaps.length,
    frame_p50_ms: gaps[Math.floor(gaps.length / 2)],
    frame_p99_ms: gaps[Math.floor(gaps.length * 0.99)],
    longest_frame_ms: gaps[gaps.length - 1],
    long_tasks: window.longTasks.length,
    scrolled_pixels: window.scrollY,
    tiles: document.querySelectorAll(".tile").length,
  };
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=40, help="of each page")
    options = parser.parse_args()
    os.environ["SIGHTLINE_ADMIN_PASSWORD"] = PASSWORD
    with live_install() as install:
        project = filled(install, options.images)
        print(f"{options.images} images are in", flush=True)
        with httpx.Client(base_url=install.endpoint, timeout=60) as client:
            sign_in(client)
            untrained = measure(client, f"/projects/{project}/performance", options.requests)
            complete = [sys.executable, str(ROOT / "benchmarks" / "_trained_iteration.py"), str(install.data), project]
            subprocess.check_output(complete, cwd=ROOT)
            pages = {name: measure(client, path, options.requests) for name, path in addresses(project).items()}
            pages["performance, untrained"] = untrained
            for name, figures in pages.items():
                print(f"{name}: {figures}", flush=True)
        scroll = scroll_gallery(install.endpoint, f"/projects/{project}/images")
        print(f"scroll: {scroll}", flush=True)
        boxed = filled(install, options.images, "--boxes", str(BOXES))
        boxed_scroll = scroll_gallery(install.endpoint, f"/projects/{boxed}/images")
        print(f"scroll with boxes: {boxed_scroll}", flush=True)
    print(json.dumps({"images": options.images, "pages": pages, "scroll": scroll, "scroll_with_boxes": boxed_scroll}))


def filled(install: LiveInstall, image_count: int, *options: str) -> str:
    fill = [sys.executable, str(ROOT / "benchmarks" / "_large_project.py"), str(install.data), str(image_count)]
    return subprocess.check_output([*fill, *options], cwd=ROOT, text=True).strip().splitlines()[-1]


def addresses(project: str) -> dict[str, str]:
    base = f"/projects/{project}"
    return {
        "projects": "/",
        "images": f"{base}/images",
        "images, untagged": f"{base}/images?tagging=untagged",
        "images, by name": f"{base}/images?name=camera-09",
        "performance": f"{base}/performance",
        "predictions": f"{base}/predictions",
        "quick test": f"{base}/quick-test",
        "settings": f"{base}/settings",
        "resources": "/resources",
        "people": "/people",
        "account": "/account",
    }


def sign_in(client: httpx.Client) -> None:
    form = client.get("/sign-in").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token is not None
    answer = client.post(
        "/sign-in",
        data={"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": token[1]},
        headers={"Referer": str(client.base_url)},
    )
    assert answer.status_code == 302, answer.status_code


def measure(client: httpx.Client, path: str, count: int) -> dict[str, Any]:
    """Time from request to last byte on this machine, one request at a time; the page's own scripts, gzipped."""
    client.get(path)
    times_ms = []
    for _ in range(count):
        started = time.perf_counter()
        answer = client.get(path)
        times_ms.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, (path, answer.status_code)
    scripts = re.findall(r'<script src="([^"]+)"', answer.text)
    weight = sum(len(gzip.compress(client.get(script).content)) for script in scripts)
    return {
        "p50_ms": round(statistics.median(times_ms), 1),
        "p95_ms": round(statistics.quantiles(times_ms, n=20)[-1], 1),
        "html_kb": round(len(answer.content) / 1024, 1),
        "scripts_gzip_kb": round(weight / 1024, 1),
    }


def scroll_gallery(endpoint: str, path: str) -> dict[str, Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = browser.new_page(base_url=endpoint, viewport={"width": 1440, "height": 900})
        page.add_init_script(LONG_TASKS)
        page.goto("/sign-in")
        page.get_by_label("Name").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto(path)
        page.wait_for_selector(".tile img")
        meter = page.context.new_cdp_session(page)
        meter.send("Performance.enable")
        before = durations_ms(meter)
        figures: dict[str, Any] = page.evaluate(SCROLL, {"seconds": SCROLLED_SECONDS, "pixelsPerFrame": 60})
        after = durations_ms(meter)
        browser.close()
    for name, total_ms in after.items():
        figures[f"{name}_ms_per_frame"] = (total_ms - before[name]) / figures["frames"]
    return {name: round(value, 2) for name, value in figures.items()}


def durations_ms(meter: CDPSession) -> dict[str, float]:
    """What the page's own thread has spent since it began: the rest of a frame is raster, here on the same cores."""
    metrics = {one["name"]: one["value"] for one in meter.send("Performance.getMetrics")["metrics"]}
    return {name: 1000 * metrics[key] for name, key in DURATIONS.items()}


if __name__ == "__main__":
    main()
