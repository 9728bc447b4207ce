"""Rows that tests start from, made through the acts where there is one."""

import hashlib
import itertools
from collections.abc import Sequence
from uuid import uuid4

from django.utils import timezone

from labeling.models import Image, ImageTag, Snapshot, Tag, TagType
from portal.actors import SYSTEM, Actor, actor_for_training_key, actor_for_user
from portal.models import Membership, Project, Resource, ResourceKind, User
from portal.permissions import Role
from portal.projects import ProjectSettings, create_project
from portal.resources import create_resource
from training.models import Iteration, IterationState, TrainingType

_numbers = itertools.count(1)


def make_resource(kind: ResourceKind = ResourceKind.TRAINING) -> Resource:
    return create_resource(SYSTEM, kind, f"{kind}-{next(_numbers)}")


def make_project(resource: Resource | None = None, settings: ProjectSettings | None = None) -> Project:
    return create_project(SYSTEM, resource or make_resource(), f"Project {next(_numbers)}", project_settings=settings)


def key_actor(project: Project) -> Actor:
    return actor_for_training_key(project.resource)


def member(project: Project, role: Role) -> Actor:
    user = User.objects.create(username=f"user-{next(_numbers)}")
    Membership.objects.create(user=user, project=project, role=role)
    return actor_for_user(user)


def make_tag(project: Project, name: str = "", type: TagType = TagType.REGULAR) -> Tag:
    number = next(_numbers)
    return Tag.objects.create(project=project, name=name or f"tag {number}", type=type, position=number)


def make_images(project: Project, count: int, tags: Sequence[Tag] = ()) -> list[Image]:
    """Image rows without files, each with the tags."""
    images = Image.objects.bulk_create(
        Image(
            project=project,
            sha256=hashlib.sha256(uuid4().bytes).hexdigest(),
            media_type="image/jpeg",
            size_bytes=1000,
            width=320,
            height=240,
            created_by="test",
        )
        for _ in range(count)
    )
    ImageTag.objects.bulk_create(ImageTag(image=image, tag=tag, created_by="test") for image in images for tag in tags)
    return images


def make_iteration(project: Project, state: IterationState = IterationState.COMPLETED) -> Iteration:
    """An iteration as it stands in that state, without files."""
    number = next(_numbers)
    done = state == IterationState.COMPLETED
    return Iteration.objects.create(
        snapshot=Snapshot.objects.create(project=project, digest=f"{number:064x}"),
        project=project,
        number=number,
        name=f"Iteration {number}",
        state=state,
        training_type=TrainingType.REGULAR,
        domain_id=project.domain_id,
        classification_type=project.classification_type,
        artifact="somewhere.onnx" if done else "",
        artifact_sha256="0" * 64 if done else "",
        trained=timezone.now() if done else None,
    )
