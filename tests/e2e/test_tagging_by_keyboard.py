"""The gallery and the image view by keyboard alone, seen by axe in both themes."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations_in_both_themes
from tests.e2e.projects import MadeProject, answer, make_project, training_api
from tests.live_install import LiveInstall

IMAGES_PER_TAG = 6
POINTER_EVENTS = """
window.pointerEvents = 0;
for (const kind of ["pointerdown", "mousedown", "mousemove", "touchstart", "wheel"]) {
  addEventListener(kind, () => { window.pointerEvents += 1; }, true);
}
"""


@pytest.fixture
def shapes(portal_install: LiveInstall) -> MadeProject:
    """Twelve images of two tags; a third tag has none; the fourth is negative."""
    made = make_project(
        portal_install, f"By keyboard {uuid4().hex[:8]}", ("circle", "cross"), IMAGES_PER_TAG, kind="Multilabel"
    )
    with training_api(portal_install) as api:
        for name, kind in (("stripes", "Regular"), ("nothing", "Negative")):
            parameters = {"name": name, "type": kind}
            made.tag_ids[name] = answer(api.post(f"projects/{made.id}/tags", params=parameters))["id"]
    return made


def open_gallery(page: Page, project: MadeProject, query: str = "") -> None:
    page.goto(f"/projects/{project.id}/images{query}")
    expect(page.locator("#gallery-tiles:not([aria-busy])")).to_be_visible()


def tags_of(page: Page, place: int) -> str:
    """What the tile's picture says of its tags."""
    return (page.locator("#gallery-tiles img").nth(place).get_attribute("alt") or "").partition(": ")[2]


def expect_tags(page: Page, place: int, names: str) -> None:
    expect(page.locator("#gallery-tiles img").nth(place)).to_have_attribute("alt", re.compile(f": {re.escape(names)}$"))


def expect_saved(page: Page) -> None:
    expect(page.locator(".gallery-save")).to_have_attribute("data-save-state", "saved")


def stored_tags(install: LiveInstall, project: MadeProject) -> list[list[str]]:
    """The tags of every image, newest image first."""
    with training_api(install) as api:
        images = api.get(f"projects/{project.id}/images", params={"take": 256}).raise_for_status().json()
    return [sorted(tag["tagName"] for tag in image.get("tags") or []) for image in images]


def test_images_are_tagged_selected_deleted_and_found_without_a_pointer(
    page: Page, portal_install: LiveInstall, shapes: MadeProject
) -> None:
    page.add_init_script(POINTER_EVENTS)
    open_gallery(page, shapes)
    press = page.keyboard.press
    found = []

    # One tag on, off, back by undo, off again by redo.
    press("ArrowRight")
    expect(page.locator("#gallery-tiles a").first).to_be_focused()
    before = tags_of(page, 0)
    press("3")
    expect_tags(page, 0, f"{before}, stripes")
    press("3")
    expect_tags(page, 0, before)
    press("Control+z")
    expect_tags(page, 0, f"{before}, stripes")
    press("Control+Shift+Z")
    expect_tags(page, 0, before)
    press("t")
    expect(page.get_by_role("combobox", name="Tag")).to_be_focused()
    found += violations_in_both_themes(page, "picker open")
    page.keyboard.type("strip")
    press("Enter")
    expect_tags(page, 0, f"{before}, stripes")
    expect(page.locator("#gallery-tiles a").first).to_be_focused()

    # A range, then all; the tile says that it is selected.
    press("Space")
    press("ArrowRight")
    press("ArrowRight")
    press("Shift+Space")
    expect(page.locator("#selection-bar")).to_contain_text("3 selected")
    expect(page.locator("#gallery-tiles a").nth(2)).to_be_focused()
    assert "selected" in page.locator("#gallery-tiles a").nth(2).inner_text()
    found += violations_in_both_themes(page, "selection on")
    press("0")
    for place in range(3):
        expect_tags(page, place, "nothing")
    press("Control+z")
    expect_tags(page, 0, f"{before}, stripes")
    press("Control+a")
    expect(page.locator("#selection-bar")).to_contain_text("12 selected")
    press("3")
    expect_tags(page, 11, "circle, stripes")
    press("Control+z")
    expect_tags(page, 11, "circle")
    press("Escape")
    expect(page.locator("#selection-bar")).to_be_hidden()
    assert "selected" not in page.locator("#gallery-tiles a").nth(2).inner_text()

    # Deleted, and back.
    press("Delete")
    expect(page.locator("#gallery-tiles > .tile")).to_have_count(11)
    press("Control+z")
    expect(page.locator("#gallery-tiles > .tile")).to_have_count(12)

    # The image view: next, tag, back to the tile of the image that was seen last.
    press("Home")
    expect(page.locator("#gallery-tiles a").first).to_be_focused()
    press("Enter")
    view = page.locator("#image-view")
    expect(view).to_be_visible()
    expect(view.locator(".view-picture img")).to_be_visible()
    found += violations_in_both_themes(page, "image view open")
    press("PageDown")
    press("3")
    expect(view.get_by_role("button", name="stripes")).to_have_attribute("aria-pressed", "true")
    press("Escape")
    expect(view).to_be_hidden()
    expect(page.locator("#gallery-tiles a").nth(1)).to_be_focused()
    expect_tags(page, 1, "cross, stripes")
    expect_saved(page)

    # Filter by a tag, then search by name; one search is one entry in the history.
    page.get_by_role("checkbox", name=re.compile("stripes")).press("Space")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 images")
    page.get_by_role("button", name="Do not filter by stripes").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("12 images")
    entries = page.evaluate("history.length")
    search = page.locator("#filter-name")
    search.focus()
    page.keyboard.type("circ")
    expect(page.get_by_role("heading", level=1)).to_have_text("6 images")
    page.keyboard.type("le-3")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 image")
    expect(search).to_be_focused()
    assert page.evaluate("history.length") == entries + 1

    assert page.evaluate("window.pointerEvents") == 0
    assert found == []
    assert stored_tags(portal_install, shapes)[:2] == [["cross", "stripes"], ["cross", "stripes"]]


def test_a_conflict_is_decided_by_keyboard(page: Page, portal_install: LiveInstall, shapes: MadeProject) -> None:
    open_gallery(page, shapes)
    image = page.locator("#gallery-tiles > .tile").first.get_attribute("data-image")
    with training_api(portal_install) as api:
        pair = {"imageId": image, "tagId": shapes.tag_ids["circle"]}
        api.post(f"projects/{shapes.id}/images/tags", json={"tags": [pair]}).raise_for_status()
    page.locator("#gallery-tiles a").first.focus()
    page.keyboard.press("3")
    page.get_by_role("button", name="See both").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".conflict-picture")).to_be_visible()
    assert violations_in_both_themes(page, "conflict dialog open") == []
    dialog.get_by_role("button", name="Keep mine").press("Enter")
    expect(dialog).to_have_count(0)
    expect_tags(page, 0, "circle, cross, stripes")
    expect_saved(page)
    assert stored_tags(portal_install, shapes)[0] == ["circle", "cross", "stripes"]
