"""Images of a workspace that look nearly the same as some of them."""

from collections.abc import Collection
from uuid import UUID

import numpy as np

from labeling.looks_alike import looks_alike
from labeling.models import Image
from portal.models import Project


def with_near_copies(project: Project, image_ids: Collection[UUID]) -> set[UUID]:
    """These images, those that look nearly the same, those that look like these, and so on (one query).

    What a picture leads to in such steps stays together, as it does in the folds of a training.
    """
    current = Image.objects.filter(project=project, removed__isnull=True, perceptual_hash__isnull=False).order_by("pk")
    rows = list(current.values_list("pk", "perceptual_hash"))
    ids = [image_id for image_id, _ in rows]
    looks = np.array([look for _, look in rows], dtype=np.int64)
    chosen = set(image_ids)
    is_in = np.fromiter((image_id in chosen for image_id in ids), bool, len(ids))
    newest = is_in
    while newest.any():
        found = np.zeros(len(ids), dtype=bool)
        found[~is_in] = looks_alike(looks[~is_in], looks[newest])
        is_in, newest = is_in | found, found
    return chosen | {ids[row] for row in np.flatnonzero(is_in)}
