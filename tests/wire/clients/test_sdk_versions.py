"""Every 3.x client of Microsoft, each in an environment of its own, through the whole flow against an install."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.live_install import LiveInstall
from tests.pictures import picture, scene
from tests.wire.clients.conftest import complete
from tests.wire.clients.environments import (
    JAVASCRIPT_SDKS,
    NEWEST_JAVASCRIPT,
    PYTHON_SDKS,
    javascript_with_sdk,
    node,
    python_with_sdk,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
PYTHON_FLOW = Path(__file__).parent / "python_whole_flow.py"
SHAPES = ("circle", "cross")
TRAINED, ASKED, SCENES = 8, 2, 4
SDKS = [*(("python", each) for each in PYTHON_SDKS), *(("javascript", each) for each in JAVASCRIPT_SDKS)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Photos of two tags to train on, others to ask about, and scenes with boxes."""
    base = tmp_path_factory.mktemp("files")

    def written(name: str, data: bytes) -> str:
        (base / name).write_bytes(data)
        return str(base / name)

    def numbered(shape: str, first: int, count: int) -> list[str]:
        return [written(f"{shape}{number}.jpg", picture(shape, number)) for number in range(first, first + count)]

    scenes = []
    for number in range(SCENES):
        data, objects = scene(number)
        regions = [
            {"tag": each.shape, "left": each.left, "top": each.top, "width": each.width, "height": each.height}
            for each in objects
        ]
        scenes.append({"file": written(f"scene{number}.jpg", data), "regions": regions})
    return {
        "photos": {shape: numbered(shape, 0, TRAINED) for shape in SHAPES},
        "asked": [file for shape in SHAPES for file in numbered(shape, 50, ASKED)],
        "scenes": scenes,
    }


def run(install: LiveInstall, language: str, sdk: str, **request: Any) -> dict[str, Any]:
    """What the program of that language answers."""
    command = (
        [str(python_with_sdk(sdk)), "-W", "ignore", str(PYTHON_FLOW)]
        if language == "python"
        else [node(), str(javascript_with_sdk(sdk) / "whole_flow.mjs")]
    )
    request |= {
        "sdk": sdk,
        "endpoint": install.endpoint,
        "training_key": install.training_key,
        "prediction_key": install.prediction_key,
        "prediction_resource_id": install.prediction_resource_id,
    }
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-4000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize(("language", "sdk"), SDKS)
def test_a_classifier_from_upload_to_export(
    live_install: LiveInstall, files: dict[str, Any], language: str, sdk: str
) -> None:
    answer = run(live_install, language, sdk, step="classify", photos=files["photos"], asked=files["asked"])
    singles = 3 if language == "python" else 2
    batch = [False, ["OK"] * (TRAINED - singles) + ["ErrorImageFormat"]]
    assert answer["uploads"] == {shape: [[True, ["OK"]]] * singles + [batch] for shape in SHAPES}
    assert answer["labels"] == {
        "untagged": True,
        "created": 1,
        "own": ["OKDuplicate"],
        "tag": ["circle", "changed", TRAINED],
        "project": ["changed too", True],
        "tagged_count": TRAINED * len(SHAPES),
    }
    knows_metadata = sdk in ("3.0.0", "3.1.1") if language == "python" else sdk == NEWEST_JAVASCRIPT
    described = [True, ["OK", "OK"], [{"site": "it's"}] * 2, TRAINED * len(SHAPES) - 2]
    assert answer["metadata"] == (described if knows_metadata else None)
    assert answer["training"] == ["Training", "Completed", "renamed", True, "BadRequestTrainingNotNeeded"]
    precision, recall, tags = answer["performance"]
    assert 0 < precision <= 1
    assert 0 < recall <= 1
    assert tags == len(SHAPES)
    assert answer["judged"] == [2, TRAINED * len(SHAPES)]
    assert answer["published"] is True
    right = sum(Path(file).name.startswith(tag) for file, (tag, _) in answer["predictions"].items())
    assert right >= ASKED * len(SHAPES) - 1
    assert all(is_same for _, is_same in answer["predictions"].values())
    assert answer["by_url"] is True
    assert answer["quick"] == sorted(SHAPES)
    assert answer["export"] == (["Done", True, sorted(SHAPES)] if language == "python" else ["Done", 200, "PK"])
    assert (answer["left"], answer["projects_left"]) == (0, [])


@pytest.mark.parametrize(("language", "sdk"), SDKS)
def test_a_detector_is_read_and_asked(
    live_install: LiveInstall, files: dict[str, Any], language: str, sdk: str
) -> None:
    """Its training, which takes minutes, is left out: another process writes what it would have left."""
    before = run(live_install, language, sdk, step="detect_before", scenes=files["scenes"])
    assert before["domain"] == "General"
    assert before["uploaded"] == ["OK"] * SCENES
    assert before["regions"] == [2, 2]
    assert before["made"] == {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}
    assert before["proposed"] > 0
    complete(live_install, "tests/e2e/fabricated_detector.py", before["project_id"])
    after = run(
        live_install, language, sdk, step="detect_after", scenes=files["scenes"], project_id=before["project_id"]
    )
    assert after["status"] == "Completed"
    precision, average_precision = after["performance"]
    assert 0 < precision < 1
    assert 0 < average_precision <= 1
    assert (after["judged"], after["same"]) == (True, True)
    assert after["detected"] == [["circle", 0.93], ["cross", 0.71], ["circle", 0.12]]
    assert after["box"] == [0.1, 0.1, 0.35, 0.4]
    assert after["classified"] == "BadRequestNotSupported"
