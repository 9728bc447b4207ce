"""Microsoft's SDKs, unchanged, through the whole flow against a running install."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.live_install import LiveInstall
from tests.pictures import picture
from tests.wire.clients.environments import ROOT, javascript_with_sdk, node, python_with_sdk

PYTHON_QUICKSTART = Path(__file__).parent / "clients" / "python_quickstart.py"
SHAPES = ("circle", "cross", "stripes")
TREES = Path(os.environ.get("SIGHTLINE_SHARED_DATA", ROOT.parent / "shared" / "data")) / "azure-trees"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Photos to train on and to test with: a folder each, with one sub-folder a tag."""
    base = tmp_path_factory.mktemp("photos")
    for name, numbers in (("training", range(12)), ("test", range(12, 15))):
        for shape in SHAPES:
            (base / name / shape).mkdir(parents=True)
            for number in numbers:
                (base / name / shape / f"{number}.jpg").write_bytes(picture(shape, number, side=160))
    return {"training_folder": str(base / "training"), "test_folder": str(base / "test")}


def run_client(command: list[str], install: LiveInstall, folders: dict[str, str], **more: str) -> dict[str, Any]:
    request = {
        "endpoint": install.endpoint,
        "training_key": install.training_key,
        "prediction_key": install.prediction_key,
        "prediction_resource_id": install.prediction_resource_id,
        **folders,
        **more,
    }
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-4000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def accuracy(predictions: dict[str, Any]) -> float:
    return sum(name.split("/")[0] == tag for name, (tag, _) in predictions.items()) / len(predictions)


@pytest.mark.parametrize("sdk", ["3.1.1", pytest.param("1.0.0", marks=pytest.mark.slow)])
def test_the_python_quickstart_runs_unchanged(live_install: LiveInstall, folders: dict[str, str], sdk: str) -> None:
    python = sys.executable if sdk == "3.1.1" else str(python_with_sdk(sdk))
    answer = run_client([python, "-W", "ignore", str(PYTHON_QUICKSTART)], live_install, folders, sdk=sdk)
    assert (answer["first_status"], answer["status"], answer["published"]) == ("Training", "Completed", True)
    assert 0 < answer["precision"] <= 1
    assert 0 < answer["recall"] <= 1
    assert len(answer["predictions"]) == 9
    assert accuracy(answer["predictions"]) >= 7 / 9
    assert (answer["quick_tags"], answer["images_of_iteration"]) == (sorted(SHAPES), 36)
    assert answer["projects_left"] == []


def test_the_javascript_quickstart_runs_unchanged(live_install: LiveInstall, folders: dict[str, str]) -> None:
    folder = javascript_with_sdk()
    answer = run_client([node(), str(folder / "quickstart.mjs")], live_install, folders)
    assert (answer["uploads"], answer["tagged"]) == (36, 36)
    assert (answer["first_status"], answer["status"], answer["published"]) == ("Training", "Completed", True)
    assert len(answer["predictions"]) == 9
    assert accuracy(answer["predictions"]) >= 7 / 9


@pytest.mark.data
@pytest.mark.skipif(not TREES.is_dir(), reason="the azure-trees photos are not beside the repository")
def test_the_python_quickstart_tells_the_trees_apart(live_install: LiveInstall, tmp_path: Path) -> None:
    annotations = json.loads((TREES / "annotations.json").read_text())
    for image in annotations["images"]:
        part = "test" if image["split"] == "test" else "training"
        target = tmp_path / part / image["tags"][0]
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(TREES / "images" / image["file"], target)
    folders = {"training_folder": str(tmp_path / "training"), "test_folder": str(tmp_path / "test")}
    command = [sys.executable, "-W", "ignore", str(PYTHON_QUICKSTART)]
    answer = run_client(command, live_install, folders, sdk="3.1.1")
    assert accuracy(answer["predictions"]) == 1.0
