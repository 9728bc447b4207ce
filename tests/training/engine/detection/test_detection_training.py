"""A detector trained for real, small: what it leaves, that it can be killed, and that it says what it cannot do."""

import json
from pathlib import Path

import numpy as np
import pytest

from inference.runtime import DetectionModel, load_model
from tests.training.engine.jobs import read_job, run_engine, start_engine, write_detection_job
from training.engine.result import DetectionResult, read_result

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_detection_job(tmp_path_factory.mktemp("detection"), budget_seconds=15)
    code, events = run_engine(folder)
    assert (code, events[-1]) == (0, {"event": "done"})
    points = [(event["series"], event["epoch"]) for event in events if event["event"] == "epoch"]
    assert {series for series, _ in points} == {"Four fifths of the images", "All images"}
    assert points == sorted(points, key=lambda point: (point[0] == "All images", point[1]))
    return folder


def test_the_artifact_answers_with_boxes_in_the_upright_image(trained: Path) -> None:
    model = load_model(trained / "model.onnx")
    assert isinstance(model, DetectionModel)
    found = model.predict((trained / "scene-0.jpg").read_bytes())
    assert found
    assert [each.probability for each in found] == sorted((each.probability for each in found), reverse=True)
    for each in found:
        assert each.box is not None
        assert each.name in ("Circle", "Cross")
        assert 0 <= each.box.left <= each.box.left + each.box.width <= 1 + 1e-6
        assert 0 <= each.box.top <= each.box.top + each.box.height <= 1 + 1e-6


def test_the_result_says_how_it_came_to_be(trained: Path) -> None:
    result = read_result((trained / "result.json").read_bytes())
    assert isinstance(result, DetectionResult)
    assert result.shipped == "all"
    assert result.input_size == 320
    assert result.schedule.split_steps > 0 < result.schedule.final_steps
    assert result.agreement.largest_difference <= result.agreement.tolerance
    assert result.held_out.images >= 3
    assert result.held_out.mean_average_precision is not None


def test_detections_of_the_held_out_images_are_kept(trained: Path) -> None:
    with np.load(trained / "detections.npz", allow_pickle=False) as kept:
        assert len(kept["image_ids"]) == len(kept["counts"])
        assert int(kept["counts"].sum()) == len(kept["tags"]) == len(kept["scores"]) == len(kept["corners"])
        assert kept["corners"].min() >= 0
        assert kept["corners"].max() <= 1
        assert set(kept["tags"].tolist()) <= {0, 1}


@pytest.mark.slow
def test_a_killed_training_is_continued_with_the_same_schedule(tmp_path: Path) -> None:
    checkpoints = tmp_path / "checkpoints"
    folder = write_detection_job(tmp_path / "one", budget_seconds=60, checkpoint_dir=str(checkpoints))
    process = start_engine(folder)
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["stage"].startswith("Training"):
            break
    process.kill()
    process.communicate()
    (schedule,) = checkpoints.rglob("schedule.json")
    planned = json.loads(schedule.read_text())
    (tmp_path / "two").mkdir()
    for file in folder.glob("*.jpg"):
        (tmp_path / "two" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "two" / "job.json").write_text((folder / "job.json").read_text())
    code, _ = run_engine(tmp_path / "two")
    assert code == 0
    result = read_result((tmp_path / "two" / "result.json").read_bytes())
    assert isinstance(result, DetectionResult)
    assert (result.schedule.split_steps, result.schedule.final_steps) == (
        planned["split_steps"],
        planned["final_steps"],
    )
    assert not list(checkpoints.rglob("*.pt"))


@pytest.mark.slow
def test_a_training_starts_from_an_earlier_artifact(trained: Path, tmp_path: Path) -> None:
    artifact = trained / "model.onnx"
    folder = write_detection_job(tmp_path / "next", budget_seconds=20, base_model=str(artifact))
    code, _ = run_engine(folder)
    assert code == 0
    first, then = (read_result((each / "result.json").read_bytes()) for each in (trained, folder))
    assert isinstance(first, DetectionResult)
    assert isinstance(then, DetectionResult)
    assert then.weights_source == "the iteration that it starts from"
    assert then.weights_sha256 == first.model.sha256
    assert then.schedule.anchor_sizes == first.schedule.anchor_sizes
    assert (then.held_out.mean_average_precision or 0) >= (first.held_out.mean_average_precision or 0)


def test_a_job_without_boxes_says_so(tmp_path: Path) -> None:
    folder = write_detection_job(tmp_path, images=3)
    job = read_job(folder)
    for image in job["images"]:
        image["regions"] = []
    (folder / "job.json").write_text(json.dumps(job))
    code, events = run_engine(folder)
    assert code == 1
    assert events[-1]["cause"] == "No image has a box of Circle, Cross."
