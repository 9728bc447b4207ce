"""Training and prediction resources."""

import re
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from portal import audit
from portal.actors import SYSTEM, Actor
from portal.errors import Refusal
from portal.keys import make_key
from portal.models import Project, Resource, ResourceKind
from portal.registry_version import bump_registry_version

RESOURCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}[A-Za-z0-9]")
DEFAULT_RESOURCE_GROUP = "sightline"
NOTES_CHARACTERS = 2000
FULL_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.CognitiveServices/accounts/(?P<name>[^/]+)/?",
    re.IGNORECASE,
)


def create_resource(
    actor: Actor,
    kind: ResourceKind,
    name: str,
    *,
    subscription_id: uuid.UUID | None = None,
    resource_group: str = DEFAULT_RESOURCE_GROUP,
) -> Resource:
    """Make a resource with two keys. Administrators only.

    Without a subscription id it gets that of the first resource, so that one install looks like one subscription.
    """
    _require_administrator(actor, "create resources")
    if not RESOURCE_NAME.fullmatch(name):
        raise Refusal("BadRequest", "A resource name is 2 to 64 letters, digits and hyphens.")
    if subscription_id is None:
        subscription_id = Resource.objects.values_list("subscription_id", flat=True).first() or uuid.uuid4()
    try:
        with transaction.atomic():
            resource = Resource.objects.create(
                kind=kind, name=name, subscription_id=subscription_id, resource_group=resource_group
            )
            make_key(resource, 1)
            make_key(resource, 2)
            audit.record(actor, "create_resource", object_id=resource.pk, kind=kind, name=name)
    except IntegrityError as error:
        raise Refusal("BadRequest", f"There is already a resource named {name}.") from error
    return resource


def update_notes(actor: Actor, resource: Resource, notes: str) -> None:
    """Change what people wrote about a resource. Administrators only. Raises Refusal `BadRequest` for too much."""
    _require_administrator(actor, "change resources")
    notes = notes.replace("\r\n", "\n").strip()
    if len(notes) > NOTES_CHARACTERS or "\0" in notes:
        raise Refusal("BadRequest", f"Notes have at most {NOTES_CHARACTERS} characters.")
    with transaction.atomic():
        resource.notes = notes
        resource.save(update_fields=["notes"])
        audit.record(actor, "update_notes", object_id=resource.pk, name=resource.name)


@dataclass(frozen=True)
class ResourceContents:
    """What stands on a resource and would break without it."""

    projects: list[Project]
    published: list[tuple[Project, str]]  # a name that answers with this resource's keys, and its project
    is_last_of_kind: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing would break."""
        return not self.projects and not self.published and not self.is_last_of_kind


def resource_contents(resource: Resource) -> ResourceContents:
    """What stands on the resource, by name (three queries)."""
    published = resource.published_names.select_related("project").order_by("project__name", "name")
    return ResourceContents(
        projects=list(resource.projects.filter(deleted__isnull=True).order_by("name")),
        published=[(each.project, each.name) for each in published],
        is_last_of_kind=not Resource.objects.filter(kind=resource.kind).exclude(pk=resource.pk).exists(),
    )


def delete_resource(actor: Actor, resource: Resource) -> None:
    """Remove a resource with its keys. Administrators only.

    Raises Refusal `ConflictResourceInUse` while it holds a project or a published name, and for the last of its kind.
    """
    _require_administrator(actor, "delete resources")
    try:
        with transaction.atomic():
            list(Resource.objects.select_for_update().filter(kind=resource.kind).order_by("pk"))
            contents = resource_contents(resource)
            if contents.projects or contents.published:
                raise Refusal("ConflictResourceInUse", f"{resource.name} is in use; empty it first.")
            if contents.is_last_of_kind:
                raise Refusal("ConflictResourceInUse", f"{resource.name} is the only {resource.kind} resource.")
            audit.record(actor, "delete_resource", object_id=resource.pk, kind=resource.kind, name=resource.name)
            resource.delete()
            bump_registry_version()
    except IntegrityError as error:  # a project is still being removed, or was made this moment
        raise Refusal(
            "ConflictResourceInUse", f"A project of {resource.name} is still being removed. Try again in a minute."
        ) from error


def create_default_resources() -> tuple[Resource, Resource]:
    """The training and the prediction resource of a fresh install; returns the first of each where there are some."""
    found = {}
    for kind, name in ((ResourceKind.TRAINING, "default-training"), (ResourceKind.PREDICTION, "default-prediction")):
        resource = Resource.objects.filter(kind=kind).order_by("created").first()
        found[kind] = resource or create_resource(SYSTEM, kind, name)
    return found[ResourceKind.TRAINING], found[ResourceKind.PREDICTION]


def find_prediction_resource(full_id: str) -> Resource:
    """The prediction resource with that full id; case does not count, as in Azure.

    Raises Refusal `BadRequestInvalidPublishTarget`.
    """
    match = FULL_ID.fullmatch(full_id.strip())
    if match is None:
        raise Refusal(
            "BadRequestInvalidPublishTarget",
            "predictionId must be the prediction resource's full id, /subscriptions/.../accounts/NAME;"
            " `./sightline keys` prints it.",
        )
    try:
        subscription_id = uuid.UUID(match["subscription"])
    except ValueError:
        raise Refusal(
            "BadRequestInvalidPublishTarget",
            "The subscription in predictionId is not an id; `./sightline keys` prints it.",
        ) from None
    resource = Resource.objects.filter(
        kind=ResourceKind.PREDICTION,
        subscription_id=subscription_id,
        resource_group__iexact=match["group"],
        name__iexact=match["name"],
    ).first()
    if resource is None:
        raise Refusal(
            "BadRequestInvalidPublishTarget",
            "No prediction resource on this server has that id; `./sightline keys` prints it.",
        )
    return resource


def _require_administrator(actor: Actor, act: str) -> None:
    if not actor.is_administrator:
        raise Refusal("ForbiddenUserInsufficientCapability", f"Only an administrator can {act}.")
