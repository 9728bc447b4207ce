"""The frozen images, tags and boxes of some snapshots, each kind in one query, for comparing them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import CharField, Min
from django.db.models.functions import Cast

from labeling.models import (
    LockedTestImage,
    Region,
    Snapshot,
    SnapshotImage,
    SnapshotImageTag,
    SnapshotRegion,
    SnapshotTag,
)

Edges = tuple[float, float, float, float]


@dataclass(frozen=True)
class FrozenBox:
    """A box of a snapshot: left, top, width and height as fractions 0..1."""

    region_id: UUID
    tag_id: UUID
    edges: Edges


@dataclass
class FrozenSet:
    """A snapshot: its images, those said to have no objects, tags by image.

    `boxes` are only those that some of the snapshots read along with it lacks.
    """

    images: set[UUID] = field(default_factory=set)
    background: set[UUID] = field(default_factory=set)
    tags: defaultdict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    boxes: defaultdict[UUID, list[FrozenBox]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True)
class FrozenRows:
    """`sets` in the order asked for; `names` of all tags; `locked`: images in today's test set.

    `replaced`: of a box that a person moved or gave another tag, the box that it was before.
    """

    sets: tuple[FrozenSet, ...]
    names: dict[UUID, str]
    replaced: dict[UUID, UUID]
    locked: set[UUID]


def read_frozen_rows(snapshot_ids: Sequence[UUID], *, is_detection: bool) -> FrozenRows:
    """Six queries, four where there are no boxes."""
    sets = {snapshot_id: FrozenSet() for snapshot_id in snapshot_ids}
    owner: dict[int, tuple[FrozenSet, UUID]] = {}
    rows = SnapshotImage.objects.filter(snapshot_id__in=snapshot_ids).order_by()
    for key, snapshot_id, image_id, has_no_objects in rows.values_list(
        "pk", "snapshot_id", "image_id", "has_no_objects"
    ):
        frozen = sets[snapshot_id]
        frozen.images.add(image_id)
        if has_no_objects:
            frozen.background.add(image_id)
        owner[key] = frozen, image_id
    tag_ids: dict[int, UUID] = {}
    names: dict[UUID, str] = {}
    for key, tag_id, name in SnapshotTag.objects.filter(snapshot_id__in=snapshot_ids).values_list(
        "pk", "tag_id", "name"
    ):
        tag_ids[key], names[tag_id] = tag_id, name
    labels = SnapshotImageTag.objects.filter(snapshot_image__snapshot_id__in=snapshot_ids).order_by()
    for image_key, tag_key in labels.values_list("snapshot_image_id", "snapshot_tag_id"):
        frozen, image_id = owner[image_key]
        frozen.tags[image_id].add(tag_ids[tag_key])
    replaced: dict[UUID, UUID] = {}
    if is_detection:
        _read_boxes(snapshot_ids, owner, tag_ids)
        replaced = _read_replaced(snapshot_ids)
    locked = LockedTestImage.objects.filter(project__snapshots__in=snapshot_ids[:1])
    return FrozenRows(tuple(sets.values()), names, replaced, set(locked.values_list("image_id", flat=True)))


def _read_boxes(
    snapshot_ids: Sequence[UUID], owner: dict[int, tuple[FrozenSet, UUID]], tag_ids: dict[int, UUID]
) -> None:
    """A box that is changed gets another id, so those whose id is in all snapshots are the same and are passed over.

    All are read as they are stored, ids as text: making an UUID of each would take longer than all the rest.
    """
    every = SnapshotRegion.objects.filter(snapshot_image__snapshot_id__in=snapshot_ids).order_by()
    columns = ("snapshot_image_id", "region_text", "snapshot_tag_id", "left", "top", "width", "height")
    rows = list(every.annotate(region_text=Cast("region_id", CharField())).values_list(*columns))
    held = Counter(row[1] for row in rows)
    for image_key, region_text, tag_key, left, top, width, height in rows:
        if held[region_text] < len(snapshot_ids):
            frozen, image_id = owner[image_key]
            frozen.boxes[image_id].append(FrozenBox(UUID(region_text), tag_ids[tag_key], (left, top, width, height)))


def _read_replaced(snapshot_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    since = Snapshot.objects.filter(pk__in=snapshot_ids).values("project").annotate(first=Min("created"))
    rows = Region.objects.filter(
        image__project__snapshots__in=snapshot_ids[:1], replaces__isnull=False, created__gt=since.values("first")
    )
    return {key: replaces for key, replaces in rows.values_list("pk", "replaces_id") if replaces is not None}
