"""Labels of real photos flipped on purpose: how many of them the queue of likely label errors finds."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.engine.config import ImageConfig, JobConfig, TagConfig
from training.errors.label_errors import label_errors

ROOT = Path(__file__).resolve().parent.parent
GENERAL = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"
FLIPPED = 0.05


def label_errors_found(folder: Path, draws: int, cleanlab_folder: Path | None) -> dict[str, Any]:
    """Share of the flips among the first 2n of each order, over all draws; n is the number of flips of a draw.

    Each draw is a Quick training by the shipped engine on all images, whose held-out scores are the out-of-fold ones.
    """
    if not (folder / "annotations.json").is_file():
        return {"skipped": f"There is no {folder / 'annotations.json'}; give the image sets' folder by --data."}
    annotations = json.loads((folder / "annotations.json").read_text())
    judges = _cleanlab(cleanlab_folder)
    found: dict[str, list[float]] = {}
    flips = 0
    for seed in range(draws):
        given, is_flipped, probabilities = _draw(folder, annotations, seed)
        flips = int(is_flipped.sum())
        orders = {"queue": label_errors(given, probabilities, multiclass=True).order}
        orders |= {name: judge(given.argmax(axis=1), probabilities) for name, judge in judges.items()}
        for name, order in orders.items():
            found.setdefault(name, []).append(float(is_flipped[order[: 2 * flips]].sum()) / flips)
        found.setdefault("random", []).append(2 * flips / len(given))
    figures: dict[str, Any] = {name: round(float(np.mean(each)), 4) for name, each in found.items()}
    if not judges:
        figures["cleanlab"] = "not installed: pip install --target FOLDER cleanlab, then --cleanlab FOLDER"
    return {**figures, "images": len(annotations["images"]), "flipsADraw": flips, "draws": draws}


def _draw(
    folder: Path, annotations: dict[str, Any], seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float32]]:
    """Labels as they are given, which of them are flipped, and out-of-fold probabilities; rows are images."""
    classes, images = annotations["classes"], annotations["images"]
    chance = np.random.default_rng(seed)
    labels = np.array([classes.index(entry["tags"][0]) for entry in images])
    flipped = chance.choice(len(images), round(FLIPPED * len(images)), replace=False)
    labels[flipped] = (labels[flipped] + chance.integers(1, len(classes), len(flipped))) % len(classes)
    job = JobConfig(
        task="multiclass",
        recipe=GENERAL,
        training_type="quick",
        seed=seed,
        tags=tuple(TagConfig(id=name, name=name) for name in classes),
        images=tuple(
            ImageConfig(
                id=entry["file"], file=str((folder / "images" / entry["file"]).resolve()), tags=(classes[label],)
            )
            for entry, label in zip(images, labels, strict=True)
        ),
    )
    with tempfile.TemporaryDirectory(prefix="sightline-flips-") as temporary:
        (Path(temporary) / "job.json").write_text(job.model_dump_json())
        command = [sys.executable, "-m", "training.engine", temporary]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with np.load(Path(temporary) / "scores.npz") as scores:
            row_of = {str(image_id): row for row, image_id in enumerate(scores["image_ids"])}
            probabilities = scores["scores"]
    kept = [place for place, entry in enumerate(images) if entry["file"] in row_of]
    rows = [row_of[images[place]["file"]] for place in kept]
    is_flipped = np.isin(kept, flipped)
    return np.eye(len(classes), dtype=bool)[labels[kept]], is_flipped, probabilities[rows]


def _cleanlab(folder: Path | None) -> dict[str, Any]:
    """cleanlab's own orders, where it is installed: its ranking of all labels, and its filter's list with that."""
    if folder is not None:
        sys.path.append(str(folder))
    try:
        from cleanlab.filter import find_label_issues  # type: ignore[import-not-found, unused-ignore]
        from cleanlab.rank import order_label_issues  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return {}

    def ranking(labels: NDArray[np.intp], probabilities: NDArray[np.float32]) -> NDArray[np.intp]:
        everything = np.ones(len(labels), dtype=bool)
        return np.asarray(order_label_issues(everything, labels, _sure(probabilities)))

    def filtered(labels: NDArray[np.intp], probabilities: NDArray[np.float32]) -> NDArray[np.intp]:
        return np.asarray(
            find_label_issues(labels, _sure(probabilities), return_indices_ranked_by="self_confidence", n_jobs=1)
        )

    return {"cleanlabRanking": ranking, "cleanlabFilter": filtered}


def _sure(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Rows that add up to one as exactly as cleanlab wants it."""
    exact = probabilities.astype(np.float64)
    return exact / exact.sum(axis=1, keepdims=True)
