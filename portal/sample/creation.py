"""Making the sample project, through the same acts that people use."""

import hashlib
from pathlib import Path

from labeling.ingest import ingest
from labeling.models import LabelSource
from labeling.tags import create_tag
from labeling.uploads import Batch, Upload, upload_folder
from portal.actors import Actor
from portal.models import ClassificationType, Project, Resource
from portal.projects import ProjectSettings, create_project
from portal.sample.drawing import KINDS, draw

NAME = "Fruit (sample)"
DESCRIPTION = "Drawn pictures of three kinds of fruit: thirty with their tag, twenty-one to try tagging on."
TAGGED_OF_EACH = 10
UNTAGGED_OF_EACH = 7


def create_sample_project(actor: Actor, resource: Resource) -> Project:
    """A multiclass project with three tags, 30 tagged and 21 untagged images. Raises what `create_project` raises."""
    project = create_project(
        actor,
        resource,
        _free_name(resource),
        DESCRIPTION,
        ProjectSettings(classification_type=ClassificationType.MULTICLASS),
    )
    tags = {kind: create_tag(actor, project, kind) for kind in KINDS}
    with upload_folder() as folder:
        untagged: list[Upload] = []
        for number in range(UNTAGGED_OF_EACH):
            for kind in KINDS:
                name = f"untagged-{len(untagged) + 1:02}.jpg"
                untagged.append(_upload(folder, name, kind, TAGGED_OF_EACH + number))
        tagged: list[Upload] = []
        for number in range(TAGGED_OF_EACH):
            for kind in KINDS:
                upload = _upload(folder, f"{kind}-{number + 1:02}.jpg", kind, number)
                upload.tag_ids = (tags[kind].pk,)
                tagged.append(upload)
        ingest(actor, project, Batch(untagged), LabelSource.IMPORTED)
        ingest(actor, project, Batch(tagged), LabelSource.IMPORTED)
    return project


def _upload(folder: Path, name: str, kind: str, number: int) -> Upload:
    data = draw(kind, number)
    path = folder / name
    path.write_bytes(data)
    return Upload(name, path, hashlib.sha256(data).hexdigest())


def _free_name(resource: Resource) -> str:
    taken = set(resource.projects.filter(deleted__isnull=True).values_list("name", flat=True))
    name, number = NAME, 2
    while name in taken:
        name, number = f"{NAME} {number}", number + 1
    return name
