"""What a client needs to know about this install."""

from dataclasses import dataclass

from django.conf import settings

from portal.keys import reveal
from portal.models import Resource, ResourceKind


class NoInstall(Exception):
    """There is nothing in the data folder yet."""


@dataclass(frozen=True)
class InstallFacts:
    """Endpoint, the first training and prediction resource's first keys, and the id that publishing takes."""

    endpoint: str
    training_key: str
    prediction_key: str
    prediction_resource_id: str


def install_facts() -> InstallFacts:
    """Raises NoInstall before the first start."""
    training = Resource.objects.filter(kind=ResourceKind.TRAINING).order_by("created").first()
    prediction = Resource.objects.filter(kind=ResourceKind.PREDICTION).order_by("created").first()
    if training is None or prediction is None:
        raise NoInstall
    return InstallFacts(
        endpoint=settings.SIGHTLINE_PUBLIC_URL,
        training_key=reveal(training.keys.get(slot=1)),
        prediction_key=reveal(prediction.keys.get(slot=1)),
        prediction_resource_id=prediction.full_id,
    )
