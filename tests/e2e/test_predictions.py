"""Stored predictions looked through and moved to the training images, by keyboard and by mouse."""

import re

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import fabricated_detector, fabricated_predictions
from tests.e2e.box_hands import Editor, make_scenes, stored_boxes
from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.hands import Keyboard
from tests.e2e.projects import MadeProject, make_project, publish, training_api
from tests.e2e.test_every_page import SIZES, faults
from tests.live_install import ADMIN_PASSWORD, LiveInstall
from tests.pictures import scene

SAID = [
    {"circle": 0.99, "cross": 0.01},
    {"circle": 0.2, "cross": 0.8},
    {"circle": 0.52, "cross": 0.48},
    {"circle": 0.95, "cross": 0.05},
    {"circle": 0.1, "cross": 0.9},
    {"circle": 0.6, "cross": 0.4},
]


@pytest.fixture
def classified(portal_install: LiveInstall) -> MadeProject:
    made = make_project(portal_install, "Sent to a classifier", ("circle", "cross"))
    fabricated_predictions.store_in(portal_install, made.id, SAID)
    return made


@pytest.fixture(scope="module")
def detector(portal_install: LiveInstall) -> MadeProject:
    made = make_scenes(portal_install, "Sent to a detector", 6, boxed=6)
    made.iteration_id = fabricated_detector.complete_in(portal_install, made.id)
    publish(portal_install, made, "scenes")
    for number in range(3):
        detect(portal_install, made, 100 + number)
    return made


def detect(install: LiveInstall, project: MadeProject, number: int) -> None:
    address = f"{install.endpoint}/customvision/v3.0/Prediction/{project.id}/detect/iterations/scenes/image"
    headers = {"Prediction-Key": install.prediction_key, "Content-Type": "application/octet-stream"}
    httpx.post(address, content=scene(number)[0], headers=headers, timeout=30).raise_for_status()


def open_page(page: Page, project: MadeProject, query: str = "") -> Locator:
    page.goto(f"/projects/{project.id}/predictions{query}")
    tiles = page.locator("#gallery-tiles .tile")
    expect(page.locator("#gallery-tiles")).not_to_have_attribute("aria-busy", "true")
    return tiles


def tags_of_images(install: LiveInstall, project: MadeProject) -> list[str]:
    with training_api(install) as api:
        images: list[dict] = api.get(f"projects/{project.id}/images", params={"take": 50}).raise_for_status().json()  # type: ignore[type-arg]
    return sorted(",".join(sorted(tag["tagName"] for tag in image.get("tags") or ())) for image in images)


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def test_predictions_are_labeled_and_moved_by_keyboard(
    page: Page, classified: MadeProject, portal_install: LiveInstall
) -> None:
    tiles = open_page(page, classified)
    bar, keys = page.locator("#selection-bar"), page.keyboard
    expect(tiles).to_have_count(6)
    expect(tiles.first.locator(".cap")).to_contain_text("unsure: circle 52, cross 48")
    expect(tiles.last.locator(".cap")).to_have_text(re.compile("circle 99$"))
    keys.press("ArrowRight")
    Keyboard().look_at_focus(page, tiles.nth(0).locator("a"))
    for key in ("Home", "1", "ArrowRight", "Space", "ArrowRight", "Shift+Space", "a"):
        keys.press(key)
    expect(bar.locator('[data-part="count"]')).to_have_text("2 selected")
    expect(tiles.nth(2).locator(".cap")).to_have_text("2cross")
    assert faults(page, "selected") == []
    page.reload()
    expect(bar.locator('[data-part="count"]')).to_have_text("3 labeled")
    keys.press("Control+Enter")
    expect(heading(page)).to_have_text("3 predictions")
    expect(page.locator("#toasts")).to_contain_text("Moved 3 images to the training images.")
    assert tags_of_images(portal_install, classified) == ["circle", "circle", "cross"]
    expect(bar).to_be_hidden()

    keys.press("ArrowRight")
    keys.press("Enter")
    view = page.locator("#image-view")
    expect(view.locator('[data-part="says"] li')).to_have_count(2)
    keys.press("2")
    expect(view.locator('.tag-buttons [aria-pressed="true"]')).to_have_text(re.compile("cross"))
    assert faults(page, "one prediction") == []
    keys.press("Shift+Enter")
    expect(view).to_be_hidden()
    expect(heading(page)).to_have_text("2 predictions")
    Keyboard().look_at_focus(page, tiles.first.locator("a"))

    keys.press("Delete")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("cannot be undone")
    assert faults(page, "delete") == []
    dialog.get_by_role("button", name="Delete").press("Enter")
    expect(heading(page)).to_have_text("1 prediction")
    Keyboard().look_at_focus(page, tiles.first.locator("a"))
    page.locator("#filter-source").select_option("quick-test")
    # The pane is drawn anew: what is typed before that would be lost.
    expect(page.locator("#gallery-filters").get_by_role("link", name="Clear the filter")).to_be_visible()
    page.locator("#filter-application").fill("nobody")
    page.locator("#filter-application").press("Enter")
    expect(page.locator("main")).to_contain_text("No prediction matches")
    assert "source=quick-test" in page.url
    page.locator("main").get_by_role("link", name="Clear the filter").click()
    expect(tiles).to_have_count(1)


