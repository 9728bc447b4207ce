"""get_images at the end of 100,000 images over the first page, on SQLite and on PostgreSQL.

Milliseconds of the calls of an install, medians of calls that take turns; a page is 50 images. PostgreSQL has looked at
the new rows (VACUUM ANALYZE), as autovacuum does within a minute of their coming.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._live_install import LiveInstall, live_install  # noqa: E402

IMAGES = 100_000
PAGE = 50
MOST_TIMES = 2.0
# Nine of ten images have a tag.
LISTS = {"get_images": ("images", IMAGES), "get_tagged_images": ("images/tagged", IMAGES * 9 // 10)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=30)
    arguments.add_argument("--here", action="store_true", help="only on the database of DATABASE_URL, else SQLite")
    options = arguments.parse_args()
    if options.here:
        print(json.dumps(measure(options.rounds)))
        return
    again = [sys.executable, str(Path(__file__)), "--here", "--rounds", str(options.rounds)]
    commands = {"sqlite": again, "postgresql": [sys.executable, "-m", "tests.postgres_server", *again]}
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    result: dict[str, Any] = {}
    for name, command in commands.items():
        answer = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        result[name] = json.loads(answer.stdout.strip().rpartition("\n")[2])
        print(f"{name}: {json.dumps(result[name])}", flush=True)
    # get_tagged_images is told beside it: finding out which images have tags is most of its time.
    result["holds"] = all(
        figures["times"] <= MOST_TIMES
        for lists in result.values()
        for name, figures in lists.items()
        if name.startswith("get_images ")
    )
    print(json.dumps(result))


def measure(rounds: int) -> dict[str, Any]:
    """Each list in both orders' first and last page."""
    with live_install() as install:
        fill = [sys.executable, str(ROOT / "benchmarks" / "_large_project.py"), str(install.data), str(IMAGES)]
        project = subprocess.check_output([*fill, "--without-thumbnails"], text=True).strip()
        if "DATABASE_URL" in os.environ:
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        return {
            f"{name} {order}": times(install, f"{project}/{path}", order, count - PAGE, rounds)
            for name, (path, count) in LISTS.items()
            for order in ("Newest", "Oldest")
        }


def times(install: LiveInstall, path: str, order: str, last: int, rounds: int) -> dict[str, float]:
    """Medians of the first and of the last page."""
    found: dict[int, list[float]] = {0: [], last: []}
    address = f"{install.endpoint}/customvision/v3.4-preview/training/projects/{path}"
    with httpx.Client(headers={"Training-Key": install.training_key}, timeout=60) as client:
        for number in range(rounds + 2):
            for skip, milliseconds in found.items():
                started = time.perf_counter()
                answer = client.get(address, params={"orderBy": order, "take": PAGE, "skip": skip})
                if number >= 2:  # warm by then
                    milliseconds.append((time.perf_counter() - started) * 1000)
                assert (answer.status_code, len(answer.json())) == (200, PAGE), answer.text[:300]
    first_ms, last_ms = (median(each) for each in found.values())
    return {"firstMs": round(first_ms, 1), "lastMs": round(last_ms, 1), "times": round(last_ms / first_ms, 2)}


if __name__ == "__main__":
    main()
