"""Edits lost and applied twice while server, tab, browser, network and session are killed under a person at work."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.faults.boxing_run import BoxingRun  # noqa: E402
from tests.faults.person_under_faults import drawn_kinds  # noqa: E402
from tests.faults.tagging_run import TaggingRun  # noqa: E402
from tests.live_install import running_install  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--work", choices=("tags", "boxes"), default="tags")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="sightline-browser-") as profile,
        sync_playwright() as playwright,
        running_install() as install,
    ):
        work = {"tags": TaggingRun, "boxes": BoxingRun}[options.work]
        run = work(install, playwright, Path(profile), options.seed)
        figures = run.run(drawn_kinds(options.kills, options.seed))
    for line in (*figures.lost, *figures.twice, *figures.mishaps):
        print(line)
    print(
        json.dumps(
            {
                "work": options.work,
                "kills": sum(figures.kills.values()),
                "kills_by_kind": dict(sorted(figures.kills.items())),
                "edits_performed": figures.performed,
                "requests_cut": figures.requests_cut,
                "edits_lost": len(figures.lost),
                "edits_applied_twice": len(figures.twice),
                "conflicts_and_refusals": len(figures.mishaps),
                "longest_wait_for_saved_seconds": figures.longest_wait_seconds,
                "seed": options.seed,
                "elapsed_seconds": round(time.monotonic() - started, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
