"""From sign-in to a published classifier, as a newcomer walks it in the browser: by mouse, and by keyboard alone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import flow_steps
from tests.e2e.axe import axe_violations
from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.hands import Hands, Keyboard, Mouse, tab_to
from tests.e2e.photos import two_folders
from tests.e2e.projects import make_project
from tests.live_install import ADMIN_PASSWORD, LiveInstall

PHOTOS_PER_TAG = 30
# The keyboard goes through the same steps; the whole of it by mouse as well is for the slow suite.
BOTH_WHOLE = pytest.mark.parametrize(
    "hands", [pytest.param(Mouse(), marks=pytest.mark.slow), Keyboard()], ids=["mouse", "keyboard"]
)
EITHER = pytest.mark.parametrize("hands", [Mouse(), Keyboard()], ids=["mouse", "keyboard"])


@BOTH_WHOLE
def test_from_sign_in_to_a_second_published_iteration_and_back(new_page: NewPage, tmp_path: Path, hands: Hands) -> None:
    first, second = two_folders(tmp_path, PHOTOS_PER_TAG)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(next(first.iterdir()).read_bytes())
    page = new_page(permissions=["clipboard-read", "clipboard-write"])

    flow_steps.sign_in(page, hands, "admin", ADMIN_PASSWORD)
    flow_steps.new_project(page, hands, f"Whole flow by {type(hands).__name__}")
    for folder in (first, second):
        flow_steps.upload_folder(page, hands, folder, folder.name)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{2 * PHOTOS_PER_TAG} images")
    assert axe_violations(page) == []
    tag_another_way_and_back(page, hands)

    flow_steps.train(page, hands, "Iteration 1")
    assert float(page.locator('[data-measure="precision"] [data-value]').inner_text()) > 50
    raise_threshold(page)
    flow_steps.publish(page, hands)
    assert flow_steps.top_tag_of(flow_steps.copied_curl(page, hands), tmp_path) == first.name

    flow_steps.quick_test(page, hands, photo, first.name)
    assert axe_violations(page) == []
    hands.press(page.locator("header.bar").get_by_role("link", name=re.compile("^Predictions")))
    expect(page.locator("main")).to_contain_text(first.name)

    # A second iteration takes the name, and gives it back.
    hands.press(page.locator("header.bar").get_by_role("link", name="Performance"))
    page.wait_for_url("**/performance*")
    flow_steps.train(page, hands, "Iteration 2")
    flow_steps.publish(page, hands)
    hands.press(page.get_by_role("link", name=re.compile("^Iteration 1")))
    expect(page.get_by_role("heading", level=1)).to_have_text("Iteration 1")
    page.wait_for_load_state()
    flow_steps.publish(page, hands, "move from Iteration 2 to Iteration 1 at once")
    expect(page.get_by_role("link", name=re.compile("^Iteration 1.*Published"))).to_be_visible()


def tag_another_way_and_back(page: Page, hands: Hands) -> None:
    """One image is looked at large, its tag changed by key and put back."""
    tile = page.locator(".tile a").first
    hands.press(tile)
    view = page.locator("#image-view")
    pressed = view.locator('.tag-buttons [aria-pressed="true"]')
    expect(pressed).to_have_count(1)
    assert axe_violations(page) == []
    hands.look_at_focus(page)
    own = pressed.get_attribute("aria-keyshortcuts") or ""
    for key in ("2" if own == "1" else "1", own):
        page.keyboard.press(key)
        expect(view.locator(f'.tag-buttons [aria-keyshortcuts="{key}"]')).to_have_attribute("aria-pressed", "true")
        expect(pressed).to_have_count(1)
    expect(page.locator("#image-view [data-save-state]")).to_have_attribute("data-save-state", "saved")
    page.keyboard.press("Escape")
    expect(view).to_be_hidden()
    hands.look_at_focus(page, tile)


def raise_threshold(page: Page) -> None:
    """To 100, by the slider's own keys."""
    tab_to(page.get_by_role("slider", name="Probability threshold in percent"))
    for _ in range(5):
        page.keyboard.press("PageUp")
    expect(page.locator('[data-measure="recall"] [data-value]')).not_to_have_text("100.0")
    assert "threshold=100" in page.url


@EITHER
def test_an_invited_labeler_tags_and_may_not_publish(
    new_page: NewPage, portal_install: LiveInstall, hands: Hands
) -> None:
    name = f"lena-by-{type(hands).__name__.lower()}"
    project = make_project(portal_install, f"For {name}", ("circle", "cross"), 3)
    admin, labeler = new_page(), new_page()
    sign_in(admin, "admin", ADMIN_PASSWORD)
    flow_steps.set_password(labeler, hands, flow_steps.invitation_link(admin, hands, name), "sunlight on gravel")
    answer = labeler.goto(f"/projects/{project.id}/images")
    assert answer is not None
    assert answer.status == 404

    admin.goto(f"/projects/{project.id}/settings")
    flow_steps.give_role(admin, hands, name, "Labeler")

    labeler.goto("/")
    hands.press(labeler.get_by_role("link", name=f"For {name}"))
    labeler.wait_for_url("**/images*")
    tab_to(labeler.locator(".tile a").first)
    labeler.keyboard.press("1")
    expect(labeler.locator("[data-save-state]").first).to_have_attribute("data-save-state", "saved")
    expect(labeler.get_by_role("button", name="Train", exact=True)).to_have_count(0)
    hands.press(labeler.locator("header.bar").get_by_role("link", name="Performance"))
    expect(labeler.get_by_role("heading", level=1)).to_be_visible()
    expect(labeler.get_by_role("button", name="Publish")).to_have_count(0)
