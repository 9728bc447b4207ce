"""How soon a prediction, or a Quick Test, stands on the Predictions page after its answer.

Prints one JSON object as its last line.
"""

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._live_install import live_install  # noqa: E402
from benchmarks.portal_pages import PASSWORD, sign_in  # noqa: E402
from tests.inference.artifacts import make_artifact  # noqa: E402
from tests.pictures import picture  # noqa: E402

LOOK_EVERY_SECONDS = 0.01
PATIENCE_SECONDS = 30
MOST_SECONDS = 1.0


def main() -> None:
    """Publish a small artifact, call it at any moment, and look for what it said."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=60, help="of each kind")
    options = parser.parse_args()
    os.environ["SIGHTLINE_ADMIN_PASSWORD"] = PASSWORD
    with live_install() as install:
        artifact = install.data.parent / "colors.onnx"
        artifact.write_bytes(make_artifact())
        fill = [sys.executable, str(ROOT / "benchmarks" / "_serving_fill.py"), str(artifact), "model"]
        environment = os.environ | {"SIGHTLINE_DATA": str(install.data), "PYTHONPATH": str(ROOT)}
        made = json.loads(subprocess.check_output(fill, cwd=ROOT, text=True, env=environment).splitlines()[-1])
        project, image = made["project"], picture("circle", 1)
        with httpx.Client(base_url=install.endpoint, timeout=60) as client:
            sign_in(client)

            def predict() -> str:
                return str(
                    client.post(
                        f"/customvision/v3.0/Prediction/{project}/classify/iterations/model/image",
                        content=image,
                        headers={"Prediction-Key": made["key"], "Content-Type": "application/octet-stream"},
                    ).json()["id"]
                )

            def quick_test() -> str:
                answer = client.post(
                    f"/projects/{project}/quick-test/image",
                    files={"image": image},
                    headers={"X-CSRFToken": client.cookies["csrftoken"], "Referer": install.endpoint},
                )
                picture_kept = re.search(r"([0-9a-f-]{36})-resized", answer.text)
                assert picture_kept is not None, answer.text
                return picture_kept[1]

            predictions = measure(client, project, predict, options.calls)
            tests = measure(client, project, quick_test, options.calls)
    figures = {"predictions": report(predictions), "quick_tests": report(tests)}
    print(json.dumps({"calls": options.calls, "passed": max(predictions + tests) < MOST_SECONDS, **figures}))


def measure(client: httpx.Client, project: str, ask: Callable[[], str], count: int) -> list[float]:
    """Seconds from each answer until the page knows it."""
    chance, seconds = random.Random(count), []
    for _ in range(count):
        time.sleep(chance.random() / 2)  # at any moment of the processes' rounds
        prediction = ask()
        answered = time.perf_counter()
        while client.get(f"/projects/{project}/predictions/{prediction}").status_code != 200:
            assert time.perf_counter() - answered < PATIENCE_SECONDS
            time.sleep(LOOK_EVERY_SECONDS)
        seconds.append(time.perf_counter() - answered)
    return seconds


def report(seconds: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(1000 * statistics.median(seconds)),
        "p95_ms": round(1000 * statistics.quantiles(seconds, n=20)[-1]),
        "longest_ms": round(1000 * max(seconds)),
    }


if __name__ == "__main__":
    main()
