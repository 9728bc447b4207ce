"""What a published name answered with before."""

from uuid import UUID

from training.models import Iteration, PublishedName, PublishEvent


def holder_of(project_id: UUID, name: str) -> PublishedName | None:
    """The name as it answers now."""
    return (
        PublishedName.objects.filter(project_id=project_id, name=name).select_related("iteration", "resource").first()
    )


def former_iteration(project_id: UUID, name: str) -> Iteration | None:
    """The iteration behind the name; where it does not answer now, the last one behind it that is still there."""
    holder = holder_of(project_id, name)
    if holder is not None:
        return holder.iteration
    there = Iteration.objects.filter(project_id=project_id, deleted__isnull=True)
    events = PublishEvent.objects.filter(project_id=project_id, name=name, iteration_id__in=there.values("pk"))
    last = events.order_by("-pk").values_list("iteration_id", flat=True).first()
    return there.filter(pk=last).first() if last is not None else None


def last_thresholds(project_id: UUID, name: str) -> dict[str, float]:
    """What the name carries, or carried when it answered last."""
    holder = holder_of(project_id, name)
    if holder is not None:
        return dict(holder.thresholds)
    event = PublishEvent.objects.filter(project_id=project_id, name=name).order_by("-pk").first()
    return dict(event.thresholds) if event is not None else {}
