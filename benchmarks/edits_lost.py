"""Edits lost and applied twice while server, tab, browser, network and session are killed under a person who tags."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.faults.edit_kills import TaggingRun, drawn_kinds  # noqa: E402
from tests.live_install import running_install  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="sightline-browser-") as profile,
        sync_playwright() as playwright,
        running_install() as install,
    ):
        run = TaggingRun(install, playwright, Path(profile), options.seed)
        figures = run.run(drawn_kinds(options.kills, options.seed))
    for line in (*figures.lost, *figures.twice, *figures.mishaps):
        print(line)
    print(
        json.dumps(
            {
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
