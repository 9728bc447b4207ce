"""`python -m training.engine` as its parent sees it: events, files, exit codes."""

import hashlib
import json
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.runtime import Model
from tests.pictures import picture
from tests.training.engine.jobs import read_job, run_engine, start_engine, write_job
from training import metrics
from training.engine.config import TrainingResult

pytestmark = pytest.mark.timeout(300)


def result_of(folder: Path) -> TrainingResult:
    return TrainingResult.model_validate_json((folder / "result.json").read_bytes())


def test_a_quick_training_from_start_to_end(tmp_path: Path) -> None:
    folder = write_job(tmp_path / "job", {"circle": 8, "cross": 8, "stripes": 8})
    code, events = run_engine(folder)
    assert code == 0
    assert events[-1] == {"event": "done"}
    progress = events[:-1]
    assert {event["event"] for event in progress} == {"progress"}
    percents = [event["percent"] for event in progress]
    assert percents == sorted(percents)
    assert "Reading images" in {event["stage"] for event in progress}
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".jpg") == [
        "job.json",
        "model.onnx",
        "result.json",
        "scores.npz",
    ]
    result = result_of(folder)
    artifact = (folder / "model.onnx").read_bytes()
    assert (result.model.sha256, result.model.size_bytes) == (hashlib.sha256(artifact).hexdigest(), len(artifact))
    assert (result.shipped, result.backbone, result.input_size, result.image_count) == (
        "probe",
        "EfficientNet-Lite0",
        320,
        24,
    )
    assert (result.device, result.threads, result.seed, result.stopped_by) == ("cpu", 1, 1, "finished")
    assert result.agreement.largest_difference < 1e-4
    model = Model.load(artifact)
    assert [label.name for label in model.metadata.labels] == ["Circle", "Cross", "Stripes"]
    assert [model.predict(picture(shape, 100))[0].id for shape in ("circle", "cross", "stripes")] == [
        "circle",
        "cross",
        "stripes",
    ]
    with np.load(folder / "scores.npz", allow_pickle=False) as scores:
        assert scores["image_ids"].tolist() == [image["id"] for image in read_job(folder)["images"]]
        assert (scores["scores"].shape, scores["scores"].dtype, scores["fold"].dtype) == ((24, 3), np.float32, np.int16)
        assert scores["scores"].sum(axis=1) == pytest.approx(np.ones(24), abs=1e-5)
        truth = np.repeat(np.eye(3, dtype=bool), 8, axis=0)
        figures = metrics.figures(truth, scores["scores"], 0.5)
    assert (result.held_out.precision, result.held_out.recall) == pytest.approx((figures.precision, figures.recall))


def test_the_same_job_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_job(tmp_path / "first", {"circle": 5, "cross": 5})
    second = write_job(tmp_path / "second", {"circle": 5, "cross": 5})
    assert [run_engine(folder)[0] for folder in (first, second)] == [0, 0]
    assert (first / "model.onnx").read_bytes() == (second / "model.onnx").read_bytes()
    assert result_of(first).held_out == result_of(second).held_out


def test_multilabel_with_a_negative_tag(tmp_path: Path) -> None:
    folder = write_job(tmp_path / "job", {"circle": 6, "cross": 6, "stripes": 6}, task="multilabel")
    job = read_job(folder)
    job["tags"][2]["type"] = "negative"
    for image in job["images"][:2]:
        image["tags"] = ["circle", "cross"]
    (folder / "job.json").write_text(json.dumps(job))
    assert run_engine(folder)[0] == 0
    result = result_of(folder)
    assert result.held_out.accuracy is None
    model = Model.load((folder / "model.onnx").read_bytes())
    assert model.metadata.task == "multilabel"
    assert model.metadata.labels[2].type == "negative"
    answer = {entry.id: entry.probability for entry in model.predict(picture("stripes", 100))}
    assert answer["stripes"] > max(answer["circle"], answer["cross"])


