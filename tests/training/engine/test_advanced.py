"""Advanced training: the best of its candidates ships, and an attempt goes on where a killed one ended."""

import signal
from pathlib import Path

import pytest

from tests.training.engine.jobs import run_engine, start_engine, write_job
from training.engine.config import TrainingResult

pytestmark = pytest.mark.timeout(600)


def result_of(folder: Path) -> TrainingResult:
    return TrainingResult.model_validate_json((folder / "result.json").read_bytes())


def write_advanced(folder: Path, **settings: object) -> Path:
    return write_job(folder, {"circle": 5, "cross": 5}, training_type="advanced", budget_seconds=3600, **settings)


@pytest.mark.slow
def test_a_killed_attempt_is_continued_and_ends_as_if_never_killed(tmp_path: Path) -> None:
    whole = write_advanced(tmp_path / "whole")
    assert run_engine(whole)[0] == 0
    result = result_of(whole)
    assert {"probe", "probe at 384 px", "fine-tuned", "mean"} == set(result.candidates)
    assert result.shipped in {"probe", "fine-tuned", "mean"}

    checkpoints = tmp_path / "checkpoints"
    first = write_advanced(tmp_path / "first", checkpoint_dir=str(checkpoints))
    process = start_engine(first)
    assert process.stdout is not None
    while "fold 2 of 5" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert [path.name for path in checkpoints.rglob("fold-0.npz")] == ["fold-0.npz"]

    second = write_advanced(tmp_path / "second", checkpoint_dir=str(checkpoints))
    code, events = run_engine(second)
    assert code == 0
    assert not any("fold 1 of 5" in event.get("stage", "") for event in events)
    assert (second / "model.onnx").read_bytes() == (whole / "model.onnx").read_bytes()
    assert list(checkpoints.iterdir()) == []


@pytest.mark.slow
def test_a_budget_too_small_to_fine_tune_ships_the_probe_and_says_so(tmp_path: Path) -> None:
    folder = write_job(tmp_path / "job", {"circle": 5, "cross": 5}, training_type="advanced", budget_seconds=1)
    assert run_engine(folder)[0] == 0
    result = result_of(folder)
    assert result.shipped == "probe"
    assert result.stopped_by in {
        "the budget is too small to fine-tune; only the last layer was trained",
        "the budget was spent before fine-tuning could be judged on all folds",
    }
