"""The Predictions page over 100,000 stored predictions: every order and filter, whole, as a part, and further down.

Prints one JSON object as its last line.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._live_install import live_install  # noqa: E402
from benchmarks._many_predictions import RARE_APPLICATION, RARELY_PUBLISHED  # noqa: E402
from benchmarks.portal_pages import PASSWORD, sign_in  # noqa: E402

PART = {"X-Gallery-Part": "1"}
DEEP_PAGES = 4
MOST_MS = 150


def main() -> None:
    """Fill an install, sign in, and ask for every page again and again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--predictions", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=20, help="of each page")
    options = parser.parse_args()
    os.environ["SIGHTLINE_ADMIN_PASSWORD"] = PASSWORD
    with live_install() as install:
        fill = [sys.executable, str(ROOT / "benchmarks" / "_many_predictions.py")]
        made = subprocess.check_output([*fill, str(install.data), str(options.predictions)], cwd=ROOT, text=True)
        facts = json.loads(made.strip().splitlines()[-1])
        print(f"{options.predictions} predictions are in", flush=True)
        pages = {}
        with httpx.Client(base_url=install.endpoint, timeout=60) as client:
            sign_in(client)
            for name, path in addresses(facts):
                pages[name] = {
                    kind: measure(ask, options.requests)
                    for kind, ask in kinds(client, facts["project"], path, facts["middle"])
                }
                print(f"{name}: {pages[name]}", flush=True)
    slowest = max(
        (figures["p95_ms"], f"{name}, {kind}") for name, each in pages.items() for kind, figures in each.items()
    )
    print(
        json.dumps(
            {
                "predictions": options.predictions,
                "database": facts["database"],
                "slowest": slowest[1],
                "slowest_p95_ms": slowest[0],
                "passed": slowest[0] < MOST_MS,
                "pages": pages,
            }
        )
    )


def addresses(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each order with each filter: common ones, rare ones, and ones that little matches."""
    tag = facts["tags"][0]
    newer, older, rare = facts["iterations"]
    filters: dict[str, dict[str, Any]] = {
        "all": {},
        "tag 30-70%": {"tag": tag, "least": 30, "most": 70},
        "tag 0-50%": {"tag": tag, "most": 50},
        "iteration": {"iteration": older},
        "iteration, rare": {"iteration": rare},
        "published name": {"source": "name:model"},
        "published name, rare": {"source": f"name:{RARELY_PUBLISHED}"},
        "Quick Test": {"source": "quick-test"},
        "application": {"application": "line 2"},
        "application, rare": {"application": RARE_APPLICATION},
        "older half": {"to": facts["middle"][:10]},
        "everything": {
            "iteration": newer, "application": RARE_APPLICATION, "source": "name:model", "tag": tag, "least": 5,
            "from": facts["oldest"][:10], "to": facts["middle"][:10],
        },
    }  # fmt: skip
    for order in ("suggested", "newest", "oldest"):
        for name, parts in filters.items():
            yield f"{order}, {name}", urlencode({"order": order, **parts})


def kinds(client: httpx.Client, project: str, query: str, moment: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """The whole page; what a changed filter fetches of it; how many came since; the next four pages in turn."""
    base = f"/projects/{project}/predictions"
    yield "whole", lambda: _get(client, f"{base}?{query}")
    yield "part", lambda: _get(client, f"{base}?{query}", PART)
    yield "new ones", lambda: _get(client, f"{base}/new?{urlencode({'since': moment})}&{query}")
    first = _token(client.get(f"{base}?{query}").text)
    tokens = [first]

    def further() -> None:
        token = tokens.pop()
        answer = _get(client, f"{base}/more?{query}&{urlencode(token)}").json()
        deeper = {name: answer[name] for name in ("session", "continuation")}
        tokens.append(deeper if answer["continuation"] and len(seen) % DEEP_PAGES else first)
        seen.append(token)

    seen: list[dict[str, str]] = []
    if first["continuation"]:
        yield "more", further


def _token(page: str) -> dict[str, str]:
    found = {}
    for name in ("session", "continuation"):
        match = re.search(rf'"{name}": "([^"]*)"', unescape(page))
        assert match is not None, name
        found[name] = match[1]
    return found


def _get(client: httpx.Client, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer


def measure(ask: Callable[[], object], count: int) -> dict[str, float]:
    """Time from request to last byte on this machine, one request at a time."""
    ask()
    times_ms = []
    for _ in range(count):
        started = time.perf_counter()
        ask()
        times_ms.append(1000 * (time.perf_counter() - started))
    return {
        "p50_ms": round(statistics.median(times_ms), 1),
        "p95_ms": round(statistics.quantiles(times_ms, n=20)[-1], 1),
    }


if __name__ == "__main__":
    main()
