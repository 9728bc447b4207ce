"""The Compare page in a browser: two iterations on a locked test set, thresholds, changed answers, publishing."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.fabricated_comparison import complete_in
from tests.e2e.projects import MadeProject, make_project
from tests.e2e.test_every_page import SIZES, faults
from tests.live_install import ADMIN_PASSWORD, LiveInstall


@pytest.fixture(scope="module")
def compared(portal_install: LiveInstall) -> MadeProject:
    """Twenty circles and twenty crosses, all in the test set; the second iteration is better."""
    made = make_project(portal_install, "Compared", ("circle", "cross"), 20)
    made.iteration_id = complete_in(portal_install, made.id)[1]
    return made


def test_a_lead_reads_what_got_better_and_where(page: Page, compared: MadeProject) -> None:
    page.goto(f"/projects/{compared.id}/performance/{compared.iteration_id}")
    page.get_by_role("navigation", name="View").get_by_role("link", name="Compare").click()
    expect(page.locator("[data-verdict]")).to_have_attribute("data-verdict", "better")
    expect(page.locator("[data-verdict]")).to_contain_text("Iteration 2 is better than Iteration 1.")
    expect(page.get_by_text("Locked test set, 40 images")).to_be_visible()
    # A threshold that nothing reaches: the server answers, the address keeps it, the slider stays where it is.
    recall = page.locator('[data-measure="Recall"]')
    expect(recall).to_contain_text("97.5")
    page.get_by_label("Probability threshold in percent").fill("90")
    expect(recall.locator("td").nth(1)).to_have_text("0.0")
    assert "threshold=90" in page.url
    expect(page.get_by_label("Probability threshold in percent")).to_have_value("90")
    page.get_by_label("Probability threshold in percent").fill("50")
    expect(recall).to_contain_text("97.5")
    page.get_by_role("link", name=re.compile("^All measures of all tags")).click()
    expect(page.locator('[data-measure="F1, cross"]')).to_be_visible()
    # The other way round.
    page.get_by_label("Before").select_option(label="Iteration 2")
    expect(page.locator("[data-verdict]")).to_have_attribute("data-verdict", "worse")
    expect(page.get_by_label("After")).to_have_value(re.compile(".+"))


def test_changed_answers_are_gone_through_by_key(page: Page, compared: MadeProject) -> None:
    page.goto(f"/projects/{compared.id}/compare")
    right = page.get_by_role("region", name="Now right: 10 images")
    expect(right.get_by_role("listitem")).to_have_count(4)
    right.get_by_role("link", name="See all").click()
    expect(page.locator("main").get_by_role("listitem")).to_have_count(10)
    page.locator("main").get_by_role("listitem").first.click()
    expect(page.get_by_text("1 of 10")).to_be_visible()
    expect(page.locator("main")).to_contain_text("circle, was cross")
    page.keyboard.press("j")
    expect(page.get_by_text("2 of 10")).to_be_visible()
    page.keyboard.press("e")
    page.wait_for_url("**/images?image=*")


def test_the_better_one_is_published_from_here(page: Page, compared: MadeProject) -> None:
    page.goto(f"/projects/{compared.id}/compare")
    page.get_by_role("button", name="Publish Iteration 2").click()
    expect(page.get_by_role("dialog").get_by_label("Published name")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_its_pages_are_accessible_and_fit(new_page: NewPage, compared: MadeProject, size: str) -> None:
    page = new_page(*SIZES[size])
    sign_in(page, "admin", ADMIN_PASSWORD)
    found = []
    for query in ("?all=1", "/images?kind=now-wrong"):
        page.goto(f"/projects/{compared.id}/compare{query}")
        expect(page.locator("main .tile").first).to_be_visible()
        found += faults(page, query)
    page.locator("main .tile a").first.click()
    expect(page.locator(".boxed-picture img")).to_be_visible()
    found += faults(page, "one image")
    assert found == []
