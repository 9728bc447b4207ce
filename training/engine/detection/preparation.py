"""Everything that a detector's training starts from: weights, images, boxes, the split."""

import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from portal.cores import usable_cores
from portal.imaging import decode_for_model
from training.engine.config import ImageConfig, JobConfig
from training.engine.detection.base_model import BaseModel, read_base
from training.engine.detection.recipes import (
    COCO_MOBILENET,
    COCO_SMALLEST_PIXELS,
    DetectionRecipe,
    detection_recipe_of,
    detector_title,
)
from training.engine.detection.sizes import input_size, small_side
from training.engine.detection.steps import ENOUGH_TO_SHIP_THE_SPLIT
from training.engine.detection.truth import Boxes, boxes_of, presence
from training.engine.errors import TrainingError
from training.engine.folds import Folds, make_folds, near_duplicate_groups
from training.engine.images import LARGEST_UNREADABLE_SHARE, ImageReader, Pixels
from training.engine.progress import Progress
from training.engine.thumbnails import thumbnail
from training.engine.weights import Weights, exact_weights, weights_or_stand_in

FOLDS = 5
_PIXELS_KEPT_BYTES = 1 << 30


@dataclass(frozen=True)
class DetectionPlan:
    """What will be trained on what: settled before an image is read."""

    job: JobConfig
    folder: Path
    recipe: DetectionRecipe
    weights: Weights
    base: BaseModel | None
    input_size: int
    window: int
    threads: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PreparedDetection:
    """A plan with its readable images [n], their boxes and the split: fold 0 is held out."""

    plan: DetectionPlan
    images: tuple[ImageConfig, ...]
    skipped: tuple[ImageConfig, ...]
    boxes: tuple[Boxes, ...]
    folds: Folds
    source: "PixelStore"
    images_per_second: float

    @property
    def held_out(self) -> NDArray[np.intp]:
        """Rows that the judged model does not train on."""
        return np.flatnonzero(self.folds.fold == 0)

    @property
    def ships_the_split(self) -> bool:
        """Whether the judged model is the one that ships."""
        return len(self.images) >= ENOUGH_TO_SHIP_THE_SPLIT


