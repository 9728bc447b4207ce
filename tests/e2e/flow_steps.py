"""The steps from sign-in to a published classifier, whatever hand does them."""

import re
import shlex
import subprocess
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.e2e.hands import Hands

TRAINED_WITHIN_MS = 120_000


def sign_in(page: Page, hands: Hands, name: str, password: str) -> None:
    page.goto("/sign-in")
    hands.look_at_focus(page, page.get_by_label("Name"))
    hands.write(page.get_by_label("Name"), name)
    hands.write(page.get_by_label("Password"), password)
    hands.press(page.get_by_role("button", name="Sign in"))
    page.wait_for_url(lambda url: "/sign-in" not in url)


def new_project(page: Page, hands: Hands, name: str) -> None:
    """From the page of projects, in the drawer or, with none there yet, from the welcome."""
    page.goto("/")
    hands.press(page.locator("main").get_by_role("link", name="New project"))
    field = page.get_by_role("dialog").get_by_label("Name")
    hands.look_at_focus(page, field)
    hands.write(field, name)
    hands.press(page.get_by_role("dialog").get_by_role("button", name="Create"))
    page.wait_for_url("**/images*")


def upload_folder(page: Page, hands: Hands, folder: Path, tag: str) -> None:
    """Choose the folder's files and give them the tag."""
    opener = page.get_by_role("button", name="Add images").first
    hands.press(opener)
    drawer = page.locator("#uploads")
    hands.give_files(drawer.locator('label[data-for="files"]'), sorted(folder.iterdir()))
    field = drawer.locator('[list="upload-tag-names"]')
    hands.write(field, tag)
    field.press("Enter")
    hands.look_at_focus(page, field)
    hands.press(drawer.get_by_role("button", name=re.compile(r"^Upload \d+")))
    expect(drawer.locator('[data-part="verdict"]')).to_be_visible(timeout=60_000)
    hands.look_at_focus(page)
    hands.press(drawer.get_by_role("button", name="Done"))
    expect(drawer).to_be_hidden()
    hands.look_at_focus(page)


def train(page: Page, hands: Hands, iteration: str) -> None:
    """Train, and watch until the figures are there."""
    hands.press(page.locator("header.bar").get_by_role("button", name="Train", exact=True))
    dialog = page.locator("#dialog")
    expect(dialog.get_by_role("button", name=re.compile("^Train"))).not_to_have_count(0)
    hands.look_at_focus(page)
    anyway = dialog.get_by_role("button", name="Train anyway")
    hands.press(anyway if anyway.count() else dialog.get_by_role("button", name="Train", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text(iteration)
    expect(page.locator(".measures")).to_be_visible(timeout=TRAINED_WITHIN_MS)


def publish(page: Page, hands: Hands, expected_words: str = "") -> None:
    hands.press(page.get_by_role("button", name="Publish", exact=True))
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text(expected_words)
    hands.look_at_focus(page, page.get_by_label("Published name"))
    hands.press(dialog.get_by_role("button", name="Publish", exact=True))
    # "Prediction URL" is there before as well, shut; this one comes with the page of the published iteration.
    expect(page.get_by_role("button", name="Unpublish", exact=True)).to_be_visible()
    hands.look_at_focus(page)


def copied_curl(page: Page, hands: Hands) -> str:
    """The call as it is copied from the Prediction URL dialog, with its key."""
    opener = page.get_by_role("button", name="Prediction URL")
    hands.press(opener)
    dialog = page.locator("#dialog")
    hands.press(dialog.get_by_role("button", name="Show", exact=True))
    expect(dialog.locator("#prediction-key")).not_to_contain_text("•")
    hands.look_at_focus(page)
    hands.press(dialog.get_by_role("button", name="Copy the curl example"))
    expect(dialog.get_by_text("Copied")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    hands.look_at_focus(page, opener)
    return str(page.evaluate("navigator.clipboard.readText()"))


def top_tag_of(curl: str, folder: Path) -> str:
    """Paste the call into a shell in that folder; the first tag of its answer."""
    answer = subprocess.run(shlex.split(curl.replace("\\\n", " ")), capture_output=True, cwd=folder, timeout=30)
    return str(httpx.Response(200, content=answer.stdout).json()["predictions"][0]["tagName"])


def quick_test(page: Page, hands: Hands, photo: Path, expected_tag: str) -> None:
    hands.press(page.get_by_role("link", name="Quick Test").first)
    page.wait_for_url("**/quick-test*")
    browse = page.get_by_role("button", name="Browse")
    hands.give_files(browse, [photo])
    expect(page.locator("#result h2")).to_contain_text(expected_tag)
    hands.look_at_focus(page, browse)


def invitation_link(page: Page, hands: Hands, name: str) -> str:
    """Invite somebody; the link to hand on."""
    page.goto("/people")
    opener = page.get_by_role("button", name="Invite", exact=True)
    hands.press(opener)
    dialog = page.locator("#dialog")
    hands.write(dialog.get_by_label("Name to sign in with"), name)
    hands.press(dialog.get_by_role("button", name="Invite"))
    expect(page.locator("#one-time-link")).to_be_visible()
    link = page.locator("#one-time-link").inner_text()
    hands.look_at_focus(page)
    page.keyboard.press("Escape")
    hands.look_at_focus(page, opener)
    return link


def set_password(page: Page, hands: Hands, link: str, password: str) -> None:
    page.goto(link)
    hands.write(page.get_by_label("Password"), password)
    hands.write(page.get_by_label("The same again"), password)
    hands.press(page.get_by_role("button", name="Set password"))
    page.wait_for_url(lambda url: "/invitations/" not in url)


def give_role(page: Page, hands: Hands, name: str, role: str) -> None:
    """On the project's settings page."""
    members = page.locator("#members")
    hands.write(members.get_by_label("Person"), name)
    hands.choose(members.get_by_label("Role", exact=True), role)
    hands.press(members.get_by_role("button", name="Add"))
    expect(members.locator(".member-list")).to_contain_text(name)
    hands.look_at_focus(page)
