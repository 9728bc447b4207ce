"""Boxes an hour by a scripted expert on real images, the next image's wait, and frames while dragging among 300 boxes.

Needs a folder with `annotations.json` and `images/`, in which regions are fractions of the image.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page  # noqa: E402

from benchmarks._signed_in_page import signed_in  # noqa: E402
from tests.e2e.box_hands import DETECTION_DOMAIN, Editor  # noqa: E402
from tests.e2e.projects import MadeProject, answer, training_api  # noqa: E402
from tests.live_install import LiveInstall, running_install  # noqa: E402

# A person's time for what no tool takes from them: finding an object and going to its corner, pulling to the other,
# a key, the first look at an image. By hand on the same pace for every tool that draws a box in one drag.
AIM_SECONDS, PULL_SECONDS, KEY_SECONDS, LOOK_SECONDS = 0.6, 0.5, 0.2, 0.8
MANY = 300
DRAG_STEPS = 120

WAIT_FOR_NEXT = """
(before) => new Promise((settle) => {
  const started = performance.now();
  const look = () => {
    const picture = document.querySelector("#image-view .view-picture");
    const image = picture.querySelector("img");
    const svg = document.querySelector("#image-view .view-boxes");
    if (picture.dataset.image !== before && svg.dataset.image === picture.dataset.image && image?.complete)
      settle(performance.now() - started);
    else requestAnimationFrame(look);
  };
  document.querySelector('#image-view [data-act="next"]').click();
  look();
})
"""
RECORD_FRAMES = """
() => {
  window.frameTimes = [];
  let last = performance.now();
  const tick = (now) => {
    window.frameTimes.push(now - last);
    last = now;
    window.frameTimer = requestAnimationFrame(tick);
  };
  window.frameTimer = requestAnimationFrame(tick);
}
"""
STOP_FRAMES = "() => { cancelAnimationFrame(window.frameTimer); return window.frameTimes.slice(2); }"


def make_project(
    install: LiveInstall, folder: Path, images: list[dict[str, Any]], classes: list[str], copies: int
) -> MadeProject:
    """The images without boxes; with `copies` the first one once, under that many boxes."""
    with training_api(install) as api:
        parameters = {"name": f"Editor, {copies or len(images)}", "domainId": DETECTION_DOMAIN}
        made = MadeProject(answer(api.post("projects", params=parameters))["id"], {})
        for tag in classes:
            made.tag_ids[tag] = answer(api.post(f"projects/{made.id}/tags", params={"name": tag}))["id"]
        for image in images:
            data = (folder / "images" / image["file"]).read_bytes()
            files = {"imageData": (image["file"], data, "image/jpeg")}
            created = answer(api.post(f"projects/{made.id}/images", files=files))["images"][0]["image"]["id"]
            put_grid(api, made, created, copies)
    return made


def put_grid(api: httpx.Client, made: MadeProject, image: str, count: int) -> None:
    tags = list(made.tag_ids.values())
    regions = [
        {
            "imageId": image,
            "tagId": tags[number % len(tags)],
            "left": number % 20 / 20,
            "top": number // 20 / 15,
            "width": 0.045,
            "height": 0.06,
        }
        for number in range(count)
    ]
    for start in range(0, count, 60):
        batch = regions[start : start + 60]
        answer(api.post(f"projects/{made.id}/images/regions", json={"regions": batch}))


class Expert:
    """Draws every box of the annotations, in reading order of tags, and counts keys and drags."""

    def __init__(self, page: Page, editor: Editor, classes: list[str]) -> None:
        self._page = page
        self._editor = editor
        self._classes = classes
        self._tag = classes[0]
        self.keys = 0
        self.drags = 0
        self.boxes = 0
        self.human_seconds = 0.0
        self.next_ms: list[float] = []

    def box(self, image: dict[str, Any]) -> None:
        self._wait(LOOK_SECONDS)
        for region in sorted(image["regions"], key=lambda each: self._classes.index(each["tag"])):
            left, top = max(0.0, region["left"]), max(0.0, region["top"])
            self._wait(AIM_SECONDS)
            self._draw((left, top), (left + region["width"], top + region["height"]))
            self.boxes += 1
            if region["tag"] != self._tag:
                self._tag = region["tag"]
                self._wait(KEY_SECONDS)
                self._page.keyboard.press(str(self._classes.index(self._tag) + 1))
                self.keys += 1

    def _draw(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        # Held, Ctrl draws inside the box that is selected; a person holds it in a crowd.
        self._page.keyboard.down("Control")
        self._page.mouse.move(*self._editor.point(*start))
        self._page.mouse.down()
        self._wait(PULL_SECONDS)
        self._page.mouse.move(*self._editor.point(*end), steps=3)
        self._page.mouse.up()
        self._page.keyboard.up("Control")
        self.drags += 1

    def next(self) -> None:
        self._wait(KEY_SECONDS)
        self.keys += 1
        before = self._page.locator("#image-view .view-picture").get_attribute("data-image")
        self.next_ms.append(self._page.evaluate(WAIT_FOR_NEXT, before))

    def _wait(self, seconds: float) -> None:
        self.human_seconds += seconds
        time.sleep(seconds)


def draw_all(page: Page, project: MadeProject, images: list[dict[str, Any]], classes: list[str]) -> dict[str, Any]:
    editor = Editor(page, project).open()
    expert = Expert(page, editor, classes)
    page.wait_for_timeout(1000)
    started = time.perf_counter()
    for number, image in enumerate(images):
        expert.box(image)
        if number < len(images) - 1:
            expert.next()
    elapsed = time.perf_counter() - started
    editor.expect_saved()
    count = len(expert.next_ms)
    return {
        "images": len(images),
        "boxes": expert.boxes,
        "boxes_an_hour": round(expert.boxes / elapsed * 3600),
        "share_of_time_that_was_the_persons": round(expert.human_seconds / elapsed, 3),
        "drags_a_box": round(expert.drags / expert.boxes, 2),
        "keys_a_box": round(expert.keys / expert.boxes, 2),
        "next_image_ms_p50": round(statistics.median(expert.next_ms), 1),
        "next_image_ms_most": round(max(expert.next_ms), 1),
        "next_images": count,
    }


def drag_among_many(page: Page, project: MadeProject) -> dict[str, Any]:
    editor = Editor(page, project).open()
    page.wait_for_function("document.querySelectorAll('#image-view g[data-box]').length >= 300")
    editor.click(0.475, 0.5)
    figures = {}
    for name, start, end in (
        ("move", (0.475, 0.5), (0.8, 0.8)),
        ("draw", (0.1, 0.99), (0.9, 0.05)),
    ):
        if name == "draw":
            editor.press("Escape")
        page.mouse.move(*editor.point(*start))
        page.mouse.down()
        page.evaluate(RECORD_FRAMES)
        page.mouse.move(*editor.point(*end), steps=DRAG_STEPS)
        frames = sorted(page.evaluate(STOP_FRAMES))
        page.mouse.up()
        figures[f"{name}_frame_ms_p50"] = round(statistics.median(frames), 1)
        figures[f"{name}_frame_ms_p95"] = round(frames[int(len(frames) * 0.95)], 1)
        figures[f"{name}_frame_ms_most"] = round(frames[-1], 1)
        figures[f"{name}_frames"] = len(frames)
    page.evaluate(RECORD_FRAMES)
    for _ in range(20):
        page.mouse.wheel(0, -60)
        page.wait_for_timeout(16)
    frames = sorted(page.evaluate(STOP_FRAMES))
    figures["zoom_frame_ms_p50"] = round(statistics.median(frames), 1)
    figures["zoom_frame_ms_p95"] = round(frames[int(len(frames) * 0.95)], 1)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=12)
    options = parser.parse_args()
    told = json.loads((options.folder / "annotations.json").read_text())
    images = [each for each in told["images"] if each.get("regions")][: options.images]
    with running_install() as install, signed_in(install) as page:
        many = make_project(install, options.folder, images[:1], told["classes"], MANY)
        project = make_project(install, options.folder, images, told["classes"], 0)
        frames = drag_among_many(page, many)
        drawn = draw_all(page, project, images, told["classes"])
    print(json.dumps({"set": told["name"], **drawn, "with_300_boxes": frames}))


if __name__ == "__main__":
    main()
