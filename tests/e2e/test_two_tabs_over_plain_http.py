"""Plain http on a local network is no secure context: edits of two tabs take turns there without navigator.locks."""

import json
import re
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e.chromium import FLAGS, chromium_path
from tests.e2e.conftest import sign_in
from tests.e2e.projects import MadeProject, make_project, training_api
from tests.live_install import ADMIN_PASSWORD, LiveInstall

IMAGES = 6
KEYS = ("2", "3")


@pytest.fixture
def shapes(portal_install: LiveInstall) -> MadeProject:
    made = make_project(portal_install, "Plain http", ("circle",), IMAGES, kind="Multilabel")
    with training_api(portal_install) as api:
        for name in ("cross", "stripes"):
            api.post(f"projects/{made.id}/tags", params={"name": name}).raise_for_status()
    return made


@pytest.fixture
def context(browser: Browser, portal_install: LiveInstall) -> Iterator[BrowserContext]:
    """A browser that reaches the install by this machine's name."""
    name = socket.gethostname().lower()
    flags = [*FLAGS, f"--host-resolver-rules=MAP {name} 127.0.0.1"]
    other = browser.browser_type.launch(executable_path=chromium_path(), args=flags)
    yield other.new_context(base_url=f"http://{name}:{urlsplit(portal_install.endpoint).port}")
    other.close()


def open_gallery(context: BrowserContext, project: MadeProject) -> Page:
    page = context.new_page()
    page.goto(f"/projects/{project.id}/images")
    expect(page.locator("#gallery-tiles:not([aria-busy])")).to_be_visible()
    return page


def test_edits_of_two_tabs_go_out_once_one_at_a_time_and_in_order(
    context: BrowserContext, portal_install: LiveInstall, shapes: MadeProject
) -> None:
    first = context.new_page()
    sign_in(first, "admin", ADMIN_PASSWORD)
    tabs = [open_gallery(context, shapes), open_gallery(context, shapes)]
    assert [tab.evaluate("[isSecureContext, 'locks' in navigator]") for tab in tabs] == [[False, False]] * 2
    sent: list[dict[str, Any]] = []
    under_way = [0]
    overlaps = []

    def slowly(route: Route) -> None:
        under_way[0] += 1
        overlaps.append(under_way[0])
        sent.append(json.loads(route.request.post_data or "{}"))
        answer = route.fetch()
        time.sleep(0.05)
        under_way[0] -= 1
        route.fulfill(response=answer)

    context.route("**/edits", slowly)
    performed = []
    for place in range(IMAGES):
        for tab, key in zip(tabs, KEYS, strict=True):
            tile = tab.locator("#gallery-tiles > .tile").nth(place)
            tile.locator("a").focus()
            tab.keyboard.press(key)
            name = {"2": "cross", "3": "stripes"}[key]
            expect(tile.locator("img")).to_have_attribute("alt", re.compile(name))
            performed.append(tile.get_attribute("data-image"))
    for tab in tabs:
        expect(tab.locator(".gallery-save")).to_have_attribute("data-save-state", "saved", timeout=30_000)
    context.unroute_all(behavior="wait")
    assert [edit["changes"][0]["image"] for edit in sent] == performed
    assert len({edit["id"] for edit in sent}) == len(performed)
    assert set(overlaps) == {1}
    with training_api(portal_install) as api:
        images = api.get(f"projects/{shapes.id}/images", params={"take": 256}).raise_for_status().json()
    tags = [sorted(tag["tagName"] for tag in image["tags"]) for image in images]
    assert tags == [["circle", "cross", "stripes"]] * IMAGES
