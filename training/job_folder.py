"""The folder that one attempt of a training works in."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage

from labeling import files, snapshots
from labeling.models import SnapshotTag, TagType
from portal.domains import DOMAINS, DomainType
from portal.jobs.handlers import JobFailed
from portal.models import ClassificationType
from training.engine.config import ImageConfig, JobConfig, RegionConfig, TagConfig
from training.engine.config import TagType as EngineTagType
from training.models import Iteration, TrainingType
from training.starting import DEFAULT_ADVANCED_BUDGET_HOURS

SECONDS_PER_HOUR = 3600


def training_folders() -> Path:
    """Where this host keeps a folder for each training in work."""
    return Path(settings.SIGHTLINE_DATA).resolve() / "training"


def training_folder(iteration_id: UUID) -> Path:
    """Where this host keeps an iteration's attempts, and the checkpoints that they share."""
    return training_folders() / str(iteration_id)


def prepare(iteration: Iteration, attempt: int, check: Callable[[], None]) -> Path:
    """Make the attempt's folder with `job.json`; images in remote storage are fetched into it once.

    `check` is called between images and ends the work by raising. Raises JobFailed where the base model is gone.
    """
    folder = training_folder(iteration.pk)
    attempt_folder = folder / f"attempt-{attempt}"
    shutil.rmtree(attempt_folder, ignore_errors=True)
    attempt_folder.mkdir(parents=True)
    image_files = []
    for image in snapshots.frozen_images(iteration.pk):
        check()
        name = files.original_name(iteration.project_id, image.sha256, image.media_type)
        image_files.append(
            ImageConfig(
                id=str(image.id),
                file=str(local_file(name, folder / "images")),
                tags=tuple(str(tag_id) for tag_id in image.tag_ids),
                regions=tuple(
                    RegionConfig(
                        tag=str(region.tag_id),
                        left=region.left,
                        top=region.top,
                        width=region.width,
                        height=region.height,
                    )
                    for region in image.regions
                ),
            )
        )
    config = JobConfig(
        schema_version=1,
        task=task_of(iteration),
        recipe=str(iteration.domain_id),
        training_type="advanced" if iteration.training_type == TrainingType.ADVANCED else "quick",
        budget_seconds=_budget_seconds(iteration),
        seed=iteration.seed,
        threads=None,
        device="auto",
        weights_dir=settings.SIGHTLINE_WEIGHTS or None,
        checkpoint_dir=str(folder / "checkpoints"),
        tags=tuple(
            TagConfig(id=str(tag.tag_id), name=tag.name, type=ENGINE_TAG_TYPES[TagType(tag.type)])
            for tag in SnapshotTag.objects.filter(snapshot_id=iteration.pk).order_by("position")
        ),
        images=tuple(image_files),
        base_model=_base_model(iteration, folder),
    )
    (attempt_folder / "job.json").write_text(config.model_dump_json())
    return attempt_folder


ENGINE_TAG_TYPES: dict[TagType, EngineTagType] = {
    TagType.REGULAR: "regular",
    TagType.NEGATIVE: "negative",
    TagType.GENERAL_PRODUCT: "general_product",
}


def task_of(iteration: Iteration) -> Literal["multiclass", "multilabel", "detection"]:
    """What the engine is asked to train."""
    if DOMAINS[iteration.domain_id].type is DomainType.OBJECT_DETECTION:
        return "detection"
    return "multiclass" if iteration.classification_type == ClassificationType.MULTICLASS else "multilabel"


def _budget_seconds(iteration: Iteration) -> int | None:
    if iteration.training_type != TrainingType.ADVANCED:
        return None
    return (iteration.budget_hours or DEFAULT_ADVANCED_BUDGET_HOURS) * SECONDS_PER_HOUR


def _base_model(iteration: Iteration, folder: Path) -> str | None:
    """The artifact that the training starts from, as a file on this host. Raises JobFailed where it is gone."""
    job = iteration.job
    if job is None or "base_iteration_id" not in job.arguments:
        return None
    base = iteration.base_iteration
    if base is None or base.deleted is not None or not default_storage.exists(base.artifact):
        raise JobFailed(
            "The iteration that this training starts from was deleted.", "Train again, from another or from none."
        )
    return str(local_file(base.artifact, folder / "base"))


def local_file(name: str, cache: Path) -> Path:
    """The stored file as a path on this host: itself where storage is a folder, else a copy in `cache`."""
    try:
        return Path(default_storage.path(name)).resolve()
    except NotImplementedError:
        copy = cache / Path(name).name
        if not copy.exists():
            cache.mkdir(parents=True, exist_ok=True)
            partial = copy.with_suffix(copy.suffix + ".part")
            with default_storage.open(name, "rb") as source, partial.open("wb") as target:
                shutil.copyfileobj(source, target)
            partial.rename(copy)
        return copy