def test_a_detectors_boxes_are_accepted_corrected_and_kept_over_a_reload(
    page: Page, detector: MadeProject, portal_install: LiveInstall
) -> None:
    tiles = open_page(page, detector, "?order=oldest")
    expect(tiles).to_have_count(3)
    expect(tiles.first.locator(".over .box.maybe")).to_have_count(2)
    before = len(stored_boxes(portal_install, detector))
    tiles.first.locator("a").click()
    editor = Editor(page, detector)
    expect(editor.boxes).to_have_count(2)
    editor.press("a")
    expect(page.locator("#image-view .view-boxes g[data-box][aria-label*=suggested]")).to_have_count(1)
    editor.drag((0.6, 0.6), (0.9, 0.9))
    expect(editor.svg).to_have_attribute("data-coming", "0")
    page.reload()
    expect(page.locator('#image-view [data-part="count"]')).to_have_text("2")
    editor.press("Shift+a")
    expect(page.locator('#image-view [data-part="count"]')).to_have_text("3")
    editor.press("Control+z")
    expect(page.locator('#image-view [data-part="count"]')).to_have_text("2")
    assert len(stored_boxes(portal_install, detector)) == before
    first = editor.svg.get_attribute("data-image") or ""
    editor.press("Control+Enter")
    expect(editor.svg).not_to_have_attribute("data-image", first)
    expect(page.locator('#image-view [data-part="count"]')).to_have_text("0")
    moved = [boxes for boxes in stored_boxes(portal_install, detector).values() if len(boxes) == 2]
    assert any(abs(box.left - 0.6) < 0.02 and box.tag for boxes in moved for box in boxes)
    editor.press("Escape")
    expect(heading(page)).to_have_text("2 predictions")

    # What an app sends meanwhile is told, and shown when it is asked for.
    detect(portal_install, detector, 200)
    fresh = page.locator("#show-new")
    expect(fresh).to_have_text("1 new")
    expect(tiles).to_have_count(2)
    fresh.click()
    expect(tiles).to_have_count(3)
    expect(fresh).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
def test_the_predictions_of_a_detector_are_accessible_and_fit(
    new_page: NewPage, detector: MadeProject, size: str
) -> None:
    page = new_page(*SIZES[size])
    sign_in(page, "admin", ADMIN_PASSWORD)
    tiles = open_page(page, detector, f"?tag={detector.tag_ids['circle']}&least=20&most=95")
    expect(tiles.first).to_be_visible()
    tiles.first.hover()
    tiles.first.locator(".pick").check()
    found = faults(page, "predictions under a filter")
    if size == "narrow":
        page.get_by_role("button", name="Filter").click()
        expect(page.locator("#filter-least")).to_be_visible()
        found += faults(page, "filters")
        page.get_by_role("button", name="Show predictions").click()
    tiles.last.locator("a").click()
    expect(page.locator("#image-view .view-picture img")).to_be_visible()
    found += faults(page, "a detector's prediction")
    assert found == []
