"""One copy in work: both projects, the ids of what is copied, and what must still hold."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.db import transaction

from portal.errors import Refusal
from portal.jobs.handlers import JobFailed
from portal.models import Project
from portal.projects import lock_project

TRY_AGAIN = "Delete this project, then export and import again."


@dataclass(frozen=True)
class Copy:
    """From `source` into `target`; `tell` reports progress (stage, percent) and ends the work by raising.

    A large copy is many jobs, one after the other, so that other short jobs get their turn: each works until `until`
    on the clock of time.monotonic.
    """

    source: Project
    target: Project
    tell: Callable[[str, float], None]
    until: float

    @property
    def is_time_over(self) -> bool:
        """Whether this job should leave the rest to the next."""
        return time.monotonic() > self.until

    def id_of(self, original: UUID) -> UUID:
        """The id that the copy of something has: always the same, so that every step can be done again."""
        return uuid5(self.target.pk, str(original))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction of writes to the target. Raises JobFailed when either project was deleted meanwhile."""
        self.check_source()
        with transaction.atomic():
            try:
                lock_project(self.target)
            except Refusal as refusal:
                raise JobFailed(refusal.message) from refusal
            yield

    def check_source(self) -> None:
        """Raises JobFailed when the source was deleted."""
        if not Project.objects.filter(pk=self.source.pk, deleted__isnull=True).exists():
            raise JobFailed(f"{self.source.name}, which was being copied, was deleted.", TRY_AGAIN)
