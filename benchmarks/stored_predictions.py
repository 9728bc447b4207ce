"""Pages of 100,000 stored predictions through the training API: every order and filter, first pages and deep ones.

Prints one JSON object as its last line.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._live_install import live_install  # noqa: E402
from benchmarks._many_predictions import RARE_APPLICATION  # noqa: E402

DEEP_PAGES = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--predictions", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=40, help="of each kind of query")
    options = parser.parse_args()
    with live_install() as install:
        fill = [sys.executable, str(ROOT / "benchmarks" / "_many_predictions.py")]
        made = subprocess.check_output([*fill, str(install.data), str(options.predictions)], cwd=ROOT, text=True)
        facts = json.loads(made.strip().splitlines()[-1])
        print(f"{options.predictions} predictions and {facts['tag_rows']} rows of tags are in", flush=True)
        headers = {"Training-Key": install.training_key}
        base = f"{install.endpoint}/customvision/v3.4-preview/training/projects/{facts['project']}"
        figures = {}
        with httpx.Client(base_url=base, headers=headers, timeout=60) as client:
            for name, token in queries(facts):
                figures[name] = measure(client, token, options.requests)
                print(f"{name}: {figures[name]}", flush=True)
    slowest = max(figures, key=lambda name: float(figures[name]["p95_ms"]))
    summary = {
        "predictions": options.predictions,
        "database": facts["database"],
        "slowest": slowest,
        "slowest_p95_ms": figures[slowest]["p95_ms"],
        "queries": figures,
    }
    print(json.dumps(summary))


def queries(facts: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each order with each filter: common ones, rare ones, and ones that nothing matches."""
    first, second, *_ = facts["tags"]
    newer, older, rare = facts["iterations"]

    def tag(tag_id: str, least: float, most: float) -> dict[str, Any]:
        return {"id": tag_id, "minThreshold": least, "maxThreshold": most}

    filters: dict[str, dict[str, Any]] = {
        "all": {},
        "tag 30-70%": {"tags": [tag(first, 0.3, 0.7)]},
        "tag 1-100%": {"tags": [tag(first, 0.01, 1)]},
        "tag, nothing": {"tags": [tag(first, 0.99999999, 1)], "application": RARE_APPLICATION},
        "tag 0-1%": {"tags": [tag(first, 0, 0.01)]},
        "tag 0-50%": {"tags": [tag(first, 0, 0.5)]},
        "two tags 30-70%": {"tags": [tag(first, 0.3, 0.7), tag(second, 0.3, 0.7)]},
        "two tags, nothing": {"tags": [tag(first, 0.6, 1), tag(second, 0.6, 1)]},
        "two tags 0-1%": {"tags": [tag(first, 0, 0.01), tag(second, 0, 0.01)]},
        "iteration": {"iterationId": older},
        "iteration, rare": {"iterationId": rare},
        "application": {"application": "line 2"},
        "application, rare": {"application": RARE_APPLICATION},
        "iteration and application": {"iterationId": newer, "application": RARE_APPLICATION},
        "older half": {"endTime": facts["middle"]},
        "everything": {
            "iterationId": newer,
            "application": RARE_APPLICATION,
            "startTime": facts["oldest"],
            "endTime": facts["middle"],
            "tags": [tag(first, 0.05, 0.95), tag(second, 0, 0.5)],
        },
    }
    for order in ("Newest", "Oldest", "Suggested"):
        for name, parts in filters.items():
            yield f"{order}, {name}", {"orderBy": order, **parts}


def measure(client: httpx.Client, token: dict[str, Any], count: int) -> dict[str, Any]:
    """Time from request to last byte on this machine, one request at a time; pages 1 to 4, again and again."""
    times_ms, sent, results = [], token, 0
    for number in range(count):
        started = time.perf_counter()
        answer = client.post("/predictions/query", json=sent)
        times_ms.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, answer.text
        content = answer.json()
        results = max(results, len(content["results"]))
        is_last = not content["token"]["continuation"] or number % DEEP_PAGES == DEEP_PAGES - 1
        sent = token if is_last else content["token"]
    return {
        "p50_ms": round(statistics.median(times_ms), 1),
        "p95_ms": round(statistics.quantiles(times_ms, n=20)[-1], 1),
        "results": results,
    }


if __name__ == "__main__":
    main()
