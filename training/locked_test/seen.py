"""Which images an iteration, or one that it started from, was trained on, or on one that looks nearly the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from labeling.locked_test_set import TestImages
from labeling.looks_alike import looks_alike
from labeling.models import SnapshotImage
from training.models import Iteration


@dataclass
class TrainedOn:
    """What is known of the images that were trained on: their bytes, and how they look."""

    sha256: set[str]
    looks: list[int]


def seen_by(iterations: Sequence[Iteration], images: TestImages) -> NDArray[np.bool_]:
    """[images, iterations]: whether training has seen the image (two queries).

    By content and not by id: an image that was deleted and uploaded again, or comes from a copy of the project, is
    the same.
    """
    chains = training_chains(iterations)
    trained_on = _trained_on({snapshot for chain in chains for snapshot in chain})
    seen = np.zeros((len(images.ids), len(iterations)), dtype=bool)
    for column, chain in enumerate(chains):
        parts = [trained_on[snapshot] for snapshot in chain if snapshot in trained_on]
        digests = set().union(*(part.sha256 for part in parts))
        seen[:, column] = [sha256 in digests for sha256 in images.sha256]
        is_open = images.has_look & ~seen[:, column]
        looks = np.array([look for part in parts for look in part.looks], dtype=np.int64)
        seen[is_open, column] = looks_alike(images.looks[is_open], looks)
    return seen


def training_chains(iterations: Iterable[Iteration]) -> list[list[UUID]]:
    """Of each iteration its own snapshot and those of the iterations that it started from (one query)."""
    started_from = Iteration.objects.filter(base_iteration__isnull=False).order_by()
    base_of = dict(started_from.values_list("pk", "base_iteration_id"))
    chains = []
    for iteration in iterations:
        chain: list[UUID] = []
        step: UUID | None = iteration.pk
        while step is not None and step not in chain:
            chain.append(step)
            step = base_of.get(step)
        chains.append(chain)
    return chains


def _trained_on(snapshots: Iterable[UUID]) -> dict[UUID, TrainedOn]:
    trained_on: dict[UUID, TrainedOn] = {}
    rows = SnapshotImage.objects.filter(snapshot_id__in=list(snapshots)).order_by()
    for snapshot, sha256, look in rows.values_list("snapshot_id", "image__sha256", "image__perceptual_hash"):
        part = trained_on.setdefault(snapshot, TrainedOn(set(), []))
        part.sha256.add(sha256)
        if look is not None:
            part.looks.append(look)
    return trained_on
