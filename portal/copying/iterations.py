"""Iterations with what they were trained on and judged by, from one project into another."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from labeling.models import Image, Snapshot, SnapshotImage, SnapshotImageTag, SnapshotRegion, SnapshotTag
from labeling.snapshots import delete_snapshot_rows
from portal.copying.artifact import copy_artifact
from portal.copying.copy import TRY_AGAIN, Copy
from portal.copying.digest import snapshot_digest
from portal.jobs.handlers import JobFailed
from portal.models import Project
from training.models import ImageDetections, ImageScore, Iteration, IterationState, LockedTestScore

ROWS_PER_STEP = 1000
Row = TypeVar("Row", bound=Model)


def copied_iterations(source: Project) -> list[Iteration]:
    """The iterations that a copy gets, oldest first: those that are completed."""
    completed = Iteration.objects.filter(project=source, state=IterationState.COMPLETED, deleted__isnull=True)
    return list(completed.select_related("snapshot").order_by("number"))


def copy_iteration(copy: Copy, iteration: Iteration, attempt: int, percent: float) -> None:
    """Copy one iteration; its row is written last, with its scores, so that one that is there is whole."""
    new_id = copy.id_of(iteration.pk)
    if Iteration.objects.filter(pk=new_id).exists():
        return
    stage = f"Copying {iteration.name}"
    copy.tell(stage, percent)
    delete_snapshot_rows(new_id)  # what an attempt before this one left
    images = _copy_snapshot(copy, iteration, lambda: copy.tell(stage, percent))
    artifact, sha256 = _copy_artifact(copy, iteration, attempt)
    digest = snapshot_digest(copy.target, new_id)
    with copy.writing():
        Snapshot.objects.filter(pk=new_id).update(digest=digest)
        _write_iteration(copy, iteration, artifact, sha256)
        for scores in _steps(ImageScore.objects.filter(iteration=iteration)):
            ImageScore.objects.bulk_create(
                ImageScore(
                    iteration_id=new_id,
                    image_id=copy.id_of(score.image_id),
                    fold=score.fold,
                    probabilities=score.probabilities,
                )
                for score in scores
                if score.image_id in images
            )
        for scores_of_test in _steps(LockedTestScore.objects.filter(iteration=iteration)):
            wanted = {score.pk: copy.id_of(score.image_id) for score in scores_of_test}
            there = set(Image.objects.filter(pk__in=wanted.values()).values_list("pk", flat=True))
            LockedTestScore.objects.bulk_create(
                LockedTestScore(iteration_id=new_id, image_id=wanted[score.pk], scores=score.scores)
                for score in scores_of_test
                if wanted[score.pk] in there
            )
        for detections in _steps(ImageDetections.objects.filter(iteration=iteration)):
            ImageDetections.objects.bulk_create(
                ImageDetections(iteration_id=new_id, image_id=copy.id_of(found.image_id), boxes=found.boxes)
                for found in detections
                if found.image_id in images
            )


def _write_iteration(copy: Copy, iteration: Iteration, artifact: str, sha256: str) -> None:
    base_id = copy.id_of(iteration.base_iteration_id) if iteration.base_iteration_id else None
    if base_id is not None and not Iteration.objects.filter(pk=base_id).exists():
        # Of another project, or deleted and kept for what it saw: the original says what the copy has seen.
        base_id = iteration.base_iteration_id
    Iteration.objects.create(
        snapshot_id=copy.id_of(iteration.pk),
        project=copy.target,
        number=iteration.number,
        name=iteration.name,
        state=IterationState.COMPLETED,
        training_type=iteration.training_type,
        budget_hours=iteration.budget_hours,
        domain_id=iteration.domain_id,
        classification_type=iteration.classification_type,
        base_iteration_id=base_id,
        seed=iteration.seed,
        artifact=artifact,
        artifact_sha256=sha256,
        result=_with_new_ids(iteration.result, copy, {str(key) for key in iteration.result.get("skipped_images", ())}),
        curve=iteration.curve,
        created=iteration.created,
        trained=iteration.trained,
        training_seconds=iteration.training_seconds,
    )


def _with_new_ids(value: Any, copy: Copy, ids: set[str]) -> Any:
    """The engine's record, with the copies' ids in place of the images'."""
    if isinstance(value, dict):
        return {name: _with_new_ids(each, copy, ids) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_new_ids(each, copy, ids) for each in value]
    return str(copy.id_of(UUID(value))) if isinstance(value, str) and value in ids else value


