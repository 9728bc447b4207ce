"""A detector's pages: sliders, truth and prediction over each other, Quick Test, in both themes and widths."""

import base64
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import fabricated_detector
from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.projects import MadeProject
from tests.e2e.scenes import make_scenes
from tests.e2e.test_every_page import SIZES, faults
from tests.live_install import ADMIN_PASSWORD, LiveInstall
from tests.pictures import scene

SCENES = 12
# Of the boxes in the order in which they are drawn: a small one within a large one can be pointed at.
AREAS = """[...document.querySelectorAll('#picture .boxes-over [data-box] > .box')]
    .map((box) => parseFloat(box.getAttribute('width')) * parseFloat(box.getAttribute('height')))"""


@pytest.fixture(scope="module")
def detector(portal_install: LiveInstall) -> MadeProject:
    made = make_scenes(portal_install, "Shapes in boxes", SCENES)
    made.iteration_id = fabricated_detector.complete_in(portal_install, made.id)
    return made


@pytest.fixture
def page(new_page: NewPage) -> Page:
    page = new_page()
    sign_in(page, "admin", ADMIN_PASSWORD)
    return page


@pytest.mark.parametrize("size", SIZES)
def test_a_detectors_pages_are_accessible_and_fit(new_page: NewPage, detector: MadeProject, size: str) -> None:
    page = new_page(*SIZES[size])
    sign_in(page, "admin", ADMIN_PASSWORD)
    base, iteration = f"/projects/{detector.id}", detector.iteration_id
    found = []
    for address in (
        f"{base}/images",
        f"{base}/images?iteration={iteration}&tag={detector.tag_ids['cross']}",
        f"{base}/performance/{iteration}",
        f"{base}/performance/{iteration}/review",
        f"{base}/performance/{iteration}/review?threshold=100",
    ):
        page.goto(address)
        found += faults(page, address)
    page.goto(f"{base}/quick-test")
    choose_scene(page)
    found += faults(page, "quick test with boxes")
    assert found == []


def choose_scene(page: Page) -> None:
    picture = {"name": "scene.jpg", "mimeType": "image/jpeg", "buffer": scene(99)[0]}
    page.get_by_label("Picture file").set_input_files([picture])
    expect(page.get_by_role("heading", name="2 objects")).to_be_visible()


def test_a_slider_recomputes_at_once_and_the_address_keeps_it(page: Page, detector: MadeProject) -> None:
    page.goto(f"/projects/{detector.id}/performance/{detector.iteration_id}?threshold=80&overlap=30")
    recall = page.locator('[data-measure="recall"] [data-value]')
    average = page.locator('[data-measure="ap"] [data-value]')
    expect(recall).to_have_text("50.0")
    first = average.inner_text()
    # Every box that was found is four fifths as wide as the true one.
    page.get_by_label("Overlap threshold in percent").last.fill("90")
    expect(recall).to_have_text("0.0")
    expect(average).to_have_text("0.0")
    expect(page).to_have_url(re.compile("threshold=80&overlap=90"))
    link = page.locator('#tag-table [data-cell="false"] a').first
    assert "overlap=90" in str(link.get_attribute("href"))
    page.get_by_label("Overlap threshold in percent").first.fill("50")
    expect(average).to_have_text(first)
    expect(page.locator('[data-measure="ap"] [data-interval]')).to_contain_text("95% sure")


def test_sliders_move_matrix_and_sweep_and_a_cell_leads_to_its_images(page: Page, detector: MadeProject) -> None:
    page.goto(f"/projects/{detector.id}/performance/{detector.iteration_id}?threshold=80&overlap=30")
    nowhere = page.locator("#matrix-nothing td a")
    right = page.locator("#matrix td.right a").first
    found = right.inner_text()
    expect(nowhere).to_have_count(0)
    expect(page.locator("#sweep-words")).to_contain_text("All tags at 80%")
    # On each of the six held-out images a false circle is 60% probable.
    page.get_by_label("Probability threshold in percent").last.fill("50")
    expect(nowhere).to_have_text("6")
    expect(page.locator("#sweep-words")).to_contain_text("All tags at 50%")
    expect(page.locator("#sweep-mark")).to_have_attribute("d", "M150 0V200")
    expect(right).to_have_text(found)
    page.get_by_label("Curves of").select_option(label="cross")
    expect(page.locator("#curve-words")).to_contain_text("cross at 50%: precision 100.0")
    page.get_by_label("Overlap threshold in percent").last.fill("90")
    expect(page.locator("#matrix td.right a")).to_have_count(0)
    page.get_by_label("Overlap threshold in percent").last.fill("30")
    expect(nowhere).to_have_count(1)
    nowhere.click()
    expect(page).to_have_url(re.compile("/errors.true=none&predicted=.*&threshold=50&overlap=30"))
    expect(page.locator(".tile")).to_have_count(6)


