"""Boxes of an image in one snapshot beside those in another: moved, given another tag, added, removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np

from training.comparing.frozen_rows import Edges, FrozenBox
from training.detection_metrics import overlaps

# Two boxes that share this much are one box that was drawn anew.
SAME_BOX = 0.5
# An edge that moved by less was rounded.
LEAST_MOVE = 1e-4


@dataclass
class BoxChanges:
    """Pairs are a box before and after; a pair with another tag is retagged, wherever it lies."""

    added: list[FrozenBox] = field(default_factory=list)
    removed: list[FrozenBox] = field(default_factory=list)
    moved: list[tuple[FrozenBox, FrozenBox]] = field(default_factory=list)
    retagged: list[tuple[FrozenBox, FrozenBox]] = field(default_factory=list)


def box_changes(before: Sequence[FrozenBox], after: Sequence[FrozenBox], replaced: Mapping[UUID, UUID]) -> BoxChanges:
    """What became of an image's boxes. Pairs by what a person moved, then by place; boxes in both are no change."""
    changes = BoxChanges()
    in_both = {box.region_id for box in before} & {box.region_id for box in after}
    old = {box.region_id: box for box in before if box.region_id not in in_both}
    new = [box for box in after if box.region_id not in in_both]
    left_over = []
    for box in new:
        origin = _origin(box.region_id, old, replaced)
        if origin is None:
            left_over.append(box)
        else:
            _note(changes, old.pop(origin), box)
    for first, second in _by_place(list(old.values()), left_over):
        _note(changes, old.pop(first.region_id), second)
        left_over.remove(second)
    changes.added, changes.removed = left_over, list(old.values())
    return changes


def _origin(region_id: UUID, old: Mapping[UUID, FrozenBox], replaced: Mapping[UUID, UUID]) -> UUID | None:
    """The box that it was before, however often it was moved since."""
    step, passed = replaced.get(region_id), {region_id}
    while step is not None and step not in passed:
        if step in old:
            return step
        passed.add(step)
        step = replaced.get(step)
    return None


def _by_place(old: Sequence[FrozenBox], new: Sequence[FrozenBox]) -> list[tuple[FrozenBox, FrozenBox]]:
    """Pairs that share most, each box in one pair at most; among equals those of one tag first."""
    if not old or not new:
        return []
    shared = overlaps(_corners(old), _corners(new))
    same_tag = np.array([[first.tag_id == second.tag_id for second in new] for first in old])
    order = np.argsort(-(shared + 1e-3 * same_tag), axis=None, kind="stable")
    pairs: list[tuple[FrozenBox, FrozenBox]] = []
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    for first, second in zip(*np.unravel_index(order, shared.shape), strict=True):
        if shared[first, second] < SAME_BOX:
            break
        if first not in taken_old and second not in taken_new:
            pairs.append((old[first], new[second]))
            taken_old.add(first)
            taken_new.add(second)
    return pairs


def _corners(boxes: Sequence[FrozenBox]) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    edges = np.array([box.edges for box in boxes], np.float32)
    return np.concatenate([edges[:, :2], edges[:, :2] + edges[:, 2:]], axis=1)


def _note(changes: BoxChanges, before: FrozenBox, after: FrozenBox) -> None:
    if before.tag_id != after.tag_id:
        changes.retagged.append((before, after))
    elif _moved(before.edges, after.edges):
        changes.moved.append((before, after))


def _moved(before: Edges, after: Edges) -> bool:
    return max(abs(one - other) for one, other in zip(before, after, strict=True)) >= LEAST_MOVE
