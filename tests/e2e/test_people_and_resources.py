"""An administrator's own pages in a browser: people by keyboard, keys shown, copied and regenerated."""

from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.e2e.axe import axe_violations
from tests.e2e.conftest import NewPage, sign_in
from tests.live_install import ADMIN_PASSWORD


def administrator(new_page: NewPage) -> Page:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, "admin", ADMIN_PASSWORD)
    return page


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_a_person_is_invited_signs_in_by_the_link_and_is_disabled_by_keyboard(new_page: NewPage) -> None:
    page = administrator(new_page)
    name = f"person-{uuid4().hex[:8]}"
    page.goto("/people")
    page.get_by_role("button", name="Invite", exact=True).press("Enter")
    page.get_by_label("Name to sign in with").fill("admin")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is already a person named admin.")).to_be_visible()
    page.get_by_label("Name to sign in with").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copy the link")).to_be_focused()
    assert axe_violations(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copied")).to_be_visible()
    link = clipboard(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("row", name=name)).to_contain_text("Invited")

    theirs = new_page()
    theirs.goto("/invitations/" + link.rpartition("/")[2])
    assert axe_violations(theirs) == []
    theirs.get_by_label("Password").fill("a password of their own")
    theirs.get_by_label("The same again").fill("a password of their own")
    theirs.keyboard.press("Enter")
    theirs.wait_for_url(lambda address: "/invitations/" not in address)
    theirs.goto("/account")
    expect(theirs.get_by_role("heading", name=name)).to_be_visible()

    page.reload()
    acts = page.get_by_role("button", name=f"Acts on {name}")
    acts.press("Enter")
    page.get_by_role("button", name="Disable").press("Enter")
    expect(page.get_by_role("row", name=name)).to_contain_text("Disabled")
    expect(acts).to_be_focused()
    theirs.goto("/account")
    expect(theirs.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_key_is_copied_unseen_shown_and_regenerated(new_page: NewPage) -> None:
    page = administrator(new_page)
    name = f"shop-{uuid4().hex[:8]}"
    page.goto("/resources")
    page.get_by_role("button", name="Create resource").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("radio", name="Prediction").check()
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    key = page.get_by_role("region", name=name).locator(".key-row code").first
    expect(key).to_contain_text("Hidden")
    page.get_by_role("button", name=f"Copy key 1 of {name}").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    first = clipboard(page)
    assert len(first) == 32
    expect(key).to_contain_text("Hidden")
    page.get_by_role("button", name=f"Show key 1 of {name}").press("Enter")
    expect(key).to_have_text(first)
    expect(page.get_by_role("button", name=f"Hide key 1 of {name}")).to_be_focused()
    page.get_by_role("button", name=f"Regenerate key 1 of {name}").click()
    assert axe_violations(page) == []
    page.get_by_role("dialog").get_by_role("button", name="Regenerate").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(key).not_to_have_text(first)
    expect(page.get_by_role("button", name=f"Regenerate key 1 of {name}")).to_be_focused()
    page.get_by_role("button", name=f"Delete {name}").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete resource").click()
    expect(page.get_by_role("heading", name=name)).to_have_count(0)
