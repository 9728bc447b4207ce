"""From the Training-Key header to an actor."""

from django.http import HttpRequest

from portal.actors import Actor, actor_for_training_key
from portal.key_use import process_key_use
from portal.keys import find_key
from portal.models import Resource, ResourceKind
from portal.wire.errors import AccessDenied

ADVICE = "`./sightline keys` prints the keys of this server."


def authenticate_training_key(request: HttpRequest) -> tuple[Actor, Resource]:
    """The actor and the training resource of the call's key. Raises AccessDenied, naming the likely cause."""
    key = request.headers.get("Training-Key", "").strip()
    if not key:
        if request.headers.get("Prediction-Key"):
            raise AccessDenied(
                f"Access denied: training calls need a Training-Key header, not Prediction-Key. {ADVICE}"
            )
        raise AccessDenied(f"Access denied: the Training-Key header is missing. {ADVICE}")
    found = find_key(key, ResourceKind.TRAINING)
    if found is None:
        if find_key(key, ResourceKind.PREDICTION) is not None:
            raise AccessDenied(f"Access denied: this is a prediction key; use a training resource's key. {ADVICE}")
        raise AccessDenied(
            "Access denied: invalid subscription key or wrong endpoint. No training resource on this server has"
            f" this key. {ADVICE}"
        )
    process_key_use.note(found.digest)
    return actor_for_training_key(found.resource), found.resource