class PixelStore:
    """Pixels uint8 [S, S, 3] by row, as served; read again when they do not all fit into memory. Thread-safe."""

    def __init__(self, folder: Path, images: tuple[ImageConfig, ...], size: int) -> None:
        self._folder = folder
        self._images = images
        self._size = size
        self._most = max(1, _PIXELS_KEPT_BYTES // (size * size * 3))
        self._kept: dict[int, Pixels] = {}
        self._lock = Lock()

    def __call__(self, row: int) -> Pixels:
        with self._lock:
            if row in self._kept:
                return self._kept[row]
        pixels = decode_for_model((self._folder / self._images[row].file).read_bytes(), self._size)
        self.keep(row, pixels)
        return pixels

    def keep(self, row: int, pixels: Pixels) -> None:
        """Keep pixels that were read elsewhere; past the limit nothing more is kept."""
        with self._lock:
            if len(self._kept) < self._most:
                self._kept[row] = pixels


def make_plan(job: JobConfig, folder: Path) -> DetectionPlan:
    """Settle recipe, weights, input size and threads. Raises TrainingError where one cannot be had."""
    try:
        recipe = detection_recipe_of(job.recipe)
    except KeyError:
        raise TrainingError(
            f"There is no recipe for the domain {job.recipe}.", "Choose another domain for the project."
        ) from None
    boxes = boxes_of(job, job.images)
    size = input_size(boxes, recipe.input_sizes)
    base = read_base(Path(job.base_model)) if job.base_model is not None else None
    weights, notes = _weights(job, recipe, small_side(boxes) * size, base)
    if len(recipe.input_sizes) > 1:
        notes += (f"An input of {size} px was chosen: one box in ten is {small_side(boxes) * size:.0f} px or less.",)
    return DetectionPlan(
        job=job,
        folder=folder,
        recipe=recipe,
        weights=weights,
        base=base,
        input_size=size,
        window=min(size, recipe.window_pixels),
        threads=job.threads or usable_cores(),
        notes=notes,
    )


def _weights(
    job: JobConfig, recipe: DetectionRecipe, small_side_pixels: float, base: BaseModel | None
) -> tuple[Weights, tuple[str, ...]]:
    if base is None and job.settled is not None:
        return exact_weights(recipe.backbone, recipe.stand_in, job.weights_dir, job.settled.weights_sha256), ()
    if base is None:
        is_too_coarse = recipe.backbone is COCO_MOBILENET and small_side_pixels < COCO_SMALLEST_PIXELS
        backbone = recipe.stand_in if is_too_coarse else recipe.backbone
        return weights_or_stand_in(backbone, recipe.stand_in, job.weights_dir, detector_title)
    backbones = {each.name: each for each in (recipe.backbone, recipe.stand_in)}
    if base.backbone not in backbones:
        raise TrainingError(
            "The iteration that this training starts from has another network.",
            "Train that iteration again, or train without it.",
        )
    if job.settled is not None and job.settled.weights_sha256 != base.sha256:
        raise TrainingError(
            "The iteration that this training starts from has another model than before.",
            "Bring back the model that the manifest names, or train without it.",
        )
    path = Path(str(job.base_model))
    return Weights(backbones[base.backbone], path, "the iteration that it starts from", base.sha256), ()


def prepare(plan: DetectionPlan, progress: Progress, start_percent: float, end_percent: float) -> PreparedDetection:
    """Read all images once, and split them. Raises TrainingError where what cannot be read leaves too little."""
    job = plan.job
    started = time.monotonic()
    store_rows: list[Pixels] = []
    thumbnails, images, skipped = [], [], []
    limit = _PIXELS_KEPT_BYTES // (plan.input_size**2 * 3)
    for index, pixels in ImageReader(plan.folder, plan.input_size, plan.threads).read(job.images):
        if pixels is None:
            skipped.append(job.images[index])
            continue
        images.append(job.images[index])
        thumbnails.append(thumbnail(pixels))
        if len(store_rows) < limit:
            store_rows.append(pixels)
        elapsed = time.monotonic() - started
        progress.tell(
            "Reading images",
            start_percent + (end_percent - start_percent) * (index + 1) / len(job.images),
            elapsed / (index + 1) * (len(job.images) - index - 1),
        )
    _require_enough(job, images, skipped)
    source = PixelStore(plan.folder, tuple(images), plan.input_size)
    for row, pixels in enumerate(store_rows):
        source.keep(row, pixels)
    boxes = tuple(boxes_of(job, images))
    groups = near_duplicate_groups(np.stack(thumbnails), np.stack(thumbnails))
    return PreparedDetection(
        plan=plan,
        images=tuple(images),
        skipped=tuple(skipped),
        boxes=boxes,
        folds=make_folds(presence(boxes, len(job.tags)), groups, job.seed, FOLDS),
        source=source,
        images_per_second=len(images) / max(time.monotonic() - started, 1e-6),
    )


def _require_enough(job: JobConfig, images: list[ImageConfig], skipped: list[ImageConfig]) -> None:
    present = presence(boxes_of(job, images), len(job.tags)).sum(axis=0)
    empty = [tag.name for tag, count in zip(job.tags, present, strict=True) if count == 0]
    if skipped and (empty or len(skipped) > LARGEST_UNREADABLE_SHARE * len(job.images)):
        raise TrainingError(
            f"{len(skipped)} of {len(job.images)} images cannot be read, {skipped[0].id} among them.",
            "Check the storage, delete the damaged images, and train again.",
        )
    if empty:
        raise TrainingError(f"No image has a box of {', '.join(empty)}.", "Draw at least 15 images of each tag.")
