"""A page of a running install in a browser, its administrator signed in."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.e2e.chromium import FLAGS, chromium_path  # noqa: E402
from tests.live_install import ADMIN_PASSWORD, LiveInstall  # noqa: E402


@contextmanager
def signed_in(install: LiveInstall) -> Iterator[Page]:
    with (
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory(prefix="sightline-browser-", ignore_cleanup_errors=True) as profile,
    ):
        browser = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium_path(),
            args=FLAGS,
            base_url=install.endpoint,
            viewport={"width": 1440, "height": 900},
        )
        page = browser.new_page()
        page.goto("/sign-in")
        page.get_by_label("Name").fill("admin")
        page.get_by_label("Password").fill(ADMIN_PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        yield page
        browser.close()
