"""Uploads made from bytes, and pictures that an ingest must judge."""

import io
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from PIL import Image as Picture

from labeling.boxes import Box
from labeling.ingest import ingest
from labeling.ingest_plan import Ingested
from labeling.uploads import Batch, Upload, spool, upload_folder
from portal.actors import Actor
from portal.models import Project
from tests.builders import key_actor


def upload(
    data: bytes, folder: Path, name: str = "", tag_ids: Sequence[UUID] = (), boxes: Sequence[Box] = ()
) -> Upload:
    made = Upload(source_name=name, tag_ids=tuple(tag_ids), boxes=tuple(boxes))
    spool(made, (data,), folder / str(len(list(folder.iterdir()))))
    return made


def take_in(
    project: Project,
    *files: bytes,
    tag_ids: Sequence[UUID] = (),
    boxes: Sequence[Box] = (),
    metadata: dict[str, str] | None = None,
    actor: Actor | None = None,
) -> list[Ingested]:
    """Ingest files, all with the same labels."""
    with upload_folder() as folder:
        uploads = [upload(data, folder, f"{number}.jpg", boxes=boxes) for number, data in enumerate(files)]
        return ingest(actor or key_actor(project), project, Batch(uploads, tuple(tag_ids), metadata or {}))


def encoded(picture: Picture.Image, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def plain(width: int = 40, height: int = 30, color: tuple[int, int, int] = (200, 30, 30), format: str = "PNG") -> bytes:
    return encoded(Picture.new("RGB", (width, height), color), format)
