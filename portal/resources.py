"""Training and prediction resources."""

import re
import uuid

from django.db import IntegrityError, transaction

from portal import audit
from portal.actors import SYSTEM, Actor
from portal.errors import Refusal
from portal.keys import make_key
from portal.models import Resource, ResourceKind

RESOURCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,62}[A-Za-z0-9]")
DEFAULT_RESOURCE_GROUP = "sightline"
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
    if not actor.is_administrator:
        raise Refusal("ForbiddenUserInsufficientCapability", "Only an administrator can create resources.")
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
        raise Refusal("BadRequestInvalidPublishTarget", "The subscription in predictionId is not an id.") from None
    resource = Resource.objects.filter(
        kind=ResourceKind.PREDICTION,
        subscription_id=subscription_id,
        resource_group__iexact=match["group"],
        name__iexact=match["name"],
    ).first()
    if resource is None:
        raise Refusal("BadRequestInvalidPublishTarget", "No prediction resource on this server has that id.")
    return resource
