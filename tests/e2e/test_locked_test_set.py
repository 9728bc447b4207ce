"""Keeping images aside to judge by, in the browser: by key, by filter, at random."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations_in_both_themes
from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.projects import MadeProject, answer, make_project, training_api
from tests.live_install import ADMIN_PASSWORD, LiveInstall
from tests.pictures import picture

LOCKS = "#gallery-tiles .lock"


@pytest.fixture
def shapes(portal_install: LiveInstall) -> MadeProject:
    return make_project(portal_install, f"Kept aside {uuid4().hex[:8]}", ("circle", "cross"), 4)


def open_gallery(page: Page, project: MadeProject, query: str = "") -> None:
    page.goto(f"/projects/{project.id}/images{query}")
    expect(page.locator("#gallery-tiles:not([aria-busy])")).to_be_visible()


def test_images_are_kept_aside_by_key_by_filter_and_at_random(
    page: Page, new_page: NewPage, portal_install: LiveInstall, shapes: MadeProject
) -> None:
    with training_api(portal_install) as api:
        for shape in ("circle", "cross"):
            for number in range(100, 103):
                files = {"imageData": (f"{shape}-{number}.jpg", picture(shape, number), "image/jpeg")}
                tag = {"tagIds": shapes.tag_ids[shape]}
                answer(api.post(f"projects/{shapes.id}/images", params=tag, files=files))
    open_gallery(page, shapes)
    press = page.keyboard.press
    tiles = page.locator("#gallery-tiles > .tile")
    toasts = page.locator("#toasts")

    # Two by key, out again, and back by undo.
    press("ArrowRight")
    press("Space")
    press("ArrowRight")
    press("Shift+Space")
    press("l")
    expect(toasts).to_contain_text("In the locked test set now: 2 images")
    expect(tiles.nth(0).locator(".lock")).to_be_visible()
    expect(tiles.nth(1).locator(".lock")).to_be_visible()
    press("l")
    expect(toasts).to_contain_text("Out of the locked test set: 2 images")
    expect(tiles.nth(0).locator(".lock")).to_have_count(0)
    toasts.get_by_role("button", name="Undo").click()
    expect(tiles.nth(0).locator(".lock")).to_be_visible()
    found = violations_in_both_themes(page, "marked")
    press("Escape")

    # What a filter shows, and some at random.
    page.locator("#filter-name").fill("-10")
    expect(page.locator("h1")).to_have_text("6 images")
    expect(page.locator("#open-test-set")).to_contain_text(re.compile("[2-9] images"))
    page.locator("#open-test-set").click()
    dialog = page.locator("#dialog")
    dialog.get_by_role("button", name="Lock 6 images").click()
    expect(dialog.locator(".note.ok")).to_contain_text("In the locked test set now: ")
    expect(page.locator(LOCKS)).to_have_count(6)
    dialog.get_by_label("How many").fill("2")
    dialog.get_by_role("button", name="Draw").click()
    expect(dialog.locator(".note.ok")).to_contain_text("In the locked test set now: 2 images")
    found += violations_in_both_themes(page, "dialog")
    dialog.get_by_role("button", name="Done").click()

    # The filter for them, and what the image view says.
    page.goto(f"/projects/{shapes.id}/images?test=in")
    expect(page.locator("h1")).to_contain_text("in the locked test set")
    expect(page.locator(LOCKS)).to_have_count(tiles.count())
    tiles.first.locator("a").click()
    expect(page.locator("#image-view .facts")).to_contain_text("Locked, never trained on; chosen by hand")

    small = new_page(390, 800)
    sign_in(small, "admin", ADMIN_PASSWORD)
    open_gallery(small, shapes)
    small.keyboard.press("ArrowRight")
    small.keyboard.press("Space")
    bar = small.locator("#selection-bar")
    bar.get_by_role("button", name="Test set").click()
    expect(small.locator("#toasts")).to_contain_text("locked test set")
    found += violations_in_both_themes(small, "small")
    assert small.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    assert found == []
