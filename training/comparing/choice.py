"""Which iterations are compared, and which of them is the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.errors import Refusal
from portal.models import Project
from training.iterations import project_iterations
from training.models import Iteration, IterationState

MOST_COMPARED = 6


@dataclass(frozen=True)
class Choice:
    """`completed`: all there are to choose from, newest first; `compared`: the one before, then those beside it.

    Fewer than two completed iterations leave `compared` empty.
    """

    completed: tuple[Iteration, ...]
    compared: tuple[Iteration, ...]

    @property
    def before(self) -> Iteration:
        return self.compared[0]

    @property
    def after(self) -> Iteration:
        return self.compared[1]

    @property
    def more(self) -> tuple[Iteration, ...]:
        """Those that were added to the two."""
        return self.compared[2:]

    @property
    def left(self) -> tuple[Iteration, ...]:
        """Those that can still be added."""
        if len(self.compared) >= MOST_COMPARED:
            return ()
        return tuple(each for each in self.completed if each not in self.compared)

    @property
    def others(self) -> tuple[Iteration, ...]:
        """Each is held against `before`."""
        return self.compared[1:]


def choose(
    project: Project, before_id: UUID | None = None, after_id: UUID | None = None, also_ids: Sequence[UUID] = ()
) -> Choice:
    """Those asked for; else the newest against the published one, or against the one before it (one query).

    Raises Refusal `NotFoundIteration`, `BadRequestIterationIsNotTrained`, `BadRequest` for too many.
    """
    every = {iteration.pk: iteration for iteration in project_iterations(project)}
    completed = tuple(each for each in every.values() if each.state == IterationState.COMPLETED)
    asked = [_checked(every, each) for each in (before_id, after_id, *also_ids) if each is not None]
    if len(completed) < 2:
        return Choice(completed, ())
    before = every[before_id] if before_id else None
    after = every[after_id] if after_id and after_id != before_id else None
    after = after or next(each for each in completed if each != before)
    before = before or _usual_before(completed, after)
    compared = tuple(dict.fromkeys((before, after, *asked)))
    if len(compared) > MOST_COMPARED:
        raise Refusal("BadRequest", f"At most {MOST_COMPARED} iterations are compared at once.")
    return Choice(completed, compared)


def _checked(every: dict[UUID, Iteration], iteration_id: UUID) -> Iteration:
    iteration = every.get(iteration_id)
    if iteration is None:
        raise Refusal("NotFoundIteration", "This project has no such iteration; get_iterations lists them.")
    if iteration.state != IterationState.COMPLETED:
        raise Refusal("BadRequestIterationIsNotTrained", f"{iteration.name} is not trained, so it cannot be compared.")
    return iteration


def _usual_before(completed: Sequence[Iteration], after: Iteration) -> Iteration:
    others = [each for each in completed if each != after]
    published = next((each for each in others if getattr(each, "published_name", None)), None)
    earlier = next((each for each in others if each.number < after.number), None)
    return published or earlier or others[0]
