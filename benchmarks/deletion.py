"""Deleting 100,000 images, and a project of as many: seconds until answered and until all is gone, kills on the way."""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.faults.deleting import delete  # noqa: E402
from tests.live_install import running_install  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    options = parser.parse_args()
    if options.db == "postgres" and not os.environ.get("DATABASE_URL"):
        os.execv(sys.executable, [sys.executable, "-m", "tests.postgres_server", sys.executable, *sys.argv])
    results = {}
    with running_install() as install:
        for what in ("images", "project"):
            deletion = delete(install, what, options.images, options.kills)
            results[what] = {name: value for name, value in asdict(deletion).items() if name != "what"}
            print(what, json.dumps(results[what]), flush=True)
    print(json.dumps({"db": options.db, **results}))


if __name__ == "__main__":
    main()
