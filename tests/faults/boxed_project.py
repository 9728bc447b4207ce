"""What the database says of a project's boxes."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.faults.tagged_project import connection
from tests.live_install import LiveInstall


@dataclass(frozen=True)
class StoredImage:
    """An image's version and boxes: by the region's id its tag, left, top, width and height."""

    version: int
    has_no_objects: bool
    boxes: dict[str, tuple[str, float, float, float, float]]
    tags: frozenset[str]


def stored_images(install: LiveInstall, project: str) -> dict[str, StoredImage]:
    """The project's images by id, as the database has them."""
    with closing(connection(install)) as database:
        rows: list[Any] = database.execute(
            "SELECT id, version, has_no_objects, project_id FROM labeling_image WHERE removed IS NULL"
        ).fetchall()
        regions = database.execute(
            'SELECT image_id, id, tag_id, "left", top, width, height FROM labeling_region WHERE removed IS NULL'
        ).fetchall()
        tags = database.execute("SELECT image_id, tag_id FROM labeling_imagetag WHERE removed IS NULL").fetchall()
    boxes: dict[str, dict[str, tuple[str, float, float, float, float]]] = {}
    for image, region, tag, *edges in regions:
        boxes.setdefault(_id(image), {})[_id(region)] = (_id(tag), *edges)
    tags_of: dict[str, set[str]] = {}
    for image, tag in tags:
        tags_of.setdefault(_id(image), set()).add(_id(tag))
    return {
        _id(image): StoredImage(
            version, bool(has_none), boxes.get(_id(image), {}), frozenset(tags_of.get(_id(image), ()))
        )
        for image, version, has_none, owner in rows
        if _id(owner) == project
    }


def _id(value: object) -> str:
    return str(UUID(str(value)))
