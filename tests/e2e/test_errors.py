"""The Errors view by keyboard alone: mistakes mended, likely label errors decided, undone, and kept over a reload."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import fabricated_classifier, fabricated_detector
from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.projects import MadeProject, answer, make_project, training_api
from tests.e2e.scenes import make_scenes
from tests.e2e.test_every_page import SIZES, faults
from tests.live_install import ADMIN_PASSWORD, LiveInstall

SCENES = 6


@pytest.fixture(scope="module")
def classifier(portal_install: LiveInstall) -> MadeProject:
    made = make_project(portal_install, "Shapes with mistakes", ("circle", "cross"), 6)
    made.iteration_id = fabricated_classifier.complete_in(portal_install, made.id)
    return made


@pytest.fixture(scope="module")
def detector(portal_install: LiveInstall) -> MadeProject:
    made = make_scenes(portal_install, "Boxes with mistakes", SCENES)
    made.iteration_id = fabricated_detector.complete_in(portal_install, made.id)
    return made


def errors_of(made: MadeProject, query: str = "") -> str:
    return f"/projects/{made.id}/performance/{made.iteration_id}/errors{query}"


def mistakes(page: Page) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(page.locator("#errors-data").get_attribute("data-mistakes") or "[]")
    return found


def tags_of(install: LiveInstall, made: MadeProject, image: str) -> set[str]:
    with training_api(install) as api:
        entry = answer(api.get(f"projects/{made.id}/images/id", params={"imageIds": image}))
    return {tag["tagName"] for tag in entry[0]["tags"]}  # type: ignore[index]


def saved(page: Page) -> None:
    expect(page.locator('#errors [data-part="save"]')).to_have_attribute("data-save-state", "saved")


@pytest.mark.parametrize("size", SIZES)
def test_errors_are_accessible_and_fit(
    new_page: NewPage, classifier: MadeProject, detector: MadeProject, size: str
) -> None:
    page = new_page(*SIZES[size])
    sign_in(page, "admin", ADMIN_PASSWORD)
    found = []
    # The test of every page looks at a classifier's own page.
    for made, query in ((classifier, "?kind=labels"), (detector, "")):
        page.goto(errors_of(made, query))
        found += faults(page, f"errors {query}")
    assert found == []


def test_a_classifiers_mistakes_are_mended_by_key(
    page: Page, portal_install: LiveInstall, classifier: MadeProject
) -> None:
    page.goto(errors_of(classifier))
    first, second = mistakes(page)[:2]
    names = {tag_id: name for name, tag_id in classifier.tag_ids.items()}

    page.keyboard.press("j")
    page.keyboard.press("y")
    expect(page.locator(".error-tile.done")).to_have_count(1)
    expect(page.locator(".error-tile").nth(1).locator("a")).to_be_focused()
    other = "cross" if names[second["trueTag"]] == "circle" else "circle"
    page.keyboard.press("2" if other == "cross" else "1")
    expect(page.locator(".error-tile.done")).to_have_count(2)
    saved(page)

    assert tags_of(portal_install, classifier, first["image"]) == {names[first["predictedTag"]]}
    assert tags_of(portal_install, classifier, second["image"]) == {other}

    for left in (1, 0):
        page.keyboard.press("Control+z")
        expect(page.locator(".error-tile.done")).to_have_count(left)
    saved(page)
    for each in (first, second):
        assert tags_of(portal_install, classifier, each["image"]) == {names[each["trueTag"]]}


def test_likely_label_errors_are_decided_by_one_key_each(
    page: Page, portal_install: LiveInstall, classifier: MadeProject
) -> None:
    page.goto(errors_of(classifier, "?kind=labels"))
    doubts = mistakes(page)
    summary = page.locator("#errors-summary")
    expect(summary).to_contain_text(f"0 of {len(doubts)} decided")
    names = {tag_id: name for name, tag_id in classifier.tag_ids.items()}

    page.keyboard.press("j")
    with page.expect_response("**/labels/keep"):
        page.keyboard.press("l")
    expect(page.locator(".error-tile").first).to_contain_text("kept as it is")
    page.keyboard.press("y")
    expect(page.locator(".error-tile.done")).to_have_count(2)
    expect(summary).to_contain_text(f"2 of {len(doubts)} decided")
    saved(page)

    page.reload()
    expect(summary).to_contain_text(f"2 of {len(doubts)} decided")
    assert [each["image"] for each in mistakes(page)] == [each["image"] for each in doubts[2:]]
    assert tags_of(portal_install, classifier, doubts[0]["image"]) == {names[doubts[0]["trueTag"]]}
    assert tags_of(portal_install, classifier, doubts[1]["image"]) == {names[doubts[1]["predictedTag"]]}

    page.keyboard.press("j")
    page.keyboard.press("l")
    expect(page.locator(".error-tile.done")).to_have_count(1)
    with page.expect_response("**/labels/keep"):
        page.keyboard.press("Control+z")
    expect(page.locator(".error-tile.done")).to_have_count(0)
    page.reload()
    expect(summary).to_contain_text(f"2 of {len(doubts)} decided")


def test_a_detectors_boxes_are_mended_by_key_and_the_editor_gives_the_place_back(
    page: Page, portal_install: LiveInstall, detector: MadeProject
) -> None:
    page.goto(errors_of(detector, "?kind=false"))
    first = mistakes(page)[0]
    page.keyboard.press("j")
    page.keyboard.press("y")
    expect(page.locator(".error-tile").first).to_contain_text("changed, now")
    saved(page)
    with training_api(portal_install) as api:
        regions = answer(api.get(f"projects/{detector.id}/images/id", params={"imageIds": first["image"]}))[0][  # type: ignore[index]
            "regions"
        ]
    assert any(abs(each["left"] - 0.02) < 1e-6 and abs(each["width"] - 0.08) < 1e-6 for each in regions)
    page.keyboard.press("Control+z")
    expect(page.locator(".error-tile.done")).to_have_count(0)
    saved(page)

    page.keyboard.press("e")
    expect(page.locator("#image-view")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#image-view")).to_be_hidden()
    place = page.evaluate("document.activeElement.closest('.error-tile').dataset.place")

    page.keyboard.press("Enter")
    page.wait_for_url("**/review?**")
    expect(page.locator("tr.it")).to_have_count(1)
    page.keyboard.press("j")
    page.wait_for_url(f"**at={int(place) + 1}**")
    page.keyboard.press("k")
    page.wait_for_url(f"**at={place}**")
    page.keyboard.press("Escape")
    page.wait_for_url(f"**/errors?**#error-{place}")
    expect(page.locator(f"#error-{place}")).to_be_focused()
