"""What each kind of job runs, registered by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.jobs.running import RunningJob
    from portal.models import Job


# Attempts of work that must not be given up, such as removing what somebody deleted: a week of them, ten minutes apart.
UNTIL_DONE = 1000


class JobFailed(Exception):
    """The work cannot succeed, now or on another attempt: `cause` and `next_step` are for a person to read."""

    def __init__(self, cause: str, next_step: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step


class AttemptFailed(JobFailed):
    """This attempt failed for a passing reason; another may do better."""


@dataclass(frozen=True)
class JobHandler:
    """How one kind of job is done.

    `run` does the work and must end it with `with job.commit():` around its last writes; it can be called again
    after a crash. `on_stopped` is called in the transaction in which a job ends as failed or cancelled, so that
    what it worked on (an iteration, say) changes with it.
    """

    kind: str
    queue: str
    run: "Callable[[RunningJob], None]"
    on_stopped: "Callable[[Job], None] | None" = None
    max_attempts: int = 3


_handlers: dict[str, JobHandler] = {}


def register(handler: JobHandler) -> None:
    """Make a kind of job known; apps do this in `AppConfig.ready`."""
    _handlers[handler.kind] = handler


def handler_for(kind: str) -> JobHandler:
    """The handler of that kind. Raises KeyError for an unknown one."""
    return _handlers[kind]
