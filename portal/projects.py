"""Projects: find, create, change."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from portal import audit
from portal import project_checks as checks
from portal.actors import Actor, require
from portal.domains import DOMAINS, GENERAL_CLASSIFICATION, Domain
from portal.errors import Refusal
from portal.limits import PROJECTS_PER_RESOURCE
from portal.models import ClassificationType, Project, Resource
from portal.notifications import notify_connection
from portal.permissions import Right
from portal.registry_version import bump_registry_version


def visible_projects(actor: Actor) -> QuerySet[Project]:
    """The projects that the actor may see, newest first."""
    projects = Project.objects.filter(deleted__isnull=True).order_by("-created", "id")
    if actor.is_administrator:
        return projects
    if actor.resource_id is not None:
        return projects.filter(resource_id=actor.resource_id)
    return projects.filter(pk__in=[project_id for project_id, rights in (actor.rights or {}).items() if rights])


def get_project(actor: Actor, project_id: UUID, right: Right = Right.VIEW) -> Project:
    """The project, if the actor has `right` on it. Raises Refusal `NotFoundProject` or `Forbidden...`."""
    project = Project.objects.filter(pk=project_id, deleted__isnull=True).select_related("resource").first()
    if project is None:
        raise Refusal(
            "NotFoundProject", "There is no such project for this key or account. Check the id, and whose key it is."
        )
    require(actor, right, project)
    return project


def lock_project(project: Project) -> None:
    """Let nobody else change the project's images and tags until this transaction ends.

    Raises Refusal `NotFoundProject` when it was deleted meanwhile.
    """
    if not Project.objects.select_for_update().filter(pk=project.pk, deleted__isnull=True).exists():
        raise Refusal("NotFoundProject", "The project was just deleted; choose another.")


def project_domain(project: Project) -> Domain:
    """The project's entry in the domain table."""
    return DOMAINS[project.domain_id]


@dataclass(frozen=True)
class ProjectSettings:
    """What a project is created with. None means Custom Vision's default."""

    domain_id: UUID | None = None
    classification_type: str | None = None
    target_export_platforms: Sequence[str] = ()
    export_container_uri: str = ""
    notification_uri: str = ""


def may_create_in(actor: Actor, resource: Resource) -> bool:
    """Whether the actor may make projects in the training resource."""
    return actor.is_administrator or actor.resource_id == resource.pk


def create_project(
    actor: Actor, resource: Resource, name: str, description: str = "", project_settings: ProjectSettings | None = None
) -> Project:
    """Make a project in a training resource.

    Default domain: General (classification); default classification type: Multilabel.
    Raises Refusal `BadRequestProjectName`, `...NameNotUnique`, `...UnknownDomain`, `...UnknownClassification`,
    `...UnsupportedExportPlatform`, `...Description`, `BadRequestInvalidUri`, `BadRequestExceedProjectLimit`,
    `ForbiddenUserInsufficientCapability`.
    """
    wanted = project_settings or ProjectSettings()
    if not may_create_in(actor, resource):
        raise Refusal(
            "ForbiddenUserInsufficientCapability",
            "Only an administrator makes projects here. Ask one to make it and to add you to it.",
        )
    domain = checks.known_domain(wanted.domain_id or GENERAL_CLASSIFICATION)
    project = Project(
        resource=resource,
        name=checks.valid_name(name),
        description=checks.valid_description(description),
        domain_id=domain.id,
        classification_type=checks.known_classification_type(
            domain, wanted.classification_type or ClassificationType.MULTILABEL
        ),
        target_export_platforms=checks.known_platforms(wanted.target_export_platforms),
        export_container_uri=checks.valid_uri("exportModelContainerUri", wanted.export_container_uri),
        notification_uri=checks.valid_uri("notificationQueueUri", wanted.notification_uri),
    )
    require_room(resource)
    with unique_name(project.name), transaction.atomic():
        project.save(force_insert=True)
        bump_registry_version()
        audit.record(actor, "create_project", project_id=project.pk, object_id=project.pk, name=project.name)
        notify_connection(project)
    return project


