"""Going back: a published name answers with a former iteration again."""

from portal.actors import Actor, require
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Right
from training.models import Iteration, PublishedName, PublishEvent
from training.publishing import publish_iteration


def go_back(actor: Actor, project: Project, event_id: int, override_reason: str = "") -> PublishedName:
    """Move the name of a former publishing back to its iteration, in its resource, with the thresholds of that time.

    It is the same act as publishing: the project's gates count here too, and an `override_reason` overrides them.
    Raises Refusal `NotFoundIteration`, `NotFoundResource` where one was deleted, and what `publish_iteration` raises.
    """
    require(actor, Right.PUBLISH, project)
    events = PublishEvent.objects.filter(project=project)
    event = events.filter(pk=event_id, act="publish").select_related("resource").first()
    if event is None:
        raise Refusal("NotFoundIteration", "There is no such publishing in this project: load the page again.")
    iteration = Iteration.objects.filter(project=project, pk=event.iteration_id, deleted__isnull=True).first()
    if iteration is None:
        raise Refusal(
            "NotFoundIteration",
            f"{event.iteration_name} was deleted, so {event.name} cannot go back to it: choose another iteration.",
        )
    if event.resource is None:
        raise Refusal(
            "NotFoundResource",
            f"The prediction resource {event.resource_name} was deleted: publish {iteration.name} in another.",
        )
    # What the name carried when the iteration last stood behind it; thresholds may have changed in between.
    last = events.filter(name=event.name, pk__gt=event.pk).order_by("pk").first() or event
    thresholds = last.thresholds if last.iteration_id == event.iteration_id else event.thresholds
    return publish_iteration(
        actor,
        iteration,
        event.name,
        event.resource.full_id,
        overwrite=True,
        thresholds=thresholds,
        override_reason=override_reason,
    )
