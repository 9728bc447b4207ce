"""Suggested tags in the browser: looked at, confirmed by keyboard, taken back; boxes accepted one image at a time."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import axe_violations
from tests.e2e.box_hands import Editor, make_scenes, stored_boxes
from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.fabricated_detector import complete_in
from tests.e2e.hands import Keyboard
from tests.e2e.projects import MadeProject, answer, training_api
from tests.e2e.test_every_page import SIZES, faults
from tests.live_install import ADMIN_PASSWORD, LiveInstall
from tests.pictures import picture

SHAPES = ("circle", "cross", "stripes")


def upload_untagged(install: LiveInstall, project: MadeProject, numbers: range) -> list[str]:
    """One picture of each shape a number; their ids."""
    with training_api(install) as api:
        return [
            answer(api.post(f"projects/{project.id}/images", files={"imageData": (name, data, "image/jpeg")}))[
                "images"
            ][0]["image"]["id"]
            for number in numbers
            for shape in SHAPES
            for name, data in [(f"{shape}-{number}.jpg", picture(shape, number))]
        ]


def tags_of(install: LiveInstall, project: MadeProject, image_ids: list[str]) -> list[list[str]]:
    with training_api(install) as api:
        images = api.get(f"projects/{project.id}/images/id", params={"imageIds": ",".join(image_ids)}).json()
    by_id = {image["id"]: [tag["tagName"] for tag in image.get("tags") or ()] for image in images}
    return [by_id[image_id] for image_id in image_ids]


def expect_saved(page: Page) -> None:
    expect(page.locator('main [data-part="save"]')).to_have_attribute("data-save-state", "saved")


def look_at_all(page: Page) -> None:
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.locator("#look")).to_contain_text("has looked at")


def test_tags_are_looked_for_confirmed_by_keyboard_taken_back_and_never_put_over_others(
    page: Page, portal_install: LiveInstall, shapes_project: MadeProject
) -> None:
    made = shapes_project
    images = upload_untagged(portal_install, made, range(100, 102))
    page.goto(f"/projects/{made.id}/images?tagging=untagged")
    page.get_by_role("link", name="Suggested").click()
    expect(page.locator(".empty")).to_contain_text("6 untagged images")
    look_at_all(page)
    page.goto(f"/projects/{made.id}/images/suggested?threshold=0")
    tiles = page.locator("#gallery-tiles [role=checkbox]")
    expect(tiles).to_have_count(6)
    expect(page.get_by_role("button", name="Confirm 6")).to_be_visible()

    # By keyboard alone: the second one is unticked, the third is given another tag, the rest are confirmed.
    hands = Keyboard()
    tiles.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(tiles.nth(1)).to_have_attribute("aria-checked", "false")
    page.keyboard.press("ArrowRight")
    hands.look_at_focus(page, tiles.nth(2))
    page.keyboard.press("3")
    expect(tiles.nth(2)).to_have_attribute("aria-label", re.compile("^stripes"))
    unticked = tiles.nth(1).locator("xpath=..").get_attribute("data-image") or ""
    corrected = tiles.nth(2).locator("xpath=..").get_attribute("data-image") or ""
    page.keyboard.press("Enter")
    expect(tiles).to_have_count(1)
    expect(tiles.first).to_have_attribute("aria-checked", "false")
    expect(page.get_by_role("button", name="Leave all")).to_be_visible()
    expect_saved(page)
    tags = dict(zip(images, tags_of(portal_install, made, images), strict=True))
    assert tags[unticked] == []
    assert tags[corrected] == ["stripes"]
    assert sorted(len(each) for each in tags.values()) == [0, 1, 1, 1, 1, 1]

    page.keyboard.press("Control+z")
    expect(tiles).to_have_count(6)
    expect(page.get_by_role("button", name="Confirm 5")).to_be_visible()
    expect_saved(page)
    assert tags_of(portal_install, made, images) == [[]] * 6

    # Somebody else tags one meanwhile: it is told, and keeps what it has.
    with training_api(portal_install) as api:
        pair = {"imageId": corrected, "tagId": made.tag_ids["circle"]}
        answer(api.post(f"projects/{made.id}/images/tags", json={"tags": [pair]}))
    page.keyboard.press("Enter")
    expect(page.locator('main [data-part="save"]')).to_have_attribute("data-save-state", "conflict")
    assert dict(zip(images, tags_of(portal_install, made, images), strict=True))[corrected] == ["circle"]
    page.locator('main [data-part="save"]').get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_contain_text("Nothing was overwritten")
    page.get_by_role("dialog").get_by_role("button", name="Keep theirs").click()
    expect_saved(page)


def test_a_detectors_boxes_are_accepted_one_image_at_a_time(page: Page, portal_install: LiveInstall) -> None:
    made = make_scenes(portal_install, "Suggested scenes", 5, 2)
    complete_in(portal_install, made.id)
    page.goto(f"/projects/{made.id}/images/suggested")
    look_at_all(page)
    tiles = page.locator("#gallery-tiles .tile")
    expect(tiles).to_have_count(3)
    expect(page.locator("#gallery-tiles .maybe")).to_have_count(0)
    page.get_by_role("radio", name=re.compile("^circle")).check()
    expect(page.locator("#gallery-tiles .maybe")).to_have_count(3)
    assert axe_violations(page) == []

    editor = Editor(page, made)
    tiles.first.locator("a").press("Enter")
    dotted = page.locator("#image-view .view-boxes .box.maybe")
    expect(dotted).to_have_count(2)
    first = editor.svg.get_attribute("data-image") or ""
    editor.press("Shift+a")
    expect(dotted).to_have_count(0)
    editor.expect_saved()
    editor.press("PageDown")
    expect(dotted).to_have_count(2)
    second = editor.svg.get_attribute("data-image") or ""
    editor.press("a")
    expect(dotted).to_have_count(1)
    editor.expect_saved()
    boxes = stored_boxes(portal_install, made)
    assert sorted(box.tag for box in boxes[first]) == ["circle", "cross"]
    assert [box.tag for box in boxes[second]] == ["circle"]
    editor.press("Escape")
    expect(tiles.first).to_have_class(re.compile("done"))

    # What to label next is shown without a word, and opens the plain editor.
    page.goto(f"/projects/{made.id}/images/suggested?order=next")
    expect(tiles).to_have_count(1)
    expect(tiles.first.locator(".cap")).to_have_text("")
    tiles.first.locator("a").press("Enter")
    expect(page.locator("#image-view .view-picture img")).to_be_visible()
    expect(page.locator("#image-view .view-boxes g[data-box]")).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
def test_the_page_is_accessible_and_fits_in_its_states(
    new_page: NewPage, portal_install: LiveInstall, shapes_project: MadeProject, size: str
) -> None:
    upload_untagged(portal_install, shapes_project, range(200, 201) if size == "wide" else range(300, 301))
    page = new_page(*SIZES[size])
    sign_in(page, "admin", ADMIN_PASSWORD)
    address = f"/projects/{shapes_project.id}/images/suggested"
    page.goto(address)
    look_at_all(page)
    found = []
    for query in ("?threshold=0", "?order=next"):
        page.goto(address + query)
        expect(page.locator("#gallery-tiles")).not_to_have_attribute("aria-busy", "true")
        found += faults(page, query)
    assert found == []
