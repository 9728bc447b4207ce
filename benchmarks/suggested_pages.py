"""The page of suggested tags over 100,000 images: its orders and filters, and finding the next images to look at.

Prints one JSON object as its last line.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._live_install import live_install  # noqa: E402
from benchmarks.portal_pages import PASSWORD, sign_in  # noqa: E402
from benchmarks.prediction_pages import measure  # noqa: E402

NEXT_IMAGES = """
import json, os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
import django
django.setup()
from inference.looking import images_to_look_at
from portal.models import Project
from training.models import Iteration
project, iteration = Project.objects.get(pk=sys.argv[1]), Iteration.objects.get(pk=sys.argv[2])
times, after = [], None
for _ in range(20):
    started = time.perf_counter()
    found = images_to_look_at(project, iteration, 64, after)
    times.append(1000 * (time.perf_counter() - started))
    assert len(found) == 64
    after = found[-1]
print(json.dumps({"first_ms": round(times[0], 1), "next_ms": round(sorted(times[1:])[len(times) // 2], 1)}))
"""


def main() -> None:
    """Fill an install, sign in, and ask again and again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=20, help="of each page")
    options = parser.parse_args()
    os.environ["SIGHTLINE_ADMIN_PASSWORD"] = PASSWORD
    with live_install() as install:
        fill = [sys.executable, str(ROOT / "benchmarks" / "_many_suggestions.py")]
        made = subprocess.check_output([*fill, str(install.data), str(options.images)], cwd=ROOT, text=True)
        facts = json.loads(made.strip().splitlines()[-1])
        print(f"{options.images} images are in", flush=True)
        pages = {}
        with httpx.Client(base_url=install.endpoint, timeout=60) as client:
            sign_in(client)
            for name, ask in asked(client, facts).items():
                pages[name] = measure(ask, options.requests)
                print(f"{name}: {pages[name]}", flush=True)
        found = subprocess.check_output(
            [sys.executable, "-c", NEXT_IMAGES, facts["project"], facts["iteration"]],
            cwd=ROOT,
            text=True,
            env={**os.environ, "SIGHTLINE_DATA": str(install.data)},
        )
    slowest = max((figures["p95_ms"], name) for name, figures in pages.items())
    print(
        json.dumps(
            {
                "images": options.images,
                "database": facts["database"],
                "slowest": slowest[1],
                "slowest_p95_ms": slowest[0],
                "next_64_to_look_at": json.loads(found.strip().splitlines()[-1]),
                "pages": pages,
            }
        )
    )


def asked(client: httpx.Client, facts: dict[str, Any]) -> dict[str, Callable[[], object]]:
    base = f"/projects/{facts['project']}/images/suggested"
    tag = facts["tags"][0]
    queries = {
        "any tag at 50%": "",
        "any tag at 0%": "?threshold=0",
        "a tag at 50%": f"?tag={tag}",
        "a tag at 99%": f"?tag={tag}&threshold=99",
        "most uncertain first": "?order=unsure",
        "label these next": "?order=next",
    }
    part = {"X-Gallery-Part": "1"}
    found: dict[str, Callable[[], object]] = {}
    for name, query in queries.items():
        found[name] = lambda query=query: _get(client, base + query)  # type: ignore[misc]
        found[f"{name}, part"] = lambda query=query: _get(client, base + query, part)  # type: ignore[misc]
        found[f"{name}, order"] = lambda query=query: _get(client, f"{base}/order{query}")  # type: ignore[misc]
    return found


def _get(client: httpx.Client, path: str, headers: dict[str, str] | None = None) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.status_code)


if __name__ == "__main__":
    main()
