"""Signing in, in a real browser."""

from playwright.sync_api import Page, expect

from tests.e2e.axe import axe_violations
from tests.e2e.conftest import NewPage


def test_the_first_page_after_sign_in_is_clean_in_both_themes(page: Page) -> None:
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert axe_violations(page) == []


def test_the_sign_in_page_is_clean_and_says_what_is_wrong(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert axe_violations(page) == []
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill("not this one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="No user has that name")).to_be_visible()
