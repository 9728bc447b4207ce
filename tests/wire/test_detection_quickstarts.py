"""Microsoft's detection quickstarts, Python and JavaScript, on the forks and scissors of the original.

They need the photos beside the repository (azure-fork-scissors), train twice, and so are marked data and slow.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.live_install import LiveInstall
from tests.wire.clients.environments import ROOT, javascript_with_sdk, node

PYTHON_QUICKSTART = Path(__file__).parent / "clients" / "python_detection_quickstart.py"
FOLDER = Path(os.environ.get("SIGHTLINE_SHARED_DATA", ROOT.parent / "shared" / "data")) / "azure-fork-scissors"
LONGEST_SECONDS = 1200

pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.timeout(LONGEST_SECONDS + 60),
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the azure-fork-scissors photos are not beside the repository"),
]


def photos() -> dict[str, list[dict[str, Any]]]:
    parts: dict[str, list[dict[str, Any]]] = {"training": [], "test": []}
    for image in json.loads((FOLDER / "annotations.json").read_text())["images"]:
        part = "test" if image["split"] == "test" else "training"
        parts[part].append({"file": str(FOLDER / "images" / image["file"]), "regions": image["regions"]})
    return parts


def run_client(command: list[str], install: LiveInstall, parts: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    request = {
        "endpoint": install.endpoint,
        "training_key": install.training_key,
        "prediction_key": install.prediction_key,
        "prediction_resource_id": install.prediction_resource_id,
        **parts,
    }
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, timeout=LONGEST_SECONDS)
    assert done.returncode == 0, done.stderr[-4000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def overlap(one: dict[str, float], other: dict[str, float]) -> float:
    right = min(one["left"] + one["width"], other["left"] + other["width"])
    bottom = min(one["top"] + one["height"], other["top"] + other["height"])
    common = max(0, right - max(one["left"], other["left"])) * max(0, bottom - max(one["top"], other["top"]))
    return common / (one["width"] * one["height"] + other["width"] * other["height"] - common)


def check(answer: dict[str, Any], parts: dict[str, list[dict[str, Any]]]) -> None:
    figures = {name: round(answer[name], 3) for name in ("precision", "recall", "average_precision")}
    found = 0
    for image in parts["test"]:
        predictions = answer["predictions"][image["file"]]
        assert len(predictions) <= 200
        probabilities = [each["probability"] for each in predictions]
        assert probabilities == sorted(probabilities, reverse=True)
        (truth,) = image["regions"]
        best = predictions[0] if predictions else None
        found += best is not None and best["tag"] == truth["tag"] and overlap(best, truth) >= 0.5
    print(f"trained in {answer['trained_seconds']:.0f} s, {figures}, first box right on {found} of 10 test images")
    assert (len(parts["training"]), len(parts["test"])) == (30, 10)
    assert (answer["first_status"], answer["status"], answer["published"]) == ("Training", "Completed", True)
    assert 0 < answer["precision"] <= 1
    assert 0 < answer["recall"] <= 1
    assert found >= 8
    assert answer["projects_left"] == []


def test_the_python_detection_quickstart_runs_unchanged(live_install: LiveInstall) -> None:
    parts = photos()
    check(run_client([sys.executable, "-W", "ignore", str(PYTHON_QUICKSTART)], live_install, parts), parts)


def test_the_javascript_detection_quickstart_runs_unchanged(live_install: LiveInstall) -> None:
    parts = photos()
    answer = run_client([node(), str(javascript_with_sdk() / "detection_quickstart.mjs")], live_install, parts)
    assert (answer["uploads"], answer["tagged"]) == (30, 30)
    check(answer, parts)
