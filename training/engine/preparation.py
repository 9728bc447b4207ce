"""Everything that a training starts from: backbone, features, truth and folds."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from portal.cores import usable_cores
from training.engine import graph
from training.engine.cache import cache_folder
from training.engine.config import ImageConfig, JobConfig
from training.engine.errors import TrainingError
from training.engine.features import FeatureExtractor, ImageFeatures, extract
from training.engine.folds import Folds, make_folds, near_duplicate_groups
from training.engine.images import ImageReader, require_enough, targets_of
from training.engine.probe import Task
from training.engine.progress import Progress
from training.engine.recipes import Backbone, Pooling, Recipe, recipe_of
from training.engine.weights import Weights, exact_weights, weights_or_stand_in

# Above this many images mirrored copies add cost and memory, and no accuracy.
MIRRORED_UP_TO_IMAGES = 4000


@dataclass(frozen=True)
class Plan:
    """What will be trained on what: settled before an image is read."""

    job: JobConfig
    folder: Path
    recipe: Recipe
    weights: Weights
    size: int
    pooling: Pooling
    threads: int
    notes: tuple[str, ...]

    @property
    def backbone(self) -> Backbone:
        return self.weights.backbone

    @property
    def task(self) -> Task:
        """The job's task, which is one of classification."""
        if self.job.task == "detection":
            raise ValueError("a detection job has no classifier")
        return self.job.task

    @property
    def blocks(self) -> int:
        """Parts of different scale that the features have."""
        return 2 if self.pooling == "mean+max" else 1

    @property
    def negative(self) -> int | None:
        """The negative tag's place, or None."""
        return next((index for index, tag in enumerate(self.job.tags) if tag.type == "negative"), None)


@dataclass(frozen=True)
class Prepared:
    """A plan with its readable images [n], their features, truth [n, tags] and folds."""

    plan: Plan
    features_graph: onnx.ModelProto
    features: ImageFeatures
    images: tuple[ImageConfig, ...]
    truth: NDArray[np.bool_]
    folds: Folds
    images_per_second: float


def make_plan(job: JobConfig, folder: Path) -> Plan:
    """Settle recipe, weights and threads. Raises TrainingError where one cannot be had."""
    if job.base_model is not None:
        raise TrainingError(
            "Training from an earlier iteration's model is not supported.", "Train without a base model."
        )
    try:
        recipe = recipe_of(job.recipe)
    except KeyError:
        raise TrainingError(
            f"There is no recipe for the domain {job.recipe}.", "Choose another domain for the project."
        ) from None
    notes: tuple[str, ...] = ()
    if job.settled is not None:
        wanted = job.settled.weights_sha256
        weights = exact_weights(recipe.backbone, recipe.stand_in, job.weights_dir, wanted)
    else:
        weights, notes = weights_or_stand_in(recipe.backbone, recipe.stand_in, job.weights_dir)
    return Plan(
        job=job,
        folder=folder,
        recipe=recipe,
        weights=weights,
        size=recipe.input_size(job.task),
        pooling=recipe.pooling(job.task),
        threads=job.threads or usable_cores(),
        notes=notes,
    )


def features_graph_path(plan: Plan) -> Path:
    """The exported extractor of the plan's backbone, out of the cache or made now (imports torch)."""
    path = graph.cached_features_path(cache_folder(), plan.weights.sha256, plan.pooling, plan.size)
    if not path.is_file():
        from training.engine.backbones import Extractor, load_backbone

        network = load_backbone(plan.backbone, plan.weights.path)
        graph.export_features(Extractor(network, plan.pooling), plan.size, path)
    return path


def prepare(plan: Plan, progress: Progress, start_percent: float, end_percent: float) -> Prepared:
    """Read and extract, while progress goes from `start_percent` to `end_percent`.

    Raises TrainingError where what cannot be read leaves too little.
    """
    job = plan.job
    if not job.images:
        require_enough(job, ())
    progress.tell("Loading the backbone", start_percent)
    path = features_graph_path(plan)
    started = time.monotonic()

    features = extract(
        FeatureExtractor(path),
        ImageReader(plan.folder, plan.size, plan.threads),
        job.images,
        mirrored=len(job.images) <= MIRRORED_UP_TO_IMAGES,
        on_image=_teller(progress, len(job.images), (start_percent, end_percent)),
    )
    elapsed = max(time.monotonic() - started, 1e-6)
    require_enough(job, features.unreadable)
    images = tuple(job.images[index] for index in features.readable)
    truth = targets_of(job, images)
    groups = near_duplicate_groups(features.views[:, 0], features.thumbnails)
    return Prepared(
        plan=plan,
        features_graph=onnx.load(str(path)),
        features=features,
        images=images,
        truth=truth,
        folds=make_folds(truth, groups, job.seed),
        images_per_second=len(images) / elapsed,
    )


def _teller(progress: Progress, total: int, percents: tuple[float, float]) -> Callable[[int], None]:
    started = time.monotonic()

    def tell(done: int) -> None:
        seconds_left = (time.monotonic() - started) / done * (total - done)
        first, last = percents
        progress.tell("Reading images", first + (last - first) * done / total, seconds_left)

    return tell
