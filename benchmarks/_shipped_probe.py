"""Features of an image set by the shipped backbone, kept between runs, and the Quick probe exactly as it ships."""

import hashlib
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.engine.cache import atomic_path, cache_folder
from training.engine.calibration import probabilities
from training.engine.candidates import held_out_probe_logits, make_candidate
from training.engine.config import ImageConfig, JobConfig, TagConfig
from training.engine.folds import make_folds, near_duplicate_groups
from training.engine.preparation import make_plan, prepare
from training.engine.probe import Head, fit_probe, soft_targets
from training.engine.progress import Progress

GENERAL = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"
PARTS = ("views", "thumbnails", "truth")


@dataclass(frozen=True)
class ImageSet:
    """`views` [n, v, f] and `thumbnails` [n, t] as a training makes them, `truth` [n, tags]."""

    views: NDArray[np.float32]
    thumbnails: NDArray[np.float32]
    truth: NDArray[np.bool_]
    blocks: int


@dataclass(frozen=True)
class Picture:
    """A file and its tags."""

    file: Path
    tags: tuple[str, ...]


def image_set(pictures: Sequence[Picture], classes: Sequence[str], threads: int) -> ImageSet:
    """What a training makes of the pictures, in their order; out of the cache where it was made before."""
    job = JobConfig(
        task="multiclass",
        recipe=GENERAL,
        threads=threads,
        tags=tuple(TagConfig(id=name, name=name) for name in classes),
        images=tuple(
            ImageConfig(id=str(number), file=str(picture.file.resolve()), tags=picture.tags)
            for number, picture in enumerate(pictures)
        ),
    )
    with tempfile.TemporaryDirectory(prefix="sightline-features-") as folder:
        plan = make_plan(job, Path(folder))
        digest = hashlib.sha256(f"{plan.weights.sha256} {plan.size} {plan.pooling}".encode())
        for picture in pictures:
            digest.update(picture.file.read_bytes() + ",".join(picture.tags).encode())
        kept = cache_folder() / "benchmarks" / f"{digest.hexdigest()[:32]}.npz"
        if not kept.is_file():
            made = prepare(plan, Progress(sys.stderr), 0, 100)
            assert not made.features.unreadable
            with atomic_path(kept) as path:
                np.savez(path, views=made.features.views, thumbnails=made.features.thumbnails, truth=made.truth)
        with np.load(kept) as file:
            return ImageSet(*(file[part] for part in PARTS), blocks=plan.blocks)


def train_probe(images: ImageSet, rows: NDArray[np.intp], seed: int) -> Head:
    """The head that a Quick training on those rows ships: folds, temperature, then all of them."""
    truth = images.truth[rows]
    targets = soft_targets(truth, "multiclass")
    folds = make_folds(truth, near_duplicate_groups(images.views[rows, 0], images.thumbnails[rows]), seed)
    views, turns = _turned(images.views[rows], images.blocks)
    logits = held_out_probe_logits(views, targets, folds, "multiclass", images.blocks)
    temperature = make_candidate("probe", logits, targets, "multiclass").temperature
    head = fit_probe(views, targets, "multiclass", images.blocks).scaled(1 / temperature)
    parts = zip(turns, np.split(head.weights, images.blocks), strict=True)
    return Head(np.concatenate([turn @ weights for turn, weights in parts]), head.biases)


def _turned(views: NDArray[np.float32], blocks: int) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    """The views in no more directions than they span, and the turn of each block.

    A fit depends on their inner products alone, so it comes to the same head, in a quarter of the time.
    """
    count, each, width = views.shape
    parts = views.reshape(count * each, blocks, width // blocks)
    turns = [np.linalg.qr(parts[:, block].T)[0] for block in range(blocks)]
    turned = [parts[:, block] @ turn for block, turn in enumerate(turns)]
    return np.concatenate(turned, axis=1).reshape(count, each, -1), turns


def answers(head: Head, images: ImageSet, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """Probabilities [rows, tags] as the prediction URL gives them."""
    return probabilities(head.logits(images.views[rows, 0]), "multiclass")
