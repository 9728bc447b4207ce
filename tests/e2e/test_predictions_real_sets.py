"""The loop back on real photos: trained on a third, the rest sent by an app, those that the page shows first labeled.

Each prints what it measured on photos that no training saw. They train twice each, minutes long: marked slow and data.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.projects import MadeProject, training_api
from tests.e2e.real_figures import SAME, accuracy, average_precision, published
from tests.e2e.real_sets import REAL_TRAINING_SECONDS, RealImage, make_real_project, parted, predict
from tests.e2e.suggested_hands import Boxer
from tests.live_install import LiveInstall

LABELED_FIRST = 100
BOXED_FIRST = 40
SHOWN_WITHIN_MS = 60_000
MOVED_WITHIN_MS = 120_000

pytestmark = [pytest.mark.slow, pytest.mark.data, pytest.mark.timeout(3 * REAL_TRAINING_SECONDS)]


def sent(install: LiveInstall, project: MadeProject, images: list[RealImage], kind: str) -> dict[str, RealImage]:
    """The images as an app sends them, each by its prediction's id."""
    answers = predict(install, project, "first", images, is_stored=True, kind=kind)
    return {answer["id"]: image for answer, image in zip(answers, images, strict=True)}


def open_page(page: Page, project: MadeProject, count: int) -> None:
    """The page, once all that was sent has landed."""
    page.goto(f"/projects/{project.id}/predictions")
    fresh = page.locator("#show-new")
    heading = page.get_by_role("heading", level=1)
    expect(fresh.or_(heading.filter(has_text=f"{count} predictions")).first).to_be_visible(timeout=SHOWN_WITHIN_MS)
    page.wait_for_timeout(2000)
    page.reload()
    expect(heading).to_have_text(f"{count} predictions", timeout=SHOWN_WITHIN_MS)


def image_count(install: LiveInstall, project: MadeProject) -> int:
    with training_api(install) as api:
        return int(api.get(f"projects/{project.id}/images/tagged/count").raise_for_status().json())


def test_the_first_hundred_tagged_by_key_make_a_better_classifier(page: Page, portal_install: LiveInstall) -> None:
    labeled, rest, unseen = parted("trashnet")
    project = make_real_project(portal_install, "Trashnet, by an app", labeled, is_detection=False)
    before = accuracy(portal_install, project, published(portal_install, project, "first"), unseen)
    truth = sent(portal_install, project, rest, "classify")
    open_page(page, project, len(rest))
    keys = {name: str(place + 1) for place, name in enumerate(project.tag_ids)}
    page.keyboard.press("ArrowRight")
    for place in range(LABELED_FIRST):
        if place:
            page.keyboard.press("ArrowRight")
        tile = page.locator("#gallery-tiles .tile:has(a:focus)")
        page.keyboard.press(keys[truth[tile.get_attribute("data-image") or ""].tags[0]])
    bar = page.locator('#selection-bar [data-part="count"]')
    expect(bar).to_have_text(f"{LABELED_FIRST} labeled")
    page.keyboard.press("Control+Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(f"{len(rest) - LABELED_FIRST} predictions", timeout=MOVED_WITHIN_MS)
    assert image_count(portal_install, project) == len(labeled) + LABELED_FIRST
    after = accuracy(portal_install, project, published(portal_install, project, "second"), unseen)
    print(
        f"trashnet: {len(labeled)} labeled, the first {LABELED_FIRST} of {len(rest)} predictions more;"
        f" accuracy on {len(unseen)} unseen {before:.3f} -> {after:.3f}"
    )
    assert after > before


def test_the_first_boxes_corrected_make_a_better_detector(page: Page, portal_install: LiveInstall) -> None:
    labeled, rest, unseen = parted("bccd")
    project = make_real_project(portal_install, "Blood cells, by an app", labeled, is_detection=True)
    before = average_precision(portal_install, project, published(portal_install, project, "first"), unseen)
    truth = sent(portal_install, project, rest, "detect")
    open_page(page, project, len(rest))
    person = Boxer(page, project, truth)
    person.open("predictions")
    for _ in range(BOXED_FIRST):
        before_save = person.image()
        person.box_image()
        page.keyboard.press("Control+Enter")
        page.wait_for_function(
            "(before) => document.querySelector('#image-view .view-boxes').dataset.image !== before", arg=before_save
        )
    page.keyboard.press("Escape")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile(f"^{len(rest) - BOXED_FIRST} predictions"))
    assert image_count(portal_install, project) == len(labeled) + BOXED_FIRST
    after = average_precision(portal_install, project, published(portal_install, project, "second"), unseen)
    print(
        f"bccd: {len(labeled)} labeled, the first {BOXED_FIRST} of {len(rest)} predictions more:"
        f" {person.accepted} boxes accepted, {person.deleted} of them deleted, {person.drawn} drawn;"
        f" mAP at 0.5 on {len(unseen)} unseen {before:.3f} -> {after:.3f}"
    )
    assert after > before - SAME
