"""The Predictions page over 100,000 stored predictions: each order with each filter, and the question for new ones.

Prints one JSON object as its last line.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._live_install import live_install  # noqa: E402
from benchmarks._many_predictions import PUBLISHED, RARE_APPLICATION, RARELY_PUBLISHED  # noqa: E402
from benchmarks.portal_pages import PASSWORD, sign_in  # noqa: E402

WANTED_P95_MS = 150


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--predictions", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=30, help="of each address")
    options = parser.parse_args()
    os.environ["SIGHTLINE_ADMIN_PASSWORD"] = PASSWORD
    with live_install() as install:
        fill = [sys.executable, str(ROOT / "benchmarks" / "_many_predictions.py")]
        made = subprocess.check_output([*fill, str(install.data), str(options.predictions)], cwd=ROOT, text=True)
        facts = json.loads(made.strip().splitlines()[-1])
        print(f"{options.predictions} predictions are in", flush=True)
        figures = {}
        with httpx.Client(base_url=install.endpoint, timeout=60) as client:
            sign_in(client)
            for name, address in addresses(facts):
                figures[name] = measure(client, address, options.requests)
                print(f"{name}: {figures[name]}", flush=True)
    slowest = max(figures, key=lambda name: float(figures[name]["p95_ms"]))
    summary = {
        "predictions": options.predictions,
        "wanted_p95_ms": WANTED_P95_MS,
        "slowest": slowest,
        "slowest_p95_ms": figures[slowest]["p95_ms"],
        "pages": figures,
    }
    print(json.dumps(summary))


def addresses(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Common filters, rare ones, and all of them at once."""
    tag = facts["tags"][0]
    newer, older, rare = facts["iterations"]
    filters: dict[str, dict[str, Any]] = {
        "all": {},
        "tag 30-70%": {"tag": tag, "least": 30, "most": 70},
        "tag 0-50%": {"tag": tag, "least": 0, "most": 50},
        "tag, rare application": {"tag": tag, "least": 99, "application": RARE_APPLICATION},
        "iteration": {"iteration": older},
        "iteration, rare": {"iteration": rare},
        "application": {"application": "line 2"},
        "application, rare": {"application": RARE_APPLICATION},
        "published name": {"source": f"name:{PUBLISHED}"},
        "published name, rare": {"source": f"name:{RARELY_PUBLISHED}"},
        "Quick Test": {"source": "quick-test"},
        "older half": {"to": facts["middle"][:10]},
        "everything": {
            "iteration": newer,
            "application": RARE_APPLICATION,
            "source": f"name:{PUBLISHED}",
            "from": facts["oldest"][:10],
            "to": facts["middle"][:10],
            "tag": tag,
            "least": 5,
            "most": 95,
        },
    }
    base = f"/projects/{facts['project']}/predictions"
    for order in ("", "newest", "oldest"):
        for name, query in filters.items():
            yield f"{order or 'suggested'}, {name}", f"{base}?{urlencode({'order': order, **query})}"
    for name, query in filters.items():
        yield f"new ones, {name}", f"{base}/new?{urlencode({'since': facts['middle'], **query})}"


def measure(client: httpx.Client, address: str, count: int) -> dict[str, Any]:
    """Time from request to last byte on this machine, one request at a time."""
    times_ms, answer = [], client.get(address)
    for _ in range(count):
        started = time.perf_counter()
        answer = client.get(address)
        times_ms.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, answer.text
    return {
        "p50_ms": round(statistics.median(times_ms), 1),
        "p95_ms": round(statistics.quantiles(times_ms, n=20)[-1], 1),
        "kilobytes": round(len(answer.content) / 1000),
    }


if __name__ == "__main__":
    main()
