"""No edit is lost or done twice, whatever is killed under the person who tags (50 kills: benchmarks/edits_lost.py)."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.e2e.chromium import chromium_path
from tests.faults.edit_kills import KINDS, TaggingRun
from tests.live_install import running_install


def test_every_edit_that_was_shown_is_in_the_database_once(tmp_path: Path) -> None:
    if chromium_path() is None:
        pytest.skip("no Chromium: install the package chromium, or set SIGHTLINE_CHROMIUM")
    with sync_playwright() as playwright, running_install() as install:
        figures = TaggingRun(install, playwright, tmp_path, seed=7).run(list(KINDS))
    assert figures.lost == []
    assert figures.twice == []
    assert figures.mishaps == []
    assert figures.requests_cut >= 2
    assert figures.performed > 2 * len(KINDS)
