"""Which predictions under a published name are stored."""

from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import transaction

from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.permissions import Right
from portal.registry_version import bump_registry_version
from training.models import PredictionSampling, PublishedName, SamplingKind

LEAST_SURE_PERCENT, MOST_SURE_PERCENT = 50, 99
MOST_A_DAY = 1_000_000


@dataclass(frozen=True)
class Sampling:
    """A policy. Numbers that its kind does not use are kept for when it does.

    `unsure` keeps what is as hard to tell as a choice between two tags of which one is `sure_percent` probable, or
    harder (inference.uncertainty). `daily` keeps the first `most_a_day` of each application, by days in UTC.
    """

    kind: str = SamplingKind.ALL
    sure_percent: int = 80
    most_a_day: int = 100


def sampling_of(project_id: UUID, name: str) -> Sampling:
    """The policy of the name, published or not; everything is kept until something else is said."""
    row = PredictionSampling.objects.filter(project_id=project_id, name=name).first()
    return Sampling(row.kind, row.sure_percent, row.most_a_day) if row else Sampling()


def all_samplings() -> dict[tuple[UUID, str], Sampling]:
    """Every policy, by project and name."""
    rows = PredictionSampling.objects.values_list("project_id", "name", "kind", "sure_percent", "most_a_day")
    return {(project_id, name): Sampling(kind, sure, most) for project_id, name, kind, sure, most in rows}


def set_sampling(actor: Actor, published: PublishedName, sampling: Sampling) -> None:
    """Store from now on what the policy says. What is stored already stays, and answers stay as they are.

    The policy is the name's: it stays when the name moves to another iteration, and when it is taken away and given
    again. Raises Refusal `BadRequestSampling`.
    """
    require(actor, Right.PUBLISH, published.project)
    with transaction.atomic():
        write_sampling(actor, published, sampling)
        bump_registry_version()


def write_sampling(actor: Actor, published: PublishedName, sampling: Sampling) -> None:
    """Note the policy, with its audit line where it is another. Call it in the transaction of the change."""
    check_sampling(sampling)
    if sampling_of(published.project_id, published.name) == sampling:
        return
    PredictionSampling.objects.update_or_create(
        project_id=published.project_id, name=published.name, defaults=asdict(sampling)
    )
    audit.record(
        actor,
        "set_sampling",
        project_id=published.project_id,
        object_id=published.iteration_id,
        name=published.name,
        **asdict(sampling),
    )


def sampling_words(sampling: Sampling) -> str:
    """What is stored, as it goes into a sentence."""
    if sampling.kind == SamplingKind.UNSURE:
        return f"predictions no surer than {sampling.sure_percent}% to {100 - sampling.sure_percent}%"
    if sampling.kind == SamplingKind.DAILY:
        return f"{sampling.most_a_day:,} prediction{'' if sampling.most_a_day == 1 else 's'} a day of each application"
    return "no predictions" if sampling.kind == SamplingKind.NONE else "all predictions"


def check_sampling(sampling: Sampling) -> None:
    """Raises Refusal `BadRequestSampling`."""
    if sampling.kind not in SamplingKind.values:
        raise Refusal("BadRequestSampling", "Choose which predictions to store: all, unsure ones, some a day, or none.")
    if not LEAST_SURE_PERCENT <= sampling.sure_percent <= MOST_SURE_PERCENT:
        raise Refusal(
            "BadRequestSampling",
            f"How sure is a percentage of {LEAST_SURE_PERCENT} to {MOST_SURE_PERCENT}: choose another.",
        )
    if not 1 <= sampling.most_a_day <= MOST_A_DAY:
        raise Refusal("BadRequestSampling", f"How many a day is 1 to {MOST_A_DAY:,}: choose another number.")
