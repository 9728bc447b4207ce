"""State of inference: stored predictions, and the tombstones of deleted ones."""

import uuid

from django.db import models
from django.db.models import Q

from portal.models import Project


class StoredPrediction(models.Model):
    """A prediction that was kept with its image. Its id is the one that the caller was given.

    Ids of iteration and resource are plain: a stored prediction outlives the iteration that made it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="stored_predictions")
    iteration_id = models.UUIDField()
    resource_id = models.UUIDField(null=True, blank=True, help_text="Null for a quick test.")
    published_name = models.CharField(max_length=256, blank=True)
    application = models.CharField(max_length=256, blank=True)
    domain_id = models.UUIDField()
    image_sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=32)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField()
    predictions = models.JSONField(help_text="As answered: tag id, name, type, probability, box; most probable first.")
    created = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["project", "-created", "id"], name="prediction_newest"),
            models.Index(fields=["project", "iteration_id", "-created"], name="prediction_by_iteration"),
        ]
        constraints = [models.CheckConstraint(condition=Q(width__gt=0, height__gt=0), name="prediction_has_size")]

    def __str__(self) -> str:
        return str(self.pk)


class DeletedPrediction(models.Model):
    """A prediction deleted before its row was written; the ingester passes over it."""

    id = models.UUIDField(primary_key=True)
    project_id = models.UUIDField(help_text="Where it was deleted: a tombstone of another project has no effect.")
    deleted = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return str(self.pk)
