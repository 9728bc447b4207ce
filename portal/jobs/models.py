"""The job row: what is to be done, who does it, how far it is."""

import uuid

from django.db import models
from django.db.models import Q


class JobState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED_STATES = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class Job(models.Model):
    """Long work, recorded before it is rung for, so that no broker loss can lose it.

    Written only through portal.jobs: `start_job`, the lease functions, `request_cancel`, the reaper.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64, help_text="Name of the registered handler.")
    arguments = models.JSONField(default=dict, help_text="Ids only, for the handler.")
    queue = models.CharField(max_length=32)
    project_id = models.UUIDField(null=True, blank=True, db_index=True)
    started_by = models.CharField(max_length=200, help_text="Name of the actor.")

    state = models.CharField(max_length=16, choices=JobState.choices, default=JobState.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    token = models.UUIDField(null=True, blank=True, help_text="Only the holder of this token may commit.")
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField(help_text="Not to be started before.")
    rung_at = models.DateTimeField(null=True, blank=True, help_text="When the broker was last told.")
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_by = models.CharField(max_length=200, blank=True)

    stage = models.CharField(max_length=200, blank=True)
    percent = models.FloatField(default=0)
    seconds_left = models.FloatField(null=True, blank=True)
    error = models.TextField(blank=True, help_text="The cause, one plain sentence.")
    next_step = models.TextField(blank=True, help_text="What the reader can do about it.")

    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "portal"
        indexes = [models.Index(fields=["state", "due_at"], name="job_due")]
        constraints = [
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="job_percent_0_to_100"),
            models.CheckConstraint(
                condition=~Q(state=JobState.RUNNING) | Q(token__isnull=False, lease_until__isnull=False),
                name="job_running_has_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=FINISHED_STATES) | Q(finished__isnull=False), name="job_finished_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED_STATES
