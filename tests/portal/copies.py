"""A project worth copying, and copies of it."""

import hashlib
from datetime import timedelta
from typing import Any

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from labeling.files import original_name, resized_name, thumbnail_name
from labeling.models import (
    Image,
    LabelSource,
    SnapshotImage,
    Tag,
    TagType,
)
from labeling.snapshots import gather, write_snapshot
from portal.actors import actor_for_training_key
from portal.copying.exporting import export_project
from portal.copying.importing import import_project
from portal.jobs.models import Job, JobState
from portal.jobs.running import work_on
from portal.models import Project, Resource
from tests.builders import key_actor, make_images, make_iteration, make_project, make_resource, make_tag
from tests.inference.artifacts import make_artifact
from training.models import ImageScore, Iteration


def put_files(images: list[Image]) -> None:
    for image in images:
        for name in (
            original_name(image.project_id, image.sha256, image.media_type),
            resized_name(image.project_id, image.sha256),
            thumbnail_name(image.project_id, image.sha256),
        ):
            default_storage.save(name, ContentFile(f"{name.split('/')[2]} {image.sha256}".encode()))


def frozen(project: Project, tags: list[Tag], **more: Any) -> Iteration:
    """A completed iteration of the workspace as it is, with a real model of the three tags and scores."""
    made = make_iteration(project)
    snapshot = write_snapshot(gather(project))
    labels = [(str(tag.pk), tag.name, tag.type.lower()) for tag in tags]
    artifact = make_artifact(labels, order=range(len(labels)))
    name = default_storage.save(f"projects/{project.pk}/iterations/{snapshot.pk}/attempt-1.onnx", ContentFile(artifact))
    Iteration.objects.filter(pk=made.pk).delete()
    made.pk, made.snapshot = snapshot.pk, snapshot
    made.artifact, made.artifact_sha256 = name, hashlib.sha256(artifact).hexdigest()
    for field, value in more.items():
        setattr(made, field, value)
    made.save(force_insert=True)
    rng = np.random.default_rng(3)
    ImageScore.objects.bulk_create(
        ImageScore(iteration=made, image_id=image_id, fold=1, probabilities=rng.random(len(tags), np.float32).tobytes())
        for image_id in SnapshotImage.objects.filter(snapshot=snapshot).values_list("image_id", flat=True)
    )
    return made


def classified() -> tuple[Project, list[Tag], Iteration]:
    """Twelve tagged images of three tags, one without, one that only the iteration holds."""
    project = make_project()
    tags = [make_tag(project, name) for name in ("red", "green")] + [make_tag(project, "none", TagType.NEGATIVE)]
    Tag.objects.filter(pk=tags[0].pk).update(color=7, description="like blood")
    images = [image for tag in tags for image in make_images(project, 4, [tag])]
    put_files(images)
    iteration = frozen(project, tags, number=3, result={"held_out": {}, "skipped_images": [str(images[1].pk)]})
    Project.objects.filter(pk=project.pk).update(iterations_started=5)
    Image.objects.filter(pk=images[0].pk).update(removed=timezone.now(), removed_by="someone")
    loose = make_images(project, 1)
    put_files(loose)
    long_ago = timezone.now() - timedelta(days=90)
    Image.objects.filter(pk=loose[0].pk).update(
        created=long_ago, metadata={"site": "north"}, has_no_objects=True, source=LabelSource.DRAWN, version=4
    )
    return project, tags, iteration


def copied(project: Project, resource: Resource | None = None, name: str = "") -> Project:
    resource = resource or make_resource()
    token = export_project(key_actor(project), project).token
    return import_project(actor_for_training_key(resource), resource, token, name)


def job_of(project: Project) -> Job:
    """The newest of the jobs that fill it."""
    return Job.objects.filter(kind="import_project", project_id=project.pk).latest("created")


def run(project: Project) -> Project:
    while (job := job_of(project)).state != JobState.SUCCEEDED:
        work_on(job.pk, "test")
        job.refresh_from_db()
        assert (job.state, job.error) == (JobState.SUCCEEDED, "")
    return Project.objects.get(pk=project.pk)
