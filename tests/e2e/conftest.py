"""A running install and a browser on it. A page's console error fails its test."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.e2e.chromium import FLAGS, chromium_path
from tests.e2e.projects import MadeProject, make_project, publish, train
from tests.live_install import ADMIN_PASSWORD, LiveInstall, running_install

NewPage = Callable[..., Page]

# Two cores run the server, its workers, the browser and another set of all of these.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="package")
def portal_install() -> Iterator[LiveInstall]:
    with running_install() as install:
        yield install


@pytest.fixture(scope="package")
def shapes_project(portal_install: LiveInstall) -> MadeProject:
    """Trained and published; its tags are circle, cross and stripes. Tests may add images to it."""
    made = make_project(portal_install, "Shapes", ("circle", "cross", "stripes"), 8)
    train(portal_install, made)
    publish(portal_install, made, "shapes")
    return made


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium: install the package chromium, or set SIGHTLINE_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, portal_install: LiveInstall) -> Iterator[NewPage]:
    """Opens pages of people who know nothing of each other; ends the test with the errors their consoles had."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A refusal that a test provokes is written to the console by the browser itself.
        if message.type == "error" and not re.search(r"Failed to load resource.*\b4\d\d\b", message.text):
            errors.append(f"{message.text} ({message.location.get('url', '')})")

    def make(width: int = 1440, height: int = 900, **options: object) -> Page:
        context = browser.new_context(
            base_url=portal_install.endpoint,
            viewport={"width": width, "height": height},
            # Colors that are still fading when axe looks have no contrast to speak of.
            **{"reduced_motion": "reduce", **options},
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        # Playwright intercepts file choosers only while somebody listens, and the first key press can come before that.
        page.on("filechooser", lambda _: None)
        page.set_default_timeout(15_000)
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page of the administrator, signed in."""
    page = new_page()
    sign_in(page, "admin", ADMIN_PASSWORD)
    return page


def sign_in(page: Page, name: str, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
