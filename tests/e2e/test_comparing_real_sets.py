"""Is iteration 2 better than 1, and are spoiled labels seen? Real photos, a locked test set, compared in the browser.

Each set is trained four times, minutes long: marked slow and data. Prints what the page said of each pair.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import projects
from tests.e2e.projects import MadeProject
from tests.e2e.real_sets import add_real_images, read_set
from tests.e2e.spoiled_sets import train_four
from tests.e2e.test_every_page import SIZES, faults
from tests.live_install import LiveInstall

TRAINED_WITHIN_SECONDS = 3600
SCORED_WITHIN_MS = 1_200_000
UNSEEN = "unseen-"

pytestmark = [pytest.mark.slow, pytest.mark.data, pytest.mark.timeout(4 * TRAINED_WITHIN_SECONDS)]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projects, "TRAINED_WITHIN_SECONDS", TRAINED_WITHIN_SECONDS)


def lock_unseen(page: Page, project: MadeProject) -> None:
    """Keep all images of the test split aside: those that the gallery finds by their names."""
    page.goto(f"/projects/{project.id}/images?name={UNSEEN}")
    page.locator("#open-test-set").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile(r"^Lock \d+ images")).click()
    expect(dialog.get_by_role("status")).to_contain_text("In the locked test set now")
    page.keyboard.press("Escape")


def compared(page: Page, project: MadeProject, before: str, after: str, words: str) -> str:
    """Open the comparison and wait until it is there; what it comes to."""
    page.goto(f"/projects/{project.id}/compare?before={before}&after={after}")
    verdict = page.locator("[data-verdict]")
    expect(verdict).to_be_visible(timeout=SCORED_WITHIN_MS)
    rows = page.locator("#differences tbody tr")
    figures = "; ".join(re.sub(r"\s+", " ", row) for row in rows.all_inner_texts()[:5])
    basis = page.locator(".compare-basis").inner_text()
    said = verdict.inner_text().replace("\n", " ")
    print(f"\n{words}: {said}\n  {figures}\n  {basis}")
    return verdict.get_attribute("data-verdict") or ""


@pytest.mark.parametrize(("name", "first_share", "is_detection"), [("trashnet", 1 / 3, False), ("bccd", 0.4, True)])
def test_spoiled_labels_come_out_worse(
    page: Page, portal_install: LiveInstall, name: str, first_share: float, is_detection: bool
) -> None:
    images, unseen = read_set(name, "train"), read_set(name, "test")
    if not images:
        pytest.skip(f"the {name} photos are not beside the repository")
    trained = train_four(portal_install, f"{name}, compared", images, first_share, is_detection=is_detection)
    project = trained.project
    add_real_images(portal_install, project, unseen, is_detection=is_detection, prefix=UNSEEN)
    lock_unseen(page, project)

    more = compared(page, project, trained.first, trained.more, f"{name}, all images against {first_share:.0%} of them")
    spoiled_60 = compared(page, project, trained.more, trained.spoiled_60, f"{name}, 60 % of the labels spoiled")
    spoiled_30 = compared(page, project, trained.more, trained.spoiled_30, f"{name}, 30 % of the labels spoiled")
    print(f"{name}: more images {more}, 60 % spoiled {spoiled_60}, 30 % spoiled {spoiled_30}")

    found = []
    page.goto(
        f"/projects/{project.id}/compare?before={trained.first}&after={trained.more}"
        f"&also={trained.spoiled_60}&also={trained.spoiled_30}"
    )
    expect(page.locator("[data-verdict]")).to_have_count(3)
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        found += faults(page, f"{name} at {width}")
    assert found == []
    assert more != "worse"
    assert spoiled_60 == "worse"
