"""Publish, Prediction URL, unpublish and Quick Test in Chromium: axe, the key shown on demand, and keys alone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations_in_both_themes
from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.projects import MadeProject, make_project, train
from tests.live_install import ADMIN_PASSWORD, LiveInstall
from tests.pictures import picture

SIZES = {"wide": (1440, 900), "narrow": (390, 844)}


@pytest.fixture(scope="module")
def trained(portal_install: LiveInstall) -> MadeProject:
    made = make_project(portal_install, "Two shapes", ("circle", "cross"), 6)
    train(portal_install, made)
    train(portal_install, made)
    return made


def faults(page: Page, what: str) -> list[str]:
    """What axe finds in both themes, and whether anything is wider than the window."""
    page.emulate_media(reduced_motion="reduce")
    found = violations_in_both_themes(page, what)
    is_too_wide = """() => [document.documentElement, ...document.querySelectorAll('dialog[open], dialog[open] .body')]
        .some((each) => each.scrollWidth > each.clientWidth + 1)"""
    return [*found, f"{what}: too wide"] if page.evaluate(is_too_wide) else found


@pytest.mark.parametrize("size", SIZES)
def test_the_dialogs_from_publishing_to_unpublishing(new_page: NewPage, trained: MadeProject, size: str) -> None:
    page = new_page(*SIZES[size])
    sign_in(page, "admin", ADMIN_PASSWORD)
    page.goto(f"/projects/{trained.id}/performance")
    dialog = page.locator("#dialog")

    page.get_by_role("button", name="Publish", exact=True).press("Enter")
    expect(page.get_by_label("Published name")).to_be_focused()
    found = faults(page, "publish")
    page.get_by_label("Thresholds by tag").select_option("f1")
    expect(page.locator("#publish-thresholds")).to_contain_text(re.compile(r"circle \d+%, cross \d+%"))
    page.get_by_label("Published name").fill("two shapes")
    page.get_by_role("radio", name="All", exact=True).press("Space")
    expect(page.get_by_label("A day, of each application")).not_to_be_visible()
    page.keyboard.press("ArrowDown")
    page.get_by_label("As hard to tell as two tags at this percentage and the rest").fill("70")
    found += faults(page, "publish, unsure ones")
    page.keyboard.press("Enter")
    expect(dialog).not_to_be_visible()
    expect(page.locator("main")).to_contain_text("stores predictions no surer than 70% to 30%.")
    page.get_by_role("button", name="Change what two shapes stores").press("Enter")
    page.get_by_label("So many a day").check()
    page.get_by_label("A day, of each application").fill("25")
    found += faults(page, "what a name stores")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("stores 25 predictions a day of each application.")

    expect(page.locator("#thresholds")).to_contain_text("two shapes carries")
    page.get_by_role("button", name="Prediction URL").press("Enter")
    expect(dialog.locator("pre:visible")).to_contain_text("PREDICTION_KEY")
    found += faults(page, "prediction-url")
    dialog.get_by_role("button", name="Show").press("Enter")
    expect(dialog.locator("#prediction-key")).to_have_text(re.compile("^[0-9a-f]{32}$"))
    key = dialog.locator("#prediction-key").inner_text()
    for language in ("curl", "Python", "Python SDK", "JavaScript"):
        button = dialog.get_by_role("button", name=language, exact=True)
        button.press("Enter")
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(dialog.locator("pre:visible")).to_contain_text(key)
    found += faults(page, "prediction-url-with-key")
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()

    page.get_by_role("button", name="Unpublish").press("Enter")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    expect(dialog).to_contain_text("Apps that call two shapes")
    found += faults(page, "unpublish")
    dialog.get_by_role("button", name="Unpublish").press("Enter")
    expect(dialog).not_to_be_visible()
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_visible()
    assert found == []


@pytest.mark.parametrize("size", SIZES)
def test_quick_test_and_the_picture_it_keeps(
    new_page: NewPage, trained: MadeProject, size: str, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(picture("circle", 40))
    page = new_page(*SIZES[size])
    sign_in(page, "admin", ADMIN_PASSWORD)
    page.goto(f"/projects/{trained.id}/quick-test")
    page.get_by_label("Picture file").set_input_files(tmp_path / "photo.jpg")
    expect(page.locator("#result h2")).to_contain_text("circle")
    found = faults(page, "quick-test")
    page.get_by_label("Probability threshold").fill("100")
    expect(page.locator("#result [data-below]")).to_contain_text("of 2 tags at or above")
    other = page.get_by_label("Model").locator("option").last.inner_text()
    assert other != page.get_by_label("Model").locator("option").first.inner_text()
    page.get_by_label("Model").select_option(label=other)
    expect(page.locator("#result .badge")).to_have_text(other)
    expect(page.locator("#call")).not_to_contain_text(trained.iteration_id)
    page.locator("#result").get_by_role("link", name="Predictions").press("Enter")
    expect(page.locator(".tile").first).to_contain_text("Quick Test")
    found += faults(page, "predictions")
    assert found == []
