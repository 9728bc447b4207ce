"""What a resource holds before every call: a classification and a detection project, trained and published."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import numpy as np
from azure.cognitiveservices.vision.customvision.training.models import (
    ImageFileCreateBatch,
    ImageFileCreateEntry,
    Region,
)
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from labeling.models import ImageTag
from labeling.models import Region as RegionRow
from labeling.snapshots import frozen_images, gather, write_snapshot
from portal.actors import SYSTEM
from portal.limits import REGIONS_PER_IMAGE
from portal.models import Project, Resource
from tests.inference.artifacts import make_artifact, make_detector
from tests.pictures import picture
from tests.wire.contract.clients import Sdk
from training.kept_detections import BOX
from training.models import ImageDetections, ImageScore, Iteration, IterationState, TrainingType
from training.publishing import publish_iteration

COMPACT_CLASSIFICATION = "0732100f-1a38-4e49-a514-c9b44c697ab5"
COMPACT_DETECTION = "7ec2ac80-887b-48a6-8df9-8b1357765430"
# As few as a training takes: five a tag, and boxes on fifteen.
IMAGES_OF = {False: 10, True: 16}
NAME = "model"
BOXES = [(0.1, 0.1, 0.45, 0.5, 0, 0.93), (0.5, 0.02, 0.9, 0.4, 1, 0.71)]


@dataclass(frozen=True)
class Holding:
    """Ids of one project and of what is in it. `spare` is trained and not published, `failed` is not trained."""

    project: str
    tag: str
    other_tag: str
    image: str
    untagged: str
    full: str
    region: str
    image_address: str
    iteration: str
    spare: str
    failed: str
    prediction: str
    artifact: str
    token: str
    resource: str
    name: str = NAME


@dataclass(frozen=True)
class World:
    """What belongs to one pair of resources."""

    classifier: Holding
    detector: Holding


def make_world(sdk: Sdk, prediction_resource: Resource) -> World:
    """Both projects, filled through the SDK with the keys of their resource; trainings are made up."""
    return World(
        classifier=_holding(sdk, prediction_resource, is_detector=False),
        detector=_holding(sdk, prediction_resource, is_detector=True),
    )


def _holding(sdk: Sdk, resource: Resource, *, is_detector: bool) -> Holding:
    domain = COMPACT_DETECTION if is_detector else COMPACT_CLASSIFICATION
    project_id = sdk.training.create_project(f"Project {uuid4()}", domain_id=domain).id
    tags = [sdk.training.create_tag(project_id, name).id for name in ("circle", "cross")]
    entries, count = [], IMAGES_OF[is_detector]
    for number in range(count):
        labels = {"tag_ids": [tags[number % 2]]}
        if is_detector:
            labels = {"regions": [Region(tag_id=tag, left=0.1, top=0.1, width=0.35, height=0.4) for tag in tags]}
        contents = picture(("circle", "cross")[number % 2], number)
        entries.append(ImageFileCreateEntry(name=f"{number}.jpg", contents=contents, **labels))
    for number in range(2):
        entries.append(ImageFileCreateEntry(name=f"untagged {number}.jpg", contents=picture("stripes", number)))
    batch = ImageFileCreateBatch(images=entries, metadata={"site": "north"})
    images = [each.image for each in sdk.training.create_images_from_files(project_id, batch).images]
    project = Project.objects.get(pk=project_id)
    iteration = complete(project, 1)
    publish_iteration(SYSTEM, iteration, NAME, resource.full_id)
    spare = complete(project, 2, base=iteration)
    failed = _failed(project, 3)
    if is_detector:
        _fill_with_regions(UUID(images[-1].id), UUID(tags[0]))
    kept = sdk.training.quick_test_image(project_id, picture("circle", 99), iteration_id=str(iteration.pk))
    return Holding(
        project=project_id,
        tag=tags[0],
        other_tag=tags[1],
        image=images[0].id,
        untagged=images[count].id,
        full=images[-1].id,
        region=images[0].regions[0].region_id if is_detector else str(uuid4()),
        image_address=images[1].original_image_uri,
        iteration=str(iteration.pk),
        spare=str(spare.pk),
        failed=str(failed.pk),
        prediction=kept.id,
        artifact=f"i-{UUID(project_id).hex}/t-{UUID(images[0].id).hex}",
        token=sdk.training.export_project(project_id).token,
        resource=resource.full_id,
    )


def complete(project: Project, number: int, base: Iteration | None = None) -> Iteration:
    """A completed iteration over the labels of now, with a small real artifact and made-up held-out figures."""
    gathered = gather(project)
    snapshot = write_snapshot(gathered)
    labels = [(str(tag.pk), tag.name, "regular") for tag in gathered.tags]
    is_detector = project.classification_type is None
    content = make_detector(BOXES, labels) if is_detector else make_artifact(labels, order=range(len(labels)))
    name = f"projects/{project.pk}/iterations/{snapshot.pk}/model.onnx"
    iteration = Iteration.objects.create(
        snapshot=snapshot,
        project=project,
        number=number,
        name=f"Iteration {number}",
        state=IterationState.COMPLETED,
        training_type=TrainingType.REGULAR,
        domain_id=project.domain_id,
        classification_type=project.classification_type,
        artifact=default_storage.save(name, ContentFile(content)),
        trained=timezone.now(),
        training_seconds=61,
        base_iteration=base,
    )
    Project.objects.filter(pk=project.pk).update(iterations_started=number)
    for row, image in enumerate(frozen_images(snapshot.pk)):
        if is_detector:
            boxes = np.array([(0, 0.9, (0.1, 0.1, 0.45, 0.5))], BOX)
            ImageDetections.objects.create(iteration=iteration, image_id=image.id, boxes=boxes.tobytes())
        else:
            scores = np.array([0.8, 0.3] if row % 2 else [0.3, 0.6], "<f4")
            ImageScore.objects.create(
                iteration=iteration, image_id=image.id, fold=row % 5, probabilities=scores.tobytes()
            )
    return iteration


def _failed(project: Project, number: int) -> Iteration:
    Project.objects.filter(pk=project.pk).update(iterations_started=number)
    return Iteration.objects.create(
        snapshot=write_snapshot(gather(project)),
        project=project,
        number=number,
        name=f"Iteration {number}",
        state=IterationState.FAILED,
        training_type=TrainingType.ADVANCED,
        budget_hours=2,
        domain_id=project.domain_id,
        classification_type=project.classification_type,
        error="The disk was full.",
    )


def _fill_with_regions(image_id: UUID, tag_id: UUID) -> None:
    """As many boxes as an image may have."""
    ImageTag.objects.create(image_id=image_id, tag_id=tag_id, created_by="test")
    RegionRow.objects.bulk_create(
        RegionRow(
            image_id=image_id,
            tag_id=tag_id,
            left=number / 1000,
            top=0.5,
            width=0.1,
            height=0.1,
            created_by="test",
        )
        for number in range(REGIONS_PER_IMAGE)
    )
