"""From sign-in to a published classifier, as a newcomer walks it in the browser."""

import re
import shlex
import subprocess
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewPage, axe_violations, sign_in
from tests.e2e.photos import two_folders
from tests.e2e.projects import make_project
from tests.live_install import ADMIN_PASSWORD, LiveInstall

PHOTOS_PER_TAG = 30
TRAINED_WITHIN_MS = 120_000


def new_project(page: Page, name: str) -> None:
    page.goto("/projects/new")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/images*")


def upload_folder(page: Page, folder: Path, tag: str) -> None:
    """Choose the folder's files and give them the tag."""
    page.get_by_role("button", name="Add images").click()
    page.locator('#uploads [data-input="files"]').set_input_files(sorted(str(path) for path in folder.iterdir()))
    field = page.get_by_role("combobox", name="Other or new tag").or_(page.get_by_label("Other or new tag"))
    field.fill(tag)
    field.press("Enter")
    page.get_by_role("button", name=re.compile(r"^Upload \d+")).click()
    expect(page.locator('#uploads [data-part="verdict"]')).to_be_visible(timeout=60_000)
    page.locator('#uploads [data-foot="summary"] [data-act="close"]').click()


def train(page: Page, iteration: str) -> None:
    page.get_by_role("button", name="Train", exact=True).first.click()
    dialog = page.locator("#dialog")
    anyway = dialog.get_by_role("button", name="Train anyway")
    expect(dialog.get_by_role("button", name=re.compile("^Train"))).not_to_have_count(0)
    (anyway if anyway.count() else dialog.get_by_role("button", name="Train", exact=True)).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(iteration)
    expect(page.locator(".measures")).to_be_visible(timeout=TRAINED_WITHIN_MS)


def publish(page: Page) -> None:
    page.get_by_role("button", name="Publish", exact=True).click()
    page.locator("#dialog").get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("button", name="Prediction URL")).to_be_visible()


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def test_from_sign_in_to_a_second_published_iteration_and_back(page: Page, tmp_path: Path) -> None:
    first, second = two_folders(tmp_path, PHOTOS_PER_TAG)

    new_project(page, "Whole flow")
    for folder in (first, second):
        upload_folder(page, folder, folder.name)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{2 * PHOTOS_PER_TAG} images")
    assert axe_violations(page) == []

    # One image is looked at large, its tag taken off and put on again.
    page.locator(".tile a").first.click()
    view = page.locator("#image-view")
    expect(view.locator('.tag-buttons [aria-pressed="true"]')).to_have_count(1)
    assert axe_violations(page) == []
    page.keyboard.press("Escape")
    expect(view).to_be_hidden()

    train(page, "Iteration 1")
    precision = page.locator('[data-measure="precision"] [data-value]')
    at_half = float(precision.inner_text())
    assert at_half > 50
    page.get_by_role("slider", name="Probability threshold in percent").focus()
    for _ in range(5):
        page.keyboard.press("PageUp")
    assert "threshold=100" in page.url
    expect(page.locator('[data-measure="recall"] [data-value]')).not_to_have_text("100.0")
    publish(page)

    page.get_by_role("button", name="Prediction URL").click()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#prediction-key")).not_to_contain_text("•")
    curl = page.locator("#example-curl").inner_text()
    (tmp_path / "photo.jpg").write_bytes(next(first.iterdir()).read_bytes())
    answer = subprocess.run(shlex.split(curl.replace("\\\n", " ")), capture_output=True, cwd=tmp_path, timeout=30)
    top = httpx.Response(200, content=answer.stdout).json()["predictions"][0]
    assert top["tagName"] == first.name
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Quick Test").first.click()
    page.locator("#file").set_input_files(str(tmp_path / "photo.jpg"))
    expect(page.locator("#result")).to_contain_text(first.name)
    assert axe_violations(page) == []
    page.get_by_role("link", name=re.compile("^Predictions")).first.click()
    expect(page.locator("main")).to_contain_text(first.name)

    # A second iteration takes the name, and gives it back.
    page.get_by_role("link", name="Performance").first.click()
    train(page, "Iteration 2")
    publish(page)
    page.get_by_role("link", name=re.compile("^Iteration 1")).click()
    assert heading(page) == "Iteration 1"
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("#dialog")).to_contain_text("move from Iteration 2 to Iteration 1 at once")
    page.locator("#dialog").get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("link", name=re.compile("^Iteration 1.*Published"))).to_be_visible()


def test_an_invited_labeler_tags_and_may_not_publish(new_page: NewPage, portal_install: LiveInstall) -> None:
    project = make_project(portal_install, "For labelers", ("circle", "cross"), 3)
    admin = new_page()
    sign_in(admin, "admin", ADMIN_PASSWORD)
    admin.goto("/people")
    admin.get_by_role("button", name="Invite").first.click()
    admin.locator("#dialog").get_by_label("Name to sign in with").fill("lena")
    admin.locator("#dialog").get_by_role("button", name="Invite").click()
    expect(admin.locator("#one-time-link")).to_be_visible()
    link = admin.locator("#one-time-link").inner_text()

    labeler = new_page()
    labeler.goto(link)
    passwords = labeler.locator('input[type="password"]')
    for place in range(passwords.count()):
        passwords.nth(place).fill("sunlight on gravel")
    labeler.locator("main button").first.click()
    labeler.wait_for_url(lambda url: "/invitations/" not in url)
    if "/sign-in" in labeler.url:
        sign_in(labeler, "lena", "sunlight on gravel")
    answer = labeler.goto(f"/projects/{project.id}/images")
    assert answer is not None
    assert answer.status == 404

    admin.goto(f"/projects/{project.id}/settings")
    members = admin.locator("#members")
    members.locator("#new-member").select_option(label="lena")
    members.locator("#new-member-role").select_option(value="Labeler")
    members.get_by_role("button", name="Add").click()
    expect(members.locator(".member-list")).to_contain_text("lena")

    labeler.goto(f"/projects/{project.id}/images")
    labeler.locator(".tile a").first.focus()
    labeler.keyboard.press("1")
    expect(labeler.locator("[data-save-state]").first).to_have_attribute("data-save-state", "saved")
    expect(labeler.get_by_role("button", name="Train", exact=True)).to_have_count(0)
    labeler.goto(f"/projects/{project.id}/performance")
    expect(labeler.get_by_role("button", name="Publish")).to_have_count(0)
