"""Making the sample projects, through the same acts that people use."""

import hashlib
from enum import StrEnum
from pathlib import Path
from uuid import UUID, uuid4

from labeling.boxes import Box
from labeling.edit_types import Edit, EditAct, ImageChange
from labeling.edits import apply_edit
from labeling.ingest import ingest
from labeling.models import Image, LabelSource
from labeling.tags import create_tag
from labeling.uploads import Batch, Upload, upload_folder
from portal.actors import Actor
from portal.domains import GENERAL_DETECTION
from portal.models import ClassificationType, Project, Resource
from portal.projects import ProjectSettings, create_project
from portal.sample.drawing import KINDS, draw
from portal.sample.scenes import draw_scene

TAGGED_OF_EACH = 10
UNTAGGED_OF_EACH = 7
# Few, so that two trainings of a detector take a minute or two on two cores; each kind is on 15 images or more.
BOXED_SCENES = 22
BARE_SCENES = 4
UNTAGGED_SCENES = 10
FRUITS_IN_SCENES = (2, 3, 3, 4)


class Sample(StrEnum):
    """Which sample: pictures to be told apart, or scenes with boxes."""

    CLASSIFICATION = "classification"
    DETECTION = "detection"


def create_sample_project(actor: Actor, resource: Resource, sample: Sample) -> Project:
    """A project of drawn pictures with three tags, ready to train. Raises what `create_project` raises."""
    return _detection(actor, resource) if sample is Sample.DETECTION else _classification(actor, resource)


def _classification(actor: Actor, resource: Resource) -> Project:
    project = create_project(
        actor,
        resource,
        _free_name(resource, "Fruit (sample)"),
        "Drawn pictures of three kinds of fruit: thirty with their tag, twenty-one to try tagging on.",
        ProjectSettings(classification_type=ClassificationType.MULTICLASS),
    )
    tags = _tags(actor, project)
    with upload_folder() as folder:
        untagged: list[Upload] = []
        for number in range(UNTAGGED_OF_EACH):
            for kind in KINDS:
                name = f"untagged-{len(untagged) + 1:02}.jpg"
                untagged.append(_upload(folder, name, draw(kind, TAGGED_OF_EACH + number)))
        tagged: list[Upload] = []
        for number in range(TAGGED_OF_EACH):
            for kind in KINDS:
                upload = _upload(folder, f"{kind}-{number + 1:02}.jpg", draw(kind, number))
                upload.tag_ids = (tags[kind],)
                tagged.append(upload)
        ingest(actor, project, Batch(untagged), LabelSource.IMPORTED)
        ingest(actor, project, Batch(tagged), LabelSource.IMPORTED)
    return project


def _detection(actor: Actor, resource: Resource) -> Project:
    project = create_project(
        actor,
        resource,
        _free_name(resource, "Fruit on a table (sample)"),
        "Drawn scenes of fruit: twenty-two with boxes, four without any fruit, ten to try drawing boxes on.",
        ProjectSettings(domain_id=GENERAL_DETECTION),
    )
    tags = _tags(actor, project)
    numbers = iter(range(BOXED_SCENES + BARE_SCENES + UNTAGGED_SCENES))
    with upload_folder() as folder:
        boxed = [_boxed_scene(folder, next(numbers), tags) for _ in range(BOXED_SCENES)]
        bare = [_upload(folder, f"table-{n + 1}.jpg", draw_scene(next(numbers), 0)[0]) for n in range(BARE_SCENES)]
        untagged = [
            _upload(folder, f"untagged-{n + 1:02}.jpg", draw_scene(next(numbers), _fruits(n))[0])
            for n in range(UNTAGGED_SCENES)
        ]
        ingest(actor, project, Batch(untagged), LabelSource.IMPORTED)
        empty = ingest(actor, project, Batch(bare), LabelSource.IMPORTED)
        ingest(actor, project, Batch(boxed), LabelSource.IMPORTED)
    _say_no_objects(actor, project, [each.image_id for each in empty if each.image_id])
    return project


def _say_no_objects(actor: Actor, project: Project, image_ids: list[UUID]) -> None:
    versions = Image.objects.filter(pk__in=image_ids).values_list("pk", "version")
    changes = tuple(ImageChange(image_id, version, has_no_objects=True) for image_id, version in versions)
    apply_edit(actor, project, Edit(uuid4(), EditAct.LABEL, changes))


def _boxed_scene(folder: Path, number: int, tags: dict[str, UUID]) -> Upload:
    data, fruits = draw_scene(number, _fruits(number))
    upload = _upload(folder, f"fruit-{number + 1:02}.jpg", data)
    upload.boxes = tuple(Box(tags[each.kind], each.left, each.top, each.width, each.height) for each in fruits)
    return upload


def _fruits(number: int) -> int:
    return FRUITS_IN_SCENES[number % len(FRUITS_IN_SCENES)]


def _tags(actor: Actor, project: Project) -> dict[str, UUID]:
    return {kind: create_tag(actor, project, kind).pk for kind in KINDS}


def _upload(folder: Path, name: str, data: bytes) -> Upload:
    path = folder / name
    path.write_bytes(data)
    return Upload(name, path, hashlib.sha256(data).hexdigest())


def _free_name(resource: Resource, wanted: str) -> str:
    taken = set(resource.projects.filter(deleted__isnull=True).values_list("name", flat=True))
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} {number}", number + 1
    return name
