"""Exported models against the prediction URL's answers, over 50 pictures, read in two ways.

    python benchmarks/export_agreement.py [--sets trashnet bccd] [--artifacts FOLDER]

`as_metadata_says` is the reader that the ZIP brings; `plain` opens and resizes as Pillow does when told nothing. Of
boxes those of probability 0.1 and more count, each against the nearest of its tag. Trains by the engine, or takes
`SET.onnx` out of a folder. The last line is one JSON object.
"""

import argparse
import importlib.util
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from benchmarks._detection_sets import default_data  # noqa: E402
from inference.runtime import Prediction, load_model  # noqa: E402
from portal.imaging import decode_for_model  # noqa: E402
from tests.plain_readers import PlainReader  # noqa: E402
from training.exporting.archive import PackageFacts, build_package  # noqa: E402
from training.exporting.flavors import FLAVORS, Flavor  # noqa: E402

PICTURES = 50
LEAST_PROBABILITY = 0.1
ALLOWED = 1e-3
CLASSIFICATION, DETECTION = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31", "da2e3a8a-40a5-4171-82f4-58522f70fbc1"
# Tag, probability, and the corners of a box or nothing.
Found = tuple[str, float, tuple[float, ...]]
Reader = Callable[[bytes], list[Found]]


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=default_data(), help="folder of the image sets")
    parser.add_argument("--sets", nargs="*", default=["trashnet", "playing-cards-multilabel", "bccd"])
    parser.add_argument("--artifacts", type=Path, help="folder of trained models, SET.onnx")
    options = parser.parse_args()
    if options.data is None:
        print(json.dumps({"skipped": "The image sets are absent; give their folder by --data."}))
        return
    report = {}
    for name in options.sets:
        report[name] = _measure(options, name)
        print(f"{name}: {json.dumps(report[name])}", file=sys.stderr, flush=True)
    exact = [
        figures["as_metadata_says"]["largest"]
        for of_set in report.values()
        for flavor, figures in of_set.items()
        if "Float16" not in flavor
    ]
    print(json.dumps({"passed": max(exact) <= ALLOWED, "pictures": PICTURES, "sets": report}))


def _measure(options: argparse.Namespace, name: str) -> dict[str, Any]:
    annotations = json.loads((options.data / name / "annotations.json").read_text())
    kept = options.artifacts / f"{name}.onnx" if options.artifacts else None
    artifact = kept.read_bytes() if kept else _train(options.data / name, annotations)
    entries = sorted(annotations["images"], key=lambda entry: (entry["split"] != "test", entry["file"]))
    pictures = [(options.data / name / "images" / entry["file"]).read_bytes() for entry in entries[:PICTURES]]
    served = load_model(artifact)
    expected = [[_found(prediction) for prediction in served.predict(picture)] for picture in pictures]
    return {flavor.name or "ONNX": _compare(artifact, flavor, pictures, expected) for flavor in FLAVORS}


def _compare(
    artifact: bytes, flavor: Flavor, pictures: Sequence[bytes], expected: Sequence[Sequence[Found]]
) -> dict[str, Any]:
    facts = PackageFacts("benchmark", uuid4(), "Iteration 1", "any", "ONNX", flavor.name, "any", datetime.now(UTC))
    package = build_package(
        artifact, flavor, facts, lambda size: [decode_for_model(each, size) for each in pictures[:4]]
    )
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive, tempfile.TemporaryDirectory() as folder:
        archive.extractall(folder)
        readers = {"as_metadata_says": _own_reader(Path(folder)), "plain": _plain_reader(PlainReader(archive))}
        figures = {name: _figures(expected, [read(each) for each in pictures]) for name, read in readers.items()}
    return {"zip_bytes": len(package.content), **figures}


def _figures(expected: Sequence[Sequence[Found]], found: Sequence[Sequence[Found]]) -> dict[str, Any]:
    apart = [each for one, other in zip(expected, found, strict=True) for each in _apart(one, other)]
    same_top = [
        max(one, key=_probability)[0] == max(other, key=_probability)[0]
        for one, other in zip(expected, found, strict=True)
        if one and other
    ]
    return {
        "largest": float(f"{max(apart):.2g}"),
        "mean": float(f"{np.mean(apart):.2g}"),
        "beyond_0.05": f"{sum(each > 0.05 for each in apart)} of {len(apart)}",
        "same_top_tag": f"{sum(same_top)} of {len(same_top)}",
    }


def _probability(found: Found) -> float:
    return found[1]


def _apart(one: Sequence[Found], other: Sequence[Found]) -> list[float]:
    """How far each is from its like: a tag's probability, or the nearest box of the tag, sides and probability."""
    differences = []
    for tag, probability, corners in one:
        if corners and probability < LEAST_PROBABILITY:
            continue
        like = [
            max([abs(probability - p), *(abs(a - b) for a, b in zip(corners, box, strict=True))])
            for name, p, box in other
            if name == tag
        ]
        differences.append(min([probability, *like]) if corners else like[0])
    return differences


def _found(prediction: Prediction) -> Found:
    box = prediction.box
    corners = (box.left, box.top, box.left + box.width, box.top + box.height) if box else ()
    return prediction.name, prediction.probability, corners


def _own_reader(folder: Path) -> Reader:
    """The program in the ZIP, from where the ZIP was unpacked."""
    spec = importlib.util.spec_from_file_location("exported_reader", folder / "python" / "predict.py")
    assert spec is not None
    assert spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    reader = program.Reader(folder / "model.onnx", folder / "labels.txt")
    return lambda picture: [
        (each["tag"], each["probability"], tuple(each.get("box", ()))) for each in reader.predict(picture)
    ]


def _plain_reader(reader: PlainReader) -> Reader:
    if len(reader.session.get_outputs()) == 1:
        return lambda picture: [(tag, probability, ()) for tag, probability in reader.classify(picture).items()]
    return reader.detect


def _train(folder: Path, annotations: dict[str, Any]) -> bytes:
    """Quick, on the train split, by `python -m training.engine`."""
    task = annotations["task"]
    is_detection = task == "detection"
    images = [
        {"id": entry["file"], "file": str((folder / "images" / entry["file"]).resolve())}
        | ({"regions": entry["regions"]} if is_detection else {"tags": entry["tags"]})
        for entry in annotations["images"]
        if entry["split"] == "train"
    ]
    job = {
        "task": task,
        "recipe": DETECTION if is_detection else CLASSIFICATION,
        "training_type": "quick",
        "device": "cpu",
        "tags": [{"id": tag, "name": tag, "type": "regular"} for tag in annotations["classes"]],
        "images": images,
    }
    with tempfile.TemporaryDirectory(prefix="sightline-export-") as temporary:
        (Path(temporary) / "job.json").write_text(json.dumps(job))
        command = [sys.executable, "-m", "training.engine", temporary]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return (Path(temporary) / "model.onnx").read_bytes()


if __name__ == "__main__":
    main()
