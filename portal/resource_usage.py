"""What resources hold, against the limits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from portal.limits import PROJECTS_PER_RESOURCE
from portal.models import Resource, ResourceKind


@dataclass(frozen=True)
class Usage:
    """One figure and its limit."""

    name: str
    used: int
    limit: int

    @property
    def words(self) -> str:
        """Both figures, with separators."""
        return f"{self.used:,} of {self.limit:,}"


Provider = Callable[[], Mapping[UUID, list[Usage]]]

_providers: list[Provider] = []


def register_usage(provider: Provider) -> None:
    """Let an app add what it counts: figures by the training resource's id, in a fixed number of queries."""
    _providers.append(provider)


def usage_by_resource() -> dict[UUID, list[Usage]]:
    """The figures of every training resource: its projects, then what the apps count."""
    in_sight = Count("projects", filter=Q(projects__deleted__isnull=True))
    training = Resource.objects.filter(kind=ResourceKind.TRAINING).annotate(project_count=in_sight)
    found = {
        resource_id: [Usage("Projects", count, PROJECTS_PER_RESOURCE)]
        for resource_id, count in training.values_list("pk", "project_count")
    }
    for provider in _providers:
        for resource_id, figures in provider().items():
            found.setdefault(resource_id, []).extend(figures)
    return found
