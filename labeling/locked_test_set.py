"""The locked test set: images that iterations are judged on and none is trained on."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from numpy.typing import NDArray

from labeling.models import Image
from portal.models import Project


@dataclass(frozen=True)
class TestImages:
    """The images of today's test set, in id order: ids, digests of their bytes, and how they look.

    `keys` are the ids as `text_key` gives them. `looks` [n] are perceptual hashes, 0 where `has_look` [n] is false: an
    image without contrast has none.
    `is_background` [n]: said to have no objects.
    """

    __test__ = False

    ids: tuple[UUID, ...]
    keys: tuple[str, ...]
    sha256: tuple[str, ...]
    looks: NDArray[np.int64]
    has_look: NDArray[np.bool_]
    is_background: NDArray[np.bool_]


def images_in_test_set(project: Project | UUID) -> QuerySet[Image]:
    """Those that are in the workspace."""
    return Image.objects.filter(project=project, removed__isnull=True, locked_test__isnull=False)


def read_test_images(project: Project | UUID) -> TestImages:
    """Today's test set (one query)."""
    columns = ("pk", "key", "sha256", "perceptual_hash", "has_no_objects")
    rows = list(images_in_test_set(project).order_by("pk").annotate(key=text_key("pk")).values_list(*columns))
    return TestImages(
        ids=tuple(row[0] for row in rows),
        keys=tuple(row[1] for row in rows),
        sha256=tuple(row[2] for row in rows),
        looks=np.array([row[3] or 0 for row in rows], dtype=np.int64),
        has_look=np.array([row[3] is not None for row in rows], dtype=bool),
        is_background=np.array([row[4] for row in rows], dtype=bool),
    )


def text_key(column: str) -> Cast:
    """A UUID column as text: to compare rows with rows, since making UUIDs takes longer than reading them."""
    return Cast(column, CharField())