def require_room(resource: Resource) -> None:
    """Raises Refusal `BadRequestExceedProjectLimit` where the resource holds as many projects as its tier allows."""
    if Project.objects.filter(resource=resource, deleted__isnull=True).count() >= PROJECTS_PER_RESOURCE:
        raise Refusal(
            "BadRequestExceedProjectLimit",
            f"A resource holds at most {PROJECTS_PER_RESOURCE} projects; delete one first, or use another resource.",
        )


@dataclass(frozen=True)
class ProjectChange:
    """What to change; None leaves a field as it is, an empty address takes it away.

    `prediction_days` is a number as typed; an empty one gives the project the install's own again.
    """

    name: str | None = None
    description: str | None = None
    domain_id: UUID | None = None
    classification_type: str | None = None
    target_export_platforms: Sequence[str] | None = None
    augmentation_methods: dict[str, bool] | None = None
    export_container_uri: str | None = None
    notification_uri: str | None = None
    prediction_days: str | None = None


def update_project(actor: Actor, project: Project, change: ProjectChange) -> Project:
    """Change a project. The domain may change inside its type; iterations keep the one they were trained with.

    The classification type may change at any time: tags stay on their images, and the next training reads them as one
    choice or as several. A new address for notifications is sent a test.
    Raises what `create_project` raises, and Refusal `BadRequestProjectUnsupportedDomainTypeChange`,
    `BadRequestProjectImagePreprocessingSettings`, `BadRequestPredictionDays`.
    """
    require(actor, Right.EDIT_PROJECT, project)
    was_notified_at, were_kept_days = project.notification_uri, project.prediction_days
    fields = _checked_changes(project, change)
    for field, value in fields.items():
        setattr(project, field, value)
    with unique_name(project.name), transaction.atomic():
        # Not the other columns: a training or an upload may be counting in them.
        project.save(update_fields=[*fields, "last_modified"])
        bump_registry_version()
        audit.record(actor, "update_project", project_id=project.pk, object_id=project.pk, name=project.name)
        if project.notification_uri != was_notified_at:
            notify_connection(project)
        if project.prediction_days != were_kept_days:
            days = project.prediction_days
            audit.record(actor, "keep_predictions", project_id=project.pk, object_id=project.pk, days=days)
    return project


def _checked_changes(project: Project, change: ProjectChange) -> dict[str, Any]:
    """The columns to write, each checked before any is touched."""
    fields: dict[str, Any] = {}
    domain = project_domain(project)
    if change.name is not None:
        fields["name"] = checks.valid_name(change.name)
    if change.description is not None:
        fields["description"] = checks.valid_description(change.description)
    if change.domain_id is not None and change.domain_id != project.domain_id:
        domain = checks.successor_domain(domain, change.domain_id)
        fields["domain_id"] = domain.id
    if change.classification_type is not None:
        fields["classification_type"] = checks.known_classification_type(domain, change.classification_type)
    if change.target_export_platforms is not None:
        fields["target_export_platforms"] = checks.known_platforms(change.target_export_platforms)
    if change.augmentation_methods is not None:
        fields["augmentation_methods"] = checks.valid_augmentations(change.augmentation_methods)
    if change.export_container_uri is not None:
        fields["export_container_uri"] = checks.valid_uri("exportModelContainerUri", change.export_container_uri)
    if change.notification_uri is not None:
        fields["notification_uri"] = checks.valid_uri("notificationQueueUri", change.notification_uri)
    if change.prediction_days is not None:
        fields["prediction_days"] = checks.valid_prediction_days(change.prediction_days)
    return fields


@contextmanager
def unique_name(name: str) -> Iterator[None]:
    """Turn the database's refusal of a second project of that name into Custom Vision's."""
    try:
        yield
    except IntegrityError as error:
        raise Refusal(
            "BadRequestProjectNameNotUnique", f"This resource already has a project named {name}; choose another name."
        ) from error
