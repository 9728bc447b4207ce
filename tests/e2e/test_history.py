"""Gates, publishing past them, the History view and the way back, in Chromium."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.fabricated_gates import make_in
from tests.e2e.test_publish_dialogs import faults
from tests.live_install import ADMIN_PASSWORD, LiveInstall

FALL = "Recall at 50% on the locked test set would fall by 10 points, from 100.0 to 90.0 on 40 images"


@pytest.fixture(scope="module")
def gated(portal_install: LiveInstall) -> str:
    return make_in(portal_install)


def open_iteration(page: Page, project: str, name: str) -> None:
    page.goto(f"/projects/{project}/performance")
    page.get_by_role("complementary").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_gate_its_override_and_the_way_back(new_page: NewPage, gated: str) -> None:
    page = new_page()
    sign_in(page, "admin", ADMIN_PASSWORD)
    dialog = page.locator("#dialog")
    history = f"/projects/{gated}/performance/history"

    page.goto(history)
    expect(page.get_by_role("main")).to_contain_text("Nothing was published yet")
    found = faults(page, "history, empty")
    page.get_by_role("button", name="New gate").press("Enter")
    page.get_by_label("Measure").select_option("recall")
    page.get_by_label("May fall by at most").fill("1")
    found += faults(page, "new gate")
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary")).to_contain_text("Recall at 50% may fall by at most 1 point")

    open_iteration(page, gated, "Iteration 1")
    page.get_by_role("button", name="Publish", exact=True).press("Enter")
    expect(dialog).to_contain_text("No gate applies")
    page.get_by_label("Published name").fill("things")
    page.keyboard.press("Enter")
    expect(dialog).not_to_be_visible()

    open_iteration(page, gated, "Iteration 2")
    page.get_by_role("button", name="Publish", exact=True).press("Enter")
    # Typed while the gates are still being asked about the name that stood there first.
    page.get_by_label("Published name").fill("nothing before")
    expect(dialog).to_contain_text("No gate applies")
    expect(page.get_by_label("Reason to publish anyway")).not_to_be_visible()
    page.get_by_label("Published name").fill("things")
    expect(dialog).to_contain_text(FALL)
    expect(dialog).to_contain_text("Apps that call things move from Iteration 1 to Iteration 2 at once.")
    found += faults(page, "publish against a gate")
    dialog.get_by_role("button", name="Publish", exact=True).press("Enter")
    expect(page.get_by_label("Reason to publish anyway")).to_be_focused()
    page.get_by_label("Reason to publish anyway").fill("It sees cups in the dark.")
    dialog.get_by_role("button", name="Publish", exact=True).press("Enter")
    expect(dialog).not_to_be_visible()

    page.get_by_role("navigation", name="View").get_by_role("link", name="History").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("things answers with Iteration 2")
    expect(main).to_contain_text("“It sees cups in the dark.”")
    expect(main.get_by_role("listitem")).to_have_count(2)
    found += faults(page, "history")
    main.get_by_role("button", name="Back to Iteration 1").press("Enter")
    expect(main).to_contain_text("things answers with Iteration 1")
    expect(main.get_by_role("listitem")).to_have_count(3)

    # The way back to the worse one meets the gate.
    main.get_by_role("button", name="Back to Iteration 2").press("Enter")
    expect(dialog).to_contain_text(FALL)
    expect(page.get_by_label("Reason to publish anyway")).to_be_focused()
    found += faults(page, "going back against a gate")
    page.get_by_label("Reason to publish anyway").fill("It was right after all.")
    dialog.get_by_role("button", name="Go back anyway").press("Enter")
    expect(main).to_contain_text("things answers with Iteration 2")
    expect(main.get_by_role("listitem").first).to_contain_text("“It was right after all.”")
    page.set_viewport_size({"width": 390, "height": 844})
    found += faults(page, "history, narrow")
    assert found == []