def test_a_tag_leads_to_its_wrong_images_one_after_another(page: Page, detector: MadeProject) -> None:
    address = f"/projects/{detector.id}/performance/{detector.iteration_id}/review"
    page.goto(f"{address}?tag={detector.tag_ids['circle']}&threshold=50")
    expect(page.get_by_text("1 of 6 wrong images about circle")).to_be_visible()
    name = page.get_by_role("heading", level=1).inner_text()
    rows = page.locator("#boxes tbody tr")
    expect(rows.first).to_contain_text("missed")
    assert page.locator(".box-word", has_text="missed").count() == 1
    assert page.locator(".box-word", has_text="false 60%").count() == 1
    rows.first.focus()
    lit = page.locator(".boxes-over .lit[data-box]")
    expect(lit).to_have_attribute("data-box", "1")
    page.locator("#edit").focus()
    expect(lit).to_have_count(0)
    page.keyboard.press("j")
    expect(page.get_by_text("2 of 6 wrong images about circle")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(name)
    page.keyboard.press("k")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("link", name="Open in editor").click()
    expect(page.locator("#image-view")).to_be_visible()


def test_boxes_lie_exactly_on_the_reviewed_picture(page: Page, detector: MadeProject) -> None:
    page.goto(f"/projects/{detector.id}/performance/{detector.iteration_id}/review")
    page.locator(".boxed-picture[data-fitted]").wait_for()
    picture = page.locator(".boxed-picture img").bounding_box()
    over = page.locator(".boxes-over").bounding_box()
    assert picture
    assert over
    assert all(abs(picture[edge] - over[edge]) < 0.6 for edge in ("x", "y", "width", "height"))


def test_quick_test_draws_boxes_and_the_slider_takes_them_away(page: Page, detector: MadeProject) -> None:
    page.goto(f"/projects/{detector.id}/quick-test")
    choose_scene(page)
    boxes = page.locator("#picture .boxes-over [data-box]:not(.below)")
    expect(boxes).to_have_count(2)
    expect(page.get_by_text("1 box below the threshold is not shown.")).to_be_visible()
    page.locator("#result tr[data-box]").first.hover()
    expect(page.locator("#picture .lit[data-box]")).to_have_attribute("data-box", "1")
    areas = page.evaluate(AREAS)
    assert areas == sorted(areas, reverse=True)
    page.locator("#threshold").fill("90")
    expect(page.get_by_role("heading", name="1 object")).to_be_visible()
    expect(boxes).to_have_count(1)
    choose = {"name": "other.jpg", "mimeType": "image/jpeg", "buffer": scene(98)[0]}
    page.get_by_label("Picture file").set_input_files([choose])
    expect(page.locator("#threshold-value")).to_have_text("90%")
    expect(boxes).to_have_count(1)


PASTE = """async ([data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], "scene.jpg", { type: "image/jpeg" }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true, bubbles: true }));
}"""
# Each pair of words in sight that cover each other.
COVERED = """() => {
  const words = [...document.querySelectorAll("#picture .box-word > span")].map((word) => word.getBoundingClientRect());
  const seen = words.filter((word) => word.width > 0);
  const meet = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  return [seen.length, seen.filter((one, index) => seen.slice(index + 1).some((other) => meet(one, other))).length];
}"""


def test_words_of_a_pasted_picture_keep_apart_at_any_width_and_threshold(page: Page, detector: MadeProject) -> None:
    page.goto(f"/projects/{detector.id}/quick-test")
    page.evaluate(PASTE, [base64.b64encode(scene(97)[0]).decode()])
    expect(page.get_by_role("heading", name="2 objects")).to_be_visible()
    page.locator("#threshold").fill("0")
    for width in (1440, 320, 1440):
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_function(f"({COVERED})()[1] === 0", timeout=2_000)
    assert page.evaluate(COVERED)[0] == page.locator("#picture [data-word]:not(.below)").count() == 3
    page.locator("#threshold").fill("90")
    assert page.evaluate(COVERED) == [1, 0]


def test_the_gallery_draws_boxes_and_counts_what_was_wrong(page: Page, detector: MadeProject) -> None:
    page.goto(f"/projects/{detector.id}/images?iteration={detector.iteration_id}&tag={detector.tag_ids['cross']}")
    tile = page.locator(".tile.wrong").first
    expect(tile.locator(".over .box")).to_have_count(2)
    expect(tile.locator(".cap")).to_contain_text("2 boxes")
    expect(tile.locator(".wrong-word")).to_have_text("missed 1")
    page.get_by_role("link", name="Truth and prediction, one by one").click()
    expect(page.get_by_text(re.compile("wrong images? about cross"))).to_be_visible()
