"""Which images an iteration, or one that it started from, was trained on, or on one that looks nearly the same."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from labeling.locked_test_set import TestImages, text_key
from labeling.looks_alike import looks_alike
from labeling.models import SnapshotImage
from training.models import Iteration

SNAPSHOTS_IN_MEMORY = 16


@dataclass(frozen=True)
class TrainedOn:
    """What is known of the images of a snapshot: the first 64 bits of their digests, and how they look."""

    digests: NDArray[np.uint64]
    looks: NDArray[np.int64]


def seen_by(iterations: Sequence[Iteration], images: TestImages) -> NDArray[np.bool_]:
    """[images, iterations]: whether training has seen the image (one query, two where snapshots are read anew).

    By content and not by id: an image that was deleted and uploaded again, or comes from a copy of the project, is
    the same. Where an iteration that it started from is gone with its project, nobody can tell: then it has seen all.
    """
    chains = training_chains(iterations)
    trained_on = _trained_on({snapshot for chain in chains for snapshot in chain if snapshot is not None})
    digests = _digests(images.sha256)
    seen = np.zeros((len(images.ids), len(iterations)), dtype=bool)
    for column, chain in enumerate(chains):
        if None in chain:
            seen[:, column] = True
            continue
        parts = [trained_on[snapshot] for snapshot in chain if snapshot is not None]
        seen[:, column] = np.isin(digests, np.concatenate([part.digests for part in parts]))
        is_open = images.has_look & ~seen[:, column]
        seen[is_open, column] = looks_alike(images.looks[is_open], np.concatenate([part.looks for part in parts]))
    return seen


def training_chains(iterations: Iterable[Iteration]) -> list[list[UUID | None]]:
    """Of each iteration its own snapshot and those of the iterations that it started from (one query).

    None stands for one that is gone: the job that trained still names it.
    """
    started_from = Iteration.objects.filter(
        Q(base_iteration__isnull=False) | Q(job__arguments__has_key="base_iteration_id")
    ).order_by()
    base_of = dict(started_from.values_list("pk", "base_iteration_id"))
    chains = []
    for iteration in iterations:
        chain: list[UUID | None] = [iteration.pk]
        while (last := chain[-1]) in base_of and base_of[last] not in chain:
            chain.append(base_of[last])
        chains.append(chain)
    return chains


# A snapshot never changes; what was deleted out of it was trained on all the same.
_in_memory: OrderedDict[UUID, TrainedOn] = OrderedDict()
_lock = Lock()


def _trained_on(snapshots: Iterable[UUID]) -> dict[UUID, TrainedOn]:
    with _lock:
        known = {snapshot: _in_memory[snapshot] for snapshot in snapshots if snapshot in _in_memory}
        for snapshot in known:
            _in_memory.move_to_end(snapshot)
    missing = [snapshot for snapshot in snapshots if snapshot not in known]
    if not missing:
        return known
    digests: dict[str, list[str]] = {}
    looks: dict[str, list[int]] = {}
    rows = SnapshotImage.objects.filter(snapshot_id__in=missing).order_by().annotate(key=text_key("snapshot_id"))
    for key, sha256, look in rows.values_list("key", "image__sha256", "image__perceptual_hash"):
        digests.setdefault(key, []).append(sha256)
        if look is not None:
            looks.setdefault(key, []).append(look)
    with _lock:
        for snapshot in missing:
            key = next((name for name in (snapshot.hex, str(snapshot)) if name in digests), "")
            part = TrainedOn(_digests(digests.get(key, ())), np.array(looks.get(key, ()), dtype=np.int64))
            known[snapshot] = part
            if key:
                _in_memory[snapshot] = part
            while len(_in_memory) > SNAPSHOTS_IN_MEMORY:
                _in_memory.popitem(last=False)
    return known


def _digests(sha256: Iterable[str]) -> NDArray[np.uint64]:
    return np.array([int(each[:16], 16) for each in sha256], dtype=np.uint64)
