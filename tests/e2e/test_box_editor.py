"""The box editor by mouse, by keyboard alone and by touch; what it draws is what the server has."""

from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import axe_violations
from tests.e2e.box_hands import Editor, StoredBox, make_scenes, stored_boxes
from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.hands import FOCUS_FAULT
from tests.e2e.projects import MadeProject
from tests.live_install import ADMIN_PASSWORD, LiveInstall

NEXT_WITHIN_MS = 100


@pytest.fixture
def scenes(portal_install: LiveInstall) -> MadeProject:
    return make_scenes(portal_install, f"Scenes {uuid4().hex[:8]}", 6)


def near(box: StoredBox, tag: str, *edges: float) -> bool:
    told = (box.left, box.top, box.width, box.height)
    return box.tag == tag and all(abs(one - other) < 0.01 for one, other in zip(told, edges, strict=True))


def all_boxes(install: LiveInstall, project: MadeProject) -> list[StoredBox]:
    return [box for each in stored_boxes(install, project).values() for box in each]


def only_box(install: LiveInstall, project: MadeProject) -> StoredBox:
    (box,) = all_boxes(install, project)
    return box


def size_of(seen: Locator) -> tuple[float, float]:
    """Width and height in screen pixels."""
    box = seen.bounding_box()
    assert box is not None
    return box["width"], box["height"]


def test_a_box_is_drawn_moved_resized_retagged_and_undone(
    page: Page, portal_install: LiveInstall, scenes: MadeProject
) -> None:
    editor = Editor(page, scenes).open()

    editor.drag((0.2, 0.2), (0.5, 0.6))
    editor.expect_saved()
    assert near(only_box(portal_install, scenes), "circle", 0.2, 0.2, 0.3, 0.4)

    editor.press("2")
    editor.drag((0.35, 0.4), (0.45, 0.5))  # inside the selected box: it moves
    editor.drag((0.6, 0.7), (0.8, 0.8))  # its lower right corner
    editor.expect_saved()
    assert near(only_box(portal_install, scenes), "cross", 0.3, 0.3, 0.5, 0.5)

    editor.drag((0.01, 0.95), (0.2, 1.4))  # past the edge, with the tag of the last
    editor.expect_saved()
    assert any(near(box, "cross", 0.01, 0.95, 0.19, 0.05) for box in all_boxes(portal_install, scenes))
    editor.press("Delete")
    expect(editor.boxes).to_have_count(1)

    for _ in range(6):  # deleted, drawn, resized, moved, retagged, drawn
        editor.press("Control+z")
    expect(editor.boxes).to_have_count(0)
    editor.expect_saved()
    assert all_boxes(portal_install, scenes) == []
    for _ in range(4):
        editor.press("Control+Shift+Z")
    expect(editor.boxes).to_have_count(1)
    editor.expect_saved()
    assert near(only_box(portal_install, scenes), "cross", 0.3, 0.3, 0.5, 0.5)


def test_a_slip_of_the_hand_is_no_box(page: Page, scenes: MadeProject) -> None:
    editor = Editor(page, scenes).open()
    x, y = editor.point(0.5, 0.5)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2, y + 60, steps=3)
    page.mouse.up()
    editor.click(0.3, 0.3)
    expect(editor.boxes).to_have_count(0)