def test_odd_sets_train_all_the_same(tmp_path: Path) -> None:
    """A tag with one image, an image with two tags, copies of one image, a tag of copies alone."""
    folder = write_job(tmp_path / "job", {"circle": 5, "cross": 1, "stripes": 5})
    job = read_job(folder)
    job["images"][0]["tags"] = ["circle", "stripes"]
    for number in range(5):
        (folder / f"stripes-{number}.jpg").write_bytes(picture("stripes", 0))
    (folder / "circle-1.jpg").write_bytes(picture("circle", 2))
    (folder / "job.json").write_text(json.dumps(job))
    assert run_engine(folder)[0] == 0
    result = result_of(folder)
    assert result.image_count == 11
    with np.load(folder / "scores.npz") as scores:
        ids = scores["image_ids"].tolist()
        assert scores["fold"][ids.index("circle-1")] == scores["fold"][ids.index("circle-2")]


def test_an_unreadable_image_is_left_out_and_named(tmp_path: Path) -> None:
    folder = write_job(tmp_path / "job", {"circle": 6, "cross": 6})
    (folder / "cross-5.jpg").write_bytes(b"no image at all")
    assert run_engine(folder)[0] == 0
    result = result_of(folder)
    assert (result.image_count, result.skipped_images) == (11, ("cross-5",))
    assert result.notes == ("1 of 12 images could not be read and were left out.",)
    with np.load(folder / "scores.npz") as scores:
        assert "cross-5" not in scores["image_ids"].tolist()


def test_too_many_unreadable_images_fail_with_their_number_and_a_name(tmp_path: Path) -> None:
    folder = write_job(tmp_path / "job", {"circle": 5, "cross": 5})
    for number in range(5):
        (folder / f"cross-{number}.jpg").unlink()
    code, events = run_engine(folder)
    assert code == 1
    assert events[-1] == {
        "event": "failed",
        "cause": "5 of 10 images cannot be read, among them image cross-0 (cross-0.jpg).",
        "next_step": "Delete or replace these images, or see that their storage is reachable, and train again.",
        "kind": "unreadable_images",
        "object_id": "cross-0",
    }
    assert not (folder / "model.onnx").exists()
    assert not (folder / "result.json").exists()


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"recipe": "nothing"}, "There is no recipe for the domain nothing."),
        ({"surplus": 1}, "The job is not valid: surplus Extra inputs are not permitted."),
        ({"base_model": "other.onnx"}, "Training from an earlier iteration's model is not supported."),
        ({"images": []}, "The job has no images."),
    ],
)
def test_what_cannot_be_trained_fails_with_its_cause(tmp_path: Path, changes: dict[str, object], cause: str) -> None:
    code, events = run_engine(write_job(tmp_path / "job", {"circle": 1, "cross": 1}, **changes))
    assert code == 1
    assert [event["event"] for event in events] == ["failed"]
    assert events[0]["cause"] == cause


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_a_device_that_is_not_there_fails_with_its_cause(tmp_path: Path) -> None:
    code, events = run_engine(write_job(tmp_path / "job", {"circle": 2, "cross": 2}, device="cuda"))
    assert code == 1
    assert events[-1]["cause"] == "There is no CUDA device on this machine."


def test_a_missing_job_fails_with_its_cause(tmp_path: Path) -> None:
    code, events = run_engine(tmp_path)
    assert code == 1
    assert events[0]["cause"].startswith("The job cannot be read:")


def test_sigterm_ends_it_quickly(tmp_path: Path) -> None:
    folder = write_job(tmp_path / "job", {"circle": 60, "cross": 60})
    process = start_engine(folder)
    assert process.stdout is not None
    while "Reading images" not in process.stdout.readline():
        assert process.poll() is None
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == -signal.SIGTERM
    assert time.monotonic() - started < 2
    assert not (folder / "model.onnx").exists()
    process.communicate()


def test_the_stand_in_is_named_where_the_weights_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A proxy that refuses: no network, as on a machine that has none, and no waiting for one.
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    general_a2 = "2e37d7fb-3a54-486a-b4d6-cfc369af0018"
    folder = write_job(tmp_path / "job", {"circle": 5, "cross": 5}, recipe=general_a2)
    assert run_engine(folder)[0] == 0
    result = result_of(folder)
    assert (result.backbone, result.input_size) == ("EfficientNet-Lite0", 384)
    assert result.notes == (
        "The weights of EfficientNetV2-S could not be had on this machine: EfficientNet-Lite0 was trained instead.",
    )
