"""What the predictions of a project can be filtered by."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from inference.models import StoredPrediction
from portal.models import Project
from training.iterations import project_iterations
from training.models import IterationState, PublishedName, PublishEvent

# Applications are told from the latest predictions alone: to go through all of them would take as long as a query.
LATEST_LOOKED_AT = 1000


@dataclass(frozen=True)
class PredictionChoices:
    """Iterations with their names, newest first; names that iterations are or were published under; applications."""

    iterations: Sequence[tuple[UUID, str]]
    published_names: Sequence[str]
    applications: Sequence[str]


def prediction_choices(project: Project, chosen_iteration: UUID | None, chosen_name: str) -> PredictionChoices:
    """Three queries, whatever is stored. What is chosen is offered also where it is not there any more."""
    trained = project_iterations(project).filter(state=IterationState.COMPLETED)
    iterations = list(trained.values_list("pk", "name"))
    if chosen_iteration is not None and chosen_iteration not in dict(iterations):
        iterations.append((chosen_iteration, "Deleted iteration"))
    now = PublishedName.objects.filter(project=project).order_by().values_list("name")
    earlier = PublishEvent.objects.filter(project=project).order_by().values_list("name")
    latest = StoredPrediction.objects.filter(project=project).order_by("-created").values("application")
    applications = {row["application"] for row in latest[:LATEST_LOOKED_AT]} - {""}
    names = {name for (name,) in now.union(earlier)} | ({chosen_name} - {""})
    return PredictionChoices(iterations, sorted(names), sorted(applications))
