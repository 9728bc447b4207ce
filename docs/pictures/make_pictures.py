"""Makes the README's pictures from the real app: an install of its own, both sample projects and drawn parts, trained.

.venv/bin/python docs/pictures/make_pictures.py
"""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._live_install import LiveInstall, live_install  # noqa: E402
from docs.pictures.parts import SIDES, part  # noqa: E402
from tests.e2e.chromium import FLAGS, chromium_path  # noqa: E402

PASSWORD = "a password for pictures"
SIZE = {"width": 1280, "height": 800}
TRAINED_WITHIN_MS = 180_000
DETECTOR_TRAINED_WITHIN_MS = 900_000
SCORED_WITHIN_MS = 120_000
# Of each tag: what the first iteration is trained on, what comes after it, and what is kept aside.
FIRST, MORE, ASIDE = range(8), range(8, 40), range(40, 60)


def main() -> None:
    os.environ["SIGHTLINE_ADMIN_PASSWORD"] = PASSWORD
    with live_install() as install, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = browser.new_page(base_url=install.endpoint, viewport=SIZE, color_scheme="light")
        walk(page)
        decide(page, install)
        browser.close()


def walk(page: Page) -> None:
    """From sign-in to a published sample, with a picture at each place."""
    page.goto("/sign-in")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    make_sample(page, "Start with the sample")
    save(page, "gallery")
    page.locator(".tile a").first.click()
    page.wait_for_selector("#image-view .view-picture img")
    page.wait_for_load_state("networkidle")
    save(page, "image-view")
    page.keyboard.press("Escape")
    train(page, TRAINED_WITHIN_MS)
    page.get_by_role("button", name="Publish", exact=True).click()
    page.locator("#dialog").get_by_role("button", name="Publish", exact=True).click()
    page.get_by_role("button", name="Prediction URL").wait_for()
    save(page, "performance")
    page.goto("/")
    page.wait_for_load_state("networkidle")
    save(page, "projects")
    make_sample(page, "Sample with boxes")
    train(page, DETECTOR_TRAINED_WITHIN_MS)
    boxes(page)


def boxes(page: Page) -> None:
    """Editor, and truth and prediction over each other, from a trained detector's Performance page."""
    performance = page.url.partition("?")[0]
    page.goto(f"{performance.partition('/performance')[0]}/images?tagging=tagged")
    page.locator(".tile a").nth(2).click()
    page.wait_for_selector("#image-view .view-boxes [data-tag]")
    page.wait_for_load_state("networkidle")
    save(page, "editor")
    # So strict that even a good detector has something to look at.
    page.goto(f"{performance}/review?threshold=30&overlap=75")
    page.wait_for_selector(".boxed-picture[data-fitted]")
    save(page, "review")


def decide(page: Page, install: LiveInstall) -> None:
    """Two iterations of one project, compared on images kept aside, and the mistakes of the second."""
    base = f"{install.endpoint}/customvision/v3.4/training/"
    with httpx.Client(base_url=base, headers={"Training-Key": install.training_key}, timeout=60) as api:
        kind = {"name": "Parts on the belt", "classificationType": "Multiclass"}
        project = api.post("projects", params=kind).raise_for_status().json()["id"]
        tags = {
            name: api.post(f"projects/{project}/tags", params={"name": name}).raise_for_status().json()["id"]
            for name in SIDES
        }

        def add(numbers: Iterable[int], prefix: str) -> None:
            for number in numbers:
                for name, tag in tags.items():
                    files = {"imageData": (f"{prefix}-{name}-{number}.jpg", part(name, number), "image/jpeg")}
                    api.post(f"projects/{project}/images", params={"tagIds": tag}, files=files).raise_for_status()

        add(ASIDE, "aside")
        page.goto(f"/projects/{project}/images?name=aside-")
        page.locator("#open-test-set").click()
        page.get_by_role("dialog").get_by_role("button", name=re.compile(r"^Lock \d+ images")).click()
        page.get_by_role("dialog").get_by_role("status").filter(has_text="In the locked test set now").wait_for()
        for numbers in (FIRST, MORE):
            add(numbers, "belt")
            page.goto(f"/projects/{project}/images")
            train(page, TRAINED_WITHIN_MS)
    performance = page.url.partition("?")[0]
    page.goto(f"/projects/{project}/compare")
    page.locator("[data-verdict]").wait_for(timeout=SCORED_WITHIN_MS)
    page.wait_for_load_state("networkidle")
    save(page, "compare")
    page.goto(f"{performance}/errors?judged=locked")
    page.wait_for_load_state("networkidle")
    save(page, "errors")


def make_sample(page: Page, button: str) -> None:
    """Make a sample project, up to its gallery."""
    page.goto("/welcome")
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/images*")
    page.wait_for_selector(".tile img")
    page.wait_for_load_state("networkidle")


def train(page: Page, within_ms: int) -> None:
    """Train, up to the figures."""
    page.get_by_role("button", name="Train", exact=True).first.click()
    page.locator("#dialog").get_by_role("button", name="Train", exact=True).click()
    page.wait_for_selector(".measures", timeout=within_ms)


def save(page: Page, name: str) -> None:
    page.wait_for_timeout(400)
    page.screenshot(path=HERE / f"{name}.jpg", type="jpeg", quality=88)
    print(f"{name}.jpg")


if __name__ == "__main__":
    main()
