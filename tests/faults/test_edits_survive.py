"""No edit is lost or done twice, whatever is killed under a person at work (more kills: benchmarks/edits_lost.py)."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.e2e.chromium import chromium_path
from tests.faults.boxing_run import BoxingRun
from tests.faults.person_under_faults import KINDS
from tests.faults.tagging_run import TaggingRun
from tests.live_install import running_install


@pytest.mark.parametrize("work", [pytest.param(TaggingRun, marks=pytest.mark.slow), BoxingRun])
def test_every_edit_that_was_shown_is_in_the_database_once(
    tmp_path: Path, work: type[TaggingRun] | type[BoxingRun]
) -> None:
    if chromium_path() is None:
        pytest.skip("no Chromium: install the package chromium, or set SIGHTLINE_CHROMIUM")
    with sync_playwright() as playwright, running_install() as install:
        figures = work(install, playwright, tmp_path, seed=7).run(list(KINDS))
    assert figures.lost == []
    assert figures.twice == []
    assert figures.mishaps == []
    assert figures.requests_cut >= 2
    assert figures.performed > 2 * len(KINDS)
