"""Projects: find, create, change."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from portal import audit
from portal.actors import Actor, require
from portal.domains import DOMAINS, EXPORT_PLATFORMS, GENERAL_CLASSIFICATION, Domain, DomainType
from portal.errors import Refusal
from portal.limits import NAME_CHARACTERS, PROJECTS_PER_RESOURCE
from portal.models import ClassificationType, Project, Resource
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
        raise Refusal("NotFoundProject", "There is no such project for this key or account.")
    require(actor, right, project)
    return project


def lock_project(project: Project) -> None:
    """Let nobody else change the project's images and tags until this transaction ends.

    Raises Refusal `NotFoundProject` when it was deleted meanwhile.
    """
    if not Project.objects.select_for_update().filter(pk=project.pk, deleted__isnull=True).exists():
        raise Refusal("NotFoundProject", "The project was just deleted.")


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
    `...UnsupportedExportPlatform`, `BadRequestExceedProjectLimit`, `ForbiddenUserInsufficientCapability`.
    """
    wanted = project_settings or ProjectSettings()
    if not may_create_in(actor, resource):
        raise Refusal(
            "ForbiddenUserInsufficientCapability",
            "Only an administrator makes projects here. Ask one to make it and to add you to it.",
        )
    domain = _known_domain(wanted.domain_id or GENERAL_CLASSIFICATION)
    if not domain.is_enabled:
        raise Refusal("BadRequestProjectUnknownDomain", f"The domain {domain.name} was retired by Custom Vision.")
    project = Project(
        resource=resource,
        name=_valid_name(name),
        description=description,
        domain_id=domain.id,
        classification_type=_classification_type(domain, wanted.classification_type or ClassificationType.MULTILABEL),
        target_export_platforms=_known_platforms(wanted.target_export_platforms),
        export_container_uri=wanted.export_container_uri,
        notification_uri=wanted.notification_uri,
    )
    if Project.objects.filter(resource=resource, deleted__isnull=True).count() >= PROJECTS_PER_RESOURCE:
        raise Refusal("BadRequestExceedProjectLimit", f"A resource holds at most {PROJECTS_PER_RESOURCE} projects.")
    with _unique_name(project.name), transaction.atomic():
        project.save(force_insert=True)
        bump_registry_version()
        audit.record(actor, "create_project", project_id=project.pk, object_id=project.pk, name=project.name)
    return project


@dataclass(frozen=True)
class ProjectChange:
    """What to change; None leaves a field as it is."""

    name: str | None = None
    description: str | None = None
    domain_id: UUID | None = None
    classification_type: str | None = None
    target_export_platforms: Sequence[str] | None = None
    augmentation_methods: dict[str, bool] | None = None


def update_project(actor: Actor, project: Project, change: ProjectChange) -> Project:
    """Change a project. The domain may change inside its type; iterations keep the one they were trained with."""
    require(actor, Right.EDIT_PROJECT, project)
    if change.name is not None:
        project.name = _valid_name(change.name)
    if change.description is not None:
        project.description = change.description
    if change.domain_id is not None and change.domain_id != project.domain_id:
        domain = _known_domain(change.domain_id)
        if domain.type != project_domain(project).type:
            raise Refusal(
                "BadRequestProjectUnsupportedDomainTypeChange",
                "A project stays a classification or an object detection project; make a new project instead.",
            )
        if not domain.is_enabled:
            raise Refusal("BadRequestProjectUnknownDomain", f"The domain {domain.name} was retired by Custom Vision.")
        project.domain_id = domain.id
    if change.classification_type is not None:
        project.classification_type = _classification_type(project_domain(project), change.classification_type)
    if change.target_export_platforms is not None:
        project.target_export_platforms = _known_platforms(change.target_export_platforms)
    if change.augmentation_methods is not None:
        project.augmentation_methods = change.augmentation_methods
    with _unique_name(project.name), transaction.atomic():
        project.save()
        bump_registry_version()
        audit.record(actor, "update_project", project_id=project.pk, object_id=project.pk, name=project.name)
    return project


@contextmanager
def _unique_name(name: str) -> Iterator[None]:
    """Turn the database's refusal of a second project of that name into Custom Vision's."""
    try:
        yield
    except IntegrityError as error:
        raise Refusal("BadRequestProjectNameNotUnique", f"This resource already has a project named {name}.") from error


def _valid_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > NAME_CHARACTERS or "\0" in name:
        raise Refusal("BadRequestProjectName", f"A project name has 1 to {NAME_CHARACTERS} characters.")
    return name


def _known_domain(domain_id: UUID) -> Domain:
    try:
        return DOMAINS[domain_id]
    except KeyError:
        raise Refusal("BadRequestProjectUnknownDomain", f"There is no domain {domain_id}.") from None


def _classification_type(domain: Domain, classification_type: str) -> str | None:
    if domain.type is not DomainType.CLASSIFICATION:
        return None
    if classification_type not in ClassificationType.values:
        raise Refusal("BadRequestProjectUnknownClassification", "The classification type is Multiclass or Multilabel.")
    return classification_type


def _known_platforms(platforms: Sequence[str]) -> list[str]:
    unknown = sorted(set(platforms) - set(EXPORT_PLATFORMS))
    if unknown:
        raise Refusal("BadRequestProjectUnsupportedExportPlatform", f"Unknown export platform: {', '.join(unknown)}.")
    return list(dict.fromkeys(platforms))