def test_everything_by_keyboard_alone(page: Page, portal_install: LiveInstall, scenes: MadeProject) -> None:
    page.goto(f"/projects/{scenes.id}/images?order=oldest")
    expect(page.locator("#gallery-tiles:not([aria-busy])")).to_be_visible()
    page.locator("#gallery-tiles .tile a").first.focus()
    page.keyboard.press("Enter")
    editor = Editor(page, scenes)
    expect(page.locator("#image-view .view-picture img")).to_be_visible()

    editor.press("b", "ArrowLeft", "Shift+ArrowUp", "Alt+Shift+ArrowRight", "Enter")
    expect(editor.boxes).to_have_count(1)
    expect(editor.boxes).to_be_focused()
    expect(editor.boxes).to_have_accessible_name("1 circle, box 1 of 1")
    assert page.evaluate(FOCUS_FAULT) == ""
    editor.expect_saved()
    first = only_box(portal_install, scenes)

    editor.press("Shift+ArrowDown", "2")
    editor.expect_saved()
    second = only_box(portal_install, scenes)
    assert (second.tag, second.left, second.width) == ("cross", first.left, first.width)
    assert second.top > first.top
    expect(editor.boxes).to_be_focused()

    editor.press("d")
    expect(editor.boxes).to_have_count(2)
    expect(editor.boxes.nth(1)).to_be_focused()
    editor.press("Delete")
    expect(editor.boxes.first).to_be_focused()
    editor.press("t")
    page.get_by_role("combobox", name="Tag").fill("star")
    page.keyboard.press("Enter")
    expect(editor.boxes).to_have_accessible_name("3 star, box 1 of 1")

    editor.press("PageDown", "n")
    expect(page.locator('#image-view [data-act="no-objects"]')).to_have_attribute("aria-pressed", "true")
    editor.press("PageDown")
    expect(editor.svg).to_have_attribute("aria-label", "scene-02.jpg: no boxes")
    editor.press(
        "PageUp", "PageUp", "PageDown", "v"
    )  # boxes of the first image on the second: it has objects after all
    expect(editor.boxes).to_have_count(1)
    expect(page.locator('#image-view [data-act="no-objects"]')).to_have_attribute("aria-pressed", "false")
    editor.press("h")
    expect(editor.boxes).to_be_hidden()
    editor.press("h", "?")
    help_words = page.get_by_role("dialog", name="Keyboard shortcuts")
    for words in ("No objects here", "Boxes of the previous image", "Accept all suggestions", "Resize the box"):
        expect(help_words).to_contain_text(words)
    page.keyboard.press("Escape")
    editor.press("Escape", "Escape")
    expect(page.locator("#image-view")).to_be_hidden()


def test_the_next_image_stands_at_once(page: Page, portal_install: LiveInstall) -> None:
    project = make_scenes(portal_install, f"Next {uuid4().hex[:8]}", 12, boxed=12)
    editor = Editor(page, project).open()
    expect(editor.boxes).to_have_count(2)
    page.wait_for_timeout(1500)  # a look at the first
    times = []
    for _ in range(8):
        times.append(
            page.evaluate(
                """() => new Promise((settle) => {
                  const before = document.querySelector(".view-picture").dataset.image;
                  const started = performance.now();
                  document.querySelector('[data-act="next"]').click();
                  const look = () => {
                    const picture = document.querySelector(".view-picture");
                    const svg = document.querySelector(".view-boxes");
                    const image = picture.querySelector("img");
                    const stands = picture.dataset.image !== before && image?.complete
                      && svg.dataset.image === picture.dataset.image
                      && svg.querySelectorAll("g[data-box]").length === 2;
                    if (stands) settle(performance.now() - started);
                    else requestAnimationFrame(look);
                  };
                  look();
                })"""
            )
        )
        page.wait_for_timeout(400)
    assert sorted(times)[len(times) // 2] < NEXT_WITHIN_MS, times


def test_zoom_keeps_the_place_and_lines_keep_their_width(page: Page, scenes: MadeProject) -> None:
    editor = Editor(page, scenes).open()
    editor.drag((0.4, 0.4), (0.6, 0.6))
    expect(editor.boxes).to_have_count(1)
    plate, box = editor.boxes.locator(".boxplate"), editor.boxes.locator(".box")
    (_, plate_height), (width, _) = size_of(plate), size_of(box)
    x, y = editor.point(0.5, 0.5)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -500)
    page.wait_for_timeout(100)
    assert size_of(box)[0] > 2 * width
    assert abs(editor.point(0.5, 0.5)[0] - x) < 1
    assert abs(size_of(plate)[1] - plate_height) < 1
    editor.press("0")
    assert abs(size_of(box)[0] - width) < 1


