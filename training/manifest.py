"""The manifest of an iteration, from its snapshot and its result."""

from typing import Any
from uuid import UUID

from labeling.models import SnapshotTag
from labeling.snapshots import frozen_images
from portal.actors import Actor, require
from portal.domains import DOMAINS
from portal.permissions import Right
from training.job_folder import task_of
from training.manifest_record import (
    Artifact,
    BaseIteration,
    Data,
    IterationFacts,
    Manifest,
    ManifestImage,
    ManifestRegion,
    ManifestTag,
    NamedId,
    Steps,
    Training,
    Weights,
)
from training.models import ImageDetections, ImageScore, Iteration
from training.performance import is_detection, require_trained

# What is measured on the way; the rest of a result is how it came to be.
_MEASURED = (
    "held_out",
    "candidates",
    "temperature",
    "score_slope",
    "score_shifts",
    "epochs",
    "agreement",
    "images_per_second",
    "elapsed_seconds",
    "peak_memory_mb",
    "notes",
)
_HELD_OUT_FOLD = 0
CLASSIFIER_SPLIT = "folds: each image was scored by a model that was trained on the other folds"
DETECTOR_SPLIT = "held out: fold 0 was searched by a model that was trained on the other images"


def iteration_manifest(actor: Actor, iteration: Iteration) -> Manifest:
    """The manifest of a completed iteration (eight queries). Raises Refusal `BadRequestIterationIsNotTrained`."""
    require(actor, Right.VIEW, iteration.project)
    require_trained(iteration)
    result = iteration.result
    model: dict[str, Any] = result.get("model") or {}
    return Manifest(
        project=NamedId(id=str(iteration.project_id), name=iteration.project.name),
        iteration=IterationFacts(
            id=str(iteration.pk),
            number=iteration.number,
            name=iteration.name,
            created=iteration.created.isoformat(),
            trained=iteration.trained.isoformat() if iteration.trained else "",
            base=_base(iteration),
        ),
        training=_training(iteration, result),
        data=_data(iteration),
        artifact=Artifact(sha256=iteration.artifact_sha256, size_bytes=int(model.get("size_bytes", 0))),
        measured={name: result[name] for name in _MEASURED if name in result}
        | ({"forward_ms": model["forward_ms"]} if "forward_ms" in model else {}),
    )


def manifest_file_name(iteration: Iteration) -> str:
    """What the download is called."""
    return f"iteration-{iteration.number}-manifest.json"


def _base(iteration: Iteration) -> BaseIteration | None:
    base = iteration.base_iteration
    if base is None:
        return None
    return BaseIteration(
        id=str(base.pk), name=base.name, project_id=str(base.project_id), artifact_sha256=base.artifact_sha256
    )


def _training(iteration: Iteration, result: dict[str, Any]) -> Training:
    domain = DOMAINS[iteration.domain_id]
    return Training(
        task=task_of(iteration),
        domain=NamedId(id=str(domain.id), name=domain.name),
        training_type="Advanced" if iteration.training_type == "Advanced" else "Regular",
        budget_hours=iteration.budget_hours,
        recipe=str(result.get("recipe", "")),
        input_size=int(result.get("input_size", 0)),
        trained_layers=str(result.get("trained_layers", "")),
        shipped=str(result.get("shipped", "")),
        stopped_by=str(result.get("stopped_by", "")),
        seed=iteration.seed,
        steps=_steps(iteration, result),
        weights=Weights(
            backbone=str(result.get("backbone", "")),
            sha256=str(result.get("weights_sha256", "")),
            source=str(result.get("weights_source", "")),
        ),
        threads=int(result.get("threads", 0)),
        device=str(result.get("device", "")),
        processor=str(result.get("processor", "")),
        versions=dict(result.get("versions") or {}),
    )


def _steps(iteration: Iteration, result: dict[str, Any]) -> Steps:
    schedule: dict[str, Any] = result.get("schedule") or {}
    if is_detection(iteration):
        return Steps(split_steps=int(schedule.get("split_steps", 0)), final_steps=int(schedule.get("final_steps", 0)))
    if schedule:
        return Steps(larger_input=bool(schedule["larger_input"]), epochs=int(schedule["epochs"]))
    # Results of earlier versions do not say it, but what was tried and drawn does.
    is_tuned = result.get("shipped") in ("fine-tuned", "mean") and iteration.curve
    return Steps(
        larger_input=any(name.startswith("probe at") for name in result.get("candidates") or {}),
        epochs=int(iteration.curve[0]["epochs"]) if is_tuned else 0,
    )


def _data(iteration: Iteration) -> Data:
    fold_of: dict[UUID, int]
    if is_detection(iteration):
        held_out = ImageDetections.objects.filter(iteration=iteration).values_list("image_id", flat=True)
        fold_of = dict.fromkeys(held_out, _HELD_OUT_FOLD)
    else:
        fold_of = dict(ImageScore.objects.filter(iteration=iteration).values_list("image_id", "fold"))
    return Data(
        snapshot_digest=iteration.snapshot.digest,
        split=DETECTOR_SPLIT if is_detection(iteration) else CLASSIFIER_SPLIT,
        tags=tuple(
            ManifestTag.model_validate({"id": str(tag.tag_id), "name": tag.name, "type": tag.type})
            for tag in SnapshotTag.objects.filter(snapshot_id=iteration.pk).order_by("position")
        ),
        images=tuple(
            ManifestImage(
                id=str(image.id),
                sha256=image.sha256,
                media_type=image.media_type,
                tags=tuple(str(tag_id) for tag_id in image.tag_ids),
                regions=tuple(
                    ManifestRegion(
                        tag=str(region.tag_id),
                        left=region.left,
                        top=region.top,
                        width=region.width,
                        height=region.height,
                    )
                    for region in image.regions
                ),
                fold=fold_of.get(image.id),
            )
            for image in frozen_images(iteration.pk)
        ),
        unreadable_images=tuple(iteration.result.get("skipped_images") or ()),
    )
