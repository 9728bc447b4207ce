"""The runtime on small real artifacts."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.runtime import ArtifactRefused, Label, Model
from portal.imaging import RESIZE_RULE, ImageRejected
from tests.inference.artifacts import RED_GREEN_BLUE, make_artifact, write_artifact
from tests.intake.granian_process import ROOT


def png(color: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (50, 40), color).save(buffer, "PNG")
    return buffer.getvalue()


def softmax(logits: list[float]) -> np.ndarray:
    powers = np.exp(np.array(logits, np.float64))
    return powers / powers.sum()


def test_metadata_is_read(tmp_path: Path) -> None:
    model = Model.load(write_artifact(tmp_path / "model.onnx"))
    assert model.metadata.task == "multiclass"
    assert model.metadata.input_size == 32
    assert model.metadata.resize_rule == RESIZE_RULE
    assert model.metadata.labels == tuple(Label(*entry) for entry in RED_GREEN_BLUE)


def test_prediction_is_ranked_and_exact() -> None:
    model = Model.load(make_artifact())
    ranked = model.predict(png((51, 255, 102)))
    wanted = softmax([8 * 51 / 255, 8.0, 8 * 102 / 255])
    assert [entry.name for entry in ranked] == ["grün", "none", "red"]
    assert [entry.type for entry in ranked] == ["regular", "negative", "regular"]
    assert [entry.id[0] for entry in ranked] == ["2", "3", "1"]
    assert np.allclose([entry.probability for entry in ranked], wanted[[1, 2, 0]], atol=1e-6)


def test_rows_of_a_batch_are_what_each_gives_alone() -> None:
    model = Model.load(make_artifact())
    pixels = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    together = model.classify(pixels)
    assert together.shape == (5, 3)
    assert together.dtype == np.float32
    for index in range(5):
        assert np.array_equal(model.classify(pixels[index : index + 1])[0], together[index])
    assert model.classify(pixels[:0]).shape == (0, 3)


def test_equal_probabilities_stay_in_label_order() -> None:
    model = Model.load(make_artifact())
    assert [entry.name for entry in model.predict(png((90, 90, 90)))] == ["red", "grün", "none"]


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"sightline.schema": "2"}, "schema '2'"),
        ({"sightline.schema": None}, "not made by Sightline"),
        ({"sightline.resize_rule": "crop"}, "resize rule 'crop'"),
        ({"sightline.resize_rule": None}, "lacks sightline.resize_rule"),
        ({"sightline.task": "poetry"}, "'poetry'"),
        ({"sightline.input_size": "64"}, r"\[1, 3, 64, 64\]"),
        ({"sightline.input_size": "large"}, "cannot be read"),
        ({"sightline.labels": "[]"}, "0 labels"),
        ({"sightline.labels": "[{}]"}, "cannot be read"),
    ],
)
def test_unknown_artifacts_are_refused_with_the_cause(properties: dict[str, str], words: str) -> None:
    with pytest.raises(ArtifactRefused, match=words):
        Model.load(make_artifact(properties=properties))


def test_garbage_is_refused() -> None:
    with pytest.raises(ArtifactRefused, match="cannot load"):
        Model.load(b"not a model")


def test_pixels_of_a_wrong_shape_are_an_error() -> None:
    model = Model.load(make_artifact())
    with pytest.raises(ValueError, match="uint8"):
        model.classify(np.zeros((1, 16, 16, 3), np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        model.classify(np.zeros((1, 32, 32, 3), np.float32))


def test_a_bad_image_is_rejected() -> None:
    with pytest.raises(ImageRejected):
        Model.load(make_artifact()).predict(b"text named .jpg")


def test_the_leaves_need_neither_django_nor_torch() -> None:
    program = "import sys, inference.runtime, portal.imaging; print({'django', 'torch', 'onnx'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "module", ["inference.runtime", "training.exporting.reader.predict", "training.exporting.folding"]
)
def test_onnx_runtime_reports_to_nobody(module: str, tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"}
    program = f"import {module}, onnxruntime, os; print(len(os.listdir('/proc/self/task')))"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment, cwd=ROOT
    )
    assert found.stdout.strip() == "1"  # its reporter is a thread, which keeps a database below the home
    assert list(tmp_path.iterdir()) == []