def test_a_finger_draws_and_two_zoom(new_page: NewPage, portal_install: LiveInstall, scenes: MadeProject) -> None:
    page = new_page(390, 844, has_touch=True, is_mobile=True)
    sign_in(page, "admin", ADMIN_PASSWORD)
    editor = Editor(page, scenes).open()
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", editor.point(0.2, 0.2))
    for step in range(1, 5):
        touch("touchMove", editor.point(0.2 + 0.1 * step, 0.2 + 0.1 * step))
    touch("touchEnd")
    expect(editor.boxes).to_have_count(1)
    editor.expect_saved()
    assert near(only_box(portal_install, scenes), "circle", 0.2, 0.2, 0.4, 0.4)

    width, _ = size_of(page.locator(".view-picture"))
    a, b = editor.point(0.4, 0.8), editor.point(0.6, 0.8)
    touch("touchStart", a)
    touch("touchStart", a, b)
    for step in range(1, 5):
        touch("touchMove", (a[0] - 12 * step, a[1]), (b[0] + 12 * step, b[1]))
    touch("touchEnd")
    assert size_of(page.locator(".view-picture"))[0] > 1.3 * width
    expect(editor.boxes).to_have_count(1)


def test_a_box_that_another_person_moved_is_told_with_both_states(
    page: Page, new_page: NewPage, portal_install: LiveInstall
) -> None:
    project = make_scenes(portal_install, f"Both {uuid4().hex[:8]}", 1, boxed=1)
    editor = Editor(page, project).open()
    expect(editor.boxes).to_have_count(2)
    other = new_page()
    sign_in(other, "admin", ADMIN_PASSWORD)
    theirs = Editor(other, project).open()
    theirs.boxes.first.focus()
    theirs.press("Shift+ArrowRight")
    theirs.expect_saved()

    editor.boxes.nth(1).focus()
    editor.press("Delete")
    expect(page.locator("#image-view").get_by_role("button", name="See both")).to_be_visible()
    page.locator("#image-view").get_by_role("button", name="See both").click()
    dialog = page.get_by_role("dialog", name="changed this image")
    expect(dialog.locator(".boxes-over")).to_have_count(2)
    assert axe_violations(page) == []
    dialog.get_by_role("button", name="Keep mine").click()
    expect(dialog).to_be_hidden()
    editor.expect_saved()


def test_the_editor_is_accessible_in_both_themes(page: Page, portal_install: LiveInstall) -> None:
    project = make_scenes(portal_install, f"Seen {uuid4().hex[:8]}", 2, boxed=1)
    editor = Editor(page, project).open()
    editor.boxes.first.focus()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert axe_violations(page) == []


def test_suggested_boxes_are_seen_under_the_pointer_and_accepted_by_a_click(
    page: Page, portal_install: LiveInstall, scenes: MadeProject
) -> None:
    editor = Editor(page, scenes).open()
    editor.press("s")
    suggested = editor.boxes.filter(has=page.locator(".maybe"))
    expect(suggested.first).to_be_attached()
    expect(page.locator('[data-part="suggested-note"]')).to_contain_text("There is no trained detector yet")
    rows = page.locator('[data-part="suggestions"] li')
    expect(rows).to_have_count(suggested.count())
    rows.first.hover()
    expect(suggested.first).to_have_css("opacity", "1")
    assert axe_violations(page) == []

    before = suggested.count()
    editor.press("a")
    editor.expect_saved()
    assert only_box(portal_install, scenes).tag == "circle"
    assert suggested.count() < before
    page.locator('[data-part="suggestions"]').get_by_role("button", name="Dismiss this suggestion").first.click()
    assert suggested.count() < before - 1
