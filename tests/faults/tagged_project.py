"""A project to tag in, made through the API, and what the database says of it."""

import sqlite3
from collections import Counter
from contextlib import closing
from typing import Any
from uuid import UUID

import httpx
import psycopg

from tests.live_install import LiveInstall
from tests.pictures import picture

IMAGES = 16
TAGS = ("can", "cup", "bottle", "box")


def make_project(install: LiveInstall) -> tuple[str, dict[str, str]]:
    """A project with images and tags; its id, and the names of the tags by id, in the order of their keys."""
    api = httpx.Client(
        base_url=f"{install.endpoint}/customvision/v3.3/Training",
        headers={"Training-Key": install.training_key},
        timeout=60,
    )
    with api:
        project = str(api.post("/projects", params={"name": "Edits"}).raise_for_status().json()["id"])
        answers = [api.post(f"/projects/{project}/tags", params={"name": name}).raise_for_status() for name in TAGS]
        names = [f"{number}.jpg" for number in range(IMAGES)]
        parts = {name: (name, picture("circle", number), "image/jpeg") for number, name in enumerate(names)}
        created = api.post(f"/projects/{project}/images", files=parts).raise_for_status().json()
        assert created["isBatchSuccessful"] is True
    return project, {str(answer.json()["id"]): answer.json()["name"] for answer in answers}


def stored_states(install: LiveInstall) -> list[dict[str, Any]]:
    """The images as static/src/edits/types.ts has an ImageState."""
    with closing(connection(install)) as database:
        images = database.execute("SELECT id, version, removed IS NOT NULL FROM labeling_image").fetchall()
        rows = database.execute("SELECT image_id, tag_id FROM labeling_imagetag WHERE removed IS NULL").fetchall()
    tags: dict[str, list[str]] = {}
    for image, tag in rows:
        tags.setdefault(_id(image), []).append(_id(tag))
    return [
        {"image": _id(image), "version": version, "tags": tags.get(_id(image), []), "isRemoved": bool(is_removed)}
        for image, version, is_removed in images
    ]


def stored_tag_rows(install: LiveInstall) -> Counter[tuple[str, str]]:
    """How often each tag was put on each image, taken off again or not."""
    with closing(connection(install)) as database:
        rows = database.execute("SELECT image_id, tag_id FROM labeling_imagetag").fetchall()
    return Counter((_id(image), _id(tag)) for image, tag in rows)


def _id(value: object) -> str:
    return str(UUID(str(value)))


def connection(install: LiveInstall) -> Any:
    """To the install's database, to read."""
    url = install.environment.get("DATABASE_URL")
    if url:
        return psycopg.connect(url, autocommit=True)
    return sqlite3.connect(f"file:{install.data / 'sightline.db'}?mode=ro", uri=True, timeout=30)
