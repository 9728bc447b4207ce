"""Training again from a manifest, with the stored images that it names, and whether the same came of it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage

from labeling.files import original_name
from labeling.models import Image, TagType
from training.engine.config import ImageConfig, JobConfig, RegionConfig, SettledConfig, TagConfig
from training.engine.result import read_result
from training.engine_process import Event, run_engine
from training.job_folder import ENGINE_TAG_TYPES, local_file
from training.manifest_record import Manifest
from training.model_differences import ModelDifference, compare_models
from training.models import Iteration

ROWS_AT_ONCE = 500


class CannotRetrain(Exception):
    """Something that the manifest names is not here; the message says what, and what to do."""


@dataclass(frozen=True)
class Retrained:
    """The model that came of it, beside what the manifest says.

    `difference` is from the iteration's own model; None where that is not here. `surroundings` are what is unlike the
    first training, in words: with any of them, weights may differ in their last digits.
    """

    model: Path
    sha256: str
    is_same_file: bool
    difference: ModelDifference | None
    surroundings: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether the weights are the same bit for bit."""
        return self.is_same_file or (self.difference is not None and self.difference.is_none)


def retrain(manifest: Manifest, project_id: UUID, folder: Path, on_event: Callable[[Event], None]) -> Retrained:
    """Train in `folder`, which must be empty, with images of the project; nothing in the database changes.

    Raises CannotRetrain, and what `run_engine` raises.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise CannotRetrain(f"{folder} is not empty: give another folder.")
    config = _job(manifest, project_id, folder)
    (folder / "job.json").write_text(config.model_dump_json())
    run_engine(folder.resolve(), on_event, lambda: None)
    result = read_result((folder / "result.json").read_bytes())
    model = folder / result.model.file
    return Retrained(
        model=model,
        sha256=result.model.sha256,
        is_same_file=result.model.sha256 == manifest.artifact.sha256,
        difference=_difference(manifest, model, folder),
        surroundings=_unlike(manifest, result.versions, result.processor, result.device, result.threads),
    )


def _job(manifest: Manifest, project_id: UUID, folder: Path) -> JobConfig:
    training, steps = manifest.training, manifest.training.steps
    if not training.weights.sha256 or not training.threads:
        raise CannotRetrain("The manifest does not say which weights or how many threads: it was made by hand.")
    return JobConfig(
        schema_version=1,
        task=training.task,
        recipe=training.domain.id,
        training_type="advanced" if training.training_type == "Advanced" else "quick",
        budget_seconds=None,
        seed=training.seed,
        threads=training.threads,
        device="cuda" if training.device.startswith("cuda") else "cpu",
        weights_dir=settings.SIGHTLINE_WEIGHTS or None,
        checkpoint_dir=None,
        tags=tuple(
            TagConfig(id=tag.id, name=tag.name, type=ENGINE_TAG_TYPES[TagType(tag.type)]) for tag in manifest.data.tags
        ),
        images=_images(manifest, project_id, folder / "images"),
        base_model=_base_model(manifest, folder / "base"),
        settled=SettledConfig(
            weights_sha256=training.weights.sha256,
            larger_input=steps.larger_input,
            epochs=steps.epochs,
            split_steps=steps.split_steps,
            final_steps=steps.final_steps,
        ),
    )


def _images(manifest: Manifest, project_id: UUID, cache: Path) -> tuple[ImageConfig, ...]:
    """The images by their bytes, whatever their ids are here. Raises CannotRetrain where one is missing or damaged."""
    wanted = {image.sha256 for image in manifest.data.images}
    names = _stored_names(project_id, sorted(wanted))
    missing = wanted - names.keys()
    if missing:
        raise CannotRetrain(
            f"{len(missing)} of {len(wanted)} images are not in this project, {min(missing)[:12]} among them:"
            " add them again, or name the project that has them."
        )
    images = []
    for image in manifest.data.images:
        path = local_file(names[image.sha256], cache)
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != image.sha256:
            raise CannotRetrain(f"The stored file of image {image.sha256[:12]} is missing or damaged: add it again.")
        regions = tuple(RegionConfig.model_validate(region.model_dump()) for region in image.regions)
        images.append(ImageConfig(id=image.id, file=str(path), tags=image.tags, regions=regions))
    return tuple(images)


def _stored_names(project_id: UUID, digests: list[str]) -> dict[str, str]:
    names = {}
    for start in range(0, len(digests), ROWS_AT_ONCE):
        rows = Image.objects.filter(project_id=project_id, sha256__in=digests[start : start + ROWS_AT_ONCE])
        for sha256, media_type in rows.values_list("sha256", "media_type"):
            names[sha256] = original_name(project_id, sha256, media_type)
    return names


def _base_model(manifest: Manifest, cache: Path) -> str | None:
    base = manifest.iteration.base
    if base is None:
        return None
    name = _stored_model(base.artifact_sha256)
    if name is None:
        raise CannotRetrain(f"The model of {base.name}, which the training started from, is not here any more.")
    return str(local_file(name, cache))


def _stored_model(sha256: str) -> str | None:
    """Storage name of a model by its bytes."""
    iterations = Iteration.objects.filter(artifact_sha256=sha256, deleted__isnull=True).exclude(artifact="")
    name = iterations.values_list("artifact", flat=True).first()
    return name if name is not None and default_storage.exists(name) else None


def _difference(manifest: Manifest, model: Path, folder: Path) -> ModelDifference | None:
    name = _stored_model(manifest.artifact.sha256)
    return compare_models(local_file(name, folder / "first"), model) if name is not None else None


def _unlike(manifest: Manifest, versions: dict[str, str], processor: str, device: str, threads: int) -> tuple[str, ...]:
    training = manifest.training
    pairs = [
        *((name, training.versions.get(name, "unknown"), now) for name, now in sorted(versions.items())),
        ("processor", training.processor or "unknown", processor),
        ("device", training.device, device),
        ("threads", str(training.threads), str(threads)),
    ]
    return tuple(f"{name}: {before} then, {now} now" for name, before, now in pairs if before != now)
