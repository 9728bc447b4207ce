"""Whether a prediction is stored, decided once its answer is made and without a query."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from inference.daily_counts import DailyCounts, Name
from inference.registry import Registry, ServedIteration
from inference.runtime import Prediction
from inference.uncertainty import box_uncertainty, tag_uncertainty, uncertainty_at
from training.models import SamplingKind


def is_wanted(
    served: ServedIteration, ranked: Sequence[Prediction], application: str, created: datetime, daily: DailyCounts
) -> bool:
    """What the published name's policy says of this answer."""
    sampling = served.sampling
    if sampling.kind == SamplingKind.ALL:
        return True
    if sampling.kind == SamplingKind.UNSURE:
        return _uncertainty(ranked, is_classifier=served.is_classifier) >= uncertainty_at(sampling.sure_percent)
    if sampling.kind == SamplingKind.DAILY:
        return daily.take(_name(served), application, sampling.most_a_day, created)
    return False


def most_a_day(served: ServedIteration) -> int | None:
    """How many the ingester may store of each application in a day; None where it is to store all."""
    return served.sampling.most_a_day if served.sampling.kind == SamplingKind.DAILY else None


def daily_names(registry: Registry) -> Iterator[Name]:
    """The published names that store so many a day."""
    return (_name(served) for served in registry.served.values() if served.sampling.kind == SamplingKind.DAILY)


def _name(served: ServedIteration) -> Name:
    return served.project_id, served.name


def _uncertainty(ranked: Sequence[Prediction], *, is_classifier: bool) -> float:
    probabilities = [each.probability for each in ranked]
    return tag_uncertainty(probabilities) if is_classifier else box_uncertainty(probabilities)
