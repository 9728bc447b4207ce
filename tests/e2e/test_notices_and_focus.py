"""What a dialog says when it is refused, and where the focus is afterwards."""

from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.e2e.axe import axe_violations
from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.hands import FOCUS_FAULT, Keyboard
from tests.live_install import ADMIN_PASSWORD


def test_a_refusal_is_read_in_the_dialog_that_caused_it(new_page: NewPage) -> None:
    page, other = new_page(), new_page()
    name = f"gone-{uuid4().hex[:8]}"
    for each in (page, other):
        sign_in(each, "admin", ADMIN_PASSWORD)
    page.goto("/resources")
    make_resource(page, name)
    opener = page.get_by_role("button", name=f"Regenerate key 1 of {name}")
    keyboard = Keyboard()
    keyboard.press(opener)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    other.goto("/resources")
    other.get_by_role("button", name=f"Delete {name}").click()
    other.get_by_role("dialog").get_by_role("button", name="Delete resource").click()
    expect(other.get_by_role("heading", name=name)).to_have_count(0)

    keyboard.press(dialog.get_by_role("button", name="Regenerate"))
    expect(dialog.get_by_role("alert")).to_contain_text("There is no such resource")
    assert page.locator("#notices").inner_text() == ""
    assert axe_violations(page) == []
    keyboard.press(dialog.get_by_role("button", name="Dismiss"))
    expect(dialog.get_by_role("alert")).to_be_empty()
    keyboard.look_at_focus(page)
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def make_resource(page: Page, name: str) -> None:
    page.get_by_role("button", name="Create resource").click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("radio", name="Prediction").check()
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    expect(page.get_by_role("region", name=name)).to_be_visible()


def test_every_dialog_of_the_frame_gives_the_focus_back(page: Page) -> None:
    for address, opener in (
        ("/resources", page.get_by_role("button", name="Create resource")),
        ("/people", page.get_by_role("button", name="Invite", exact=True)),
        ("/", page.get_by_role("button", name="Keyboard shortcuts").first),
        ("/welcome", page.get_by_role("link", name="New project")),
    ):
        page.goto(address)
        opener.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        page.wait_for_function(f"({FOCUS_FAULT})() === ''")
        assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(opener).to_be_focused()