def _copy_artifact(copy: Copy, iteration: Iteration, attempt: int) -> tuple[str, str]:
    # The attempt is part of the name: one that lost its lease may still be writing its own.
    target = f"projects/{copy.target.pk}/iterations/{copy.id_of(iteration.pk)}/copied-{attempt}.onnx"
    try:
        return target, copy_artifact(copy, iteration.artifact, target)
    except FileNotFoundError as missing:
        copy.check_source()
        if not Iteration.objects.filter(pk=iteration.pk, deleted__isnull=True).exists():
            raise JobFailed(f"{iteration.name} was deleted while it was being copied.", TRY_AGAIN) from missing
        raise JobFailed(
            f"The model of {iteration.name} is missing in storage.", f"Delete the iteration. {TRY_AGAIN}"
        ) from missing


def _copy_snapshot(copy: Copy, iteration: Iteration, check: Callable[[], None]) -> set[UUID]:
    """Copy what the iteration was trained on, row by row; the ids in the source of the images that it holds."""
    new_id = copy.id_of(iteration.pk)
    with copy.writing():
        Snapshot.objects.create(
            pk=new_id,
            project=copy.target,
            digest="",
            image_count=iteration.snapshot.image_count,
            created=iteration.snapshot.created,
        )
        originals = list(SnapshotTag.objects.filter(snapshot_id=iteration.pk))
        tags = SnapshotTag.objects.bulk_create(
            SnapshotTag(
                snapshot_id=new_id,
                tag_id=copy.id_of(tag.tag_id),
                name=tag.name,
                description=tag.description,
                type=tag.type,
                position=tag.position,
                image_count=tag.image_count,
            )
            for tag in originals
        )
    tag_keys = {original.pk: tag.pk for original, tag in zip(originals, tags, strict=True)}
    held: set[UUID] = set()
    for rows in _steps(SnapshotImage.objects.filter(snapshot_id=iteration.pk)):
        check()
        held |= _copy_snapshot_step(copy, new_id, rows, tag_keys)
    return held


def _copy_snapshot_step(copy: Copy, new_id: UUID, rows: Sequence[SnapshotImage], tag_keys: dict[int, int]) -> set[UUID]:
    wanted = [copy.id_of(row.image_id) for row in rows]
    there = set(Image.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    kept = [row for row in rows if copy.id_of(row.image_id) in there]
    labels = list(SnapshotImageTag.objects.filter(snapshot_image__in=[row.pk for row in kept]))
    regions = list(SnapshotRegion.objects.filter(snapshot_image__in=[row.pk for row in kept]).order_by("pk"))
    with copy.writing():
        images = SnapshotImage.objects.bulk_create(
            SnapshotImage(snapshot_id=new_id, image_id=copy.id_of(row.image_id), has_no_objects=row.has_no_objects)
            for row in kept
        )
        image_keys = {row.pk: image.pk for row, image in zip(kept, images, strict=True)}
        SnapshotImageTag.objects.bulk_create(
            SnapshotImageTag(
                snapshot_image_id=image_keys[label.snapshot_image_id],
                snapshot_tag_id=tag_keys[label.snapshot_tag_id],
                created=label.created,
            )
            for label in labels
        )
        SnapshotRegion.objects.bulk_create(
            SnapshotRegion(
                snapshot_image_id=image_keys[region.snapshot_image_id],
                snapshot_tag_id=tag_keys[region.snapshot_tag_id],
                region_id=copy.id_of(region.region_id),
                left=region.left,
                top=region.top,
                width=region.width,
                height=region.height,
                created=region.created,
            )
            for region in regions
        )
    return {row.image_id for row in kept}


def _steps(rows: "QuerySet[Row]") -> Iterator[list[Row]]:
    """The rows in the order of their keys, some at a time."""
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:ROWS_PER_STEP]):
        yield found
        last = found[-1].pk
