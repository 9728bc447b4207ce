"""State of inference: stored predictions, how many a day, tombstones of deleted ones, suggestions."""

import uuid

from django.db import models
from django.db.models import Q

from labeling.models import Image
from portal.models import Project
from training.models import Iteration


class StoredPrediction(models.Model):
    """A prediction that was kept with its image. Its id is the one that the caller was given.

    Ids of iteration and resource are plain: a stored prediction outlives the iteration that made it. The
    indexes hold all that a query asks for, so that whatever it looks for costs one pass over one of them at most.
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
    uncertainty = models.FloatField(default=0.0, help_text="0 is sure (inference.uncertainty).")
    created = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["project", "created", "id", "iteration_id", "published_name", "application"],
                name="prediction_newest",
            ),
            models.Index(
                fields=["project", "uncertainty", "id", "created", "iteration_id", "published_name", "application"],
                name="prediction_suggested",
            ),
            models.Index(
                fields=["project", "iteration_id", "created", "id", "published_name", "application"],
                name="prediction_by_iteration",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0), name="prediction_has_size"),
            models.CheckConstraint(condition=Q(uncertainty__gte=0), name="prediction_uncertainty_from_0"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PredictionTag(models.Model):
    """How probable a tag is on a stored prediction's image, as far as it counts (inference.tag_probabilities).

    Repeats what else a query asks for, none of which ever changes: its index answers whatever a query for a tag
    looks for in one pass at most.
    """

    id = models.BigAutoField(primary_key=True)
    prediction = models.ForeignKey(StoredPrediction, on_delete=models.CASCADE, related_name="tags", db_index=False)
    project_id = models.UUIDField()
    tag_id = models.UUIDField()
    probability = models.FloatField()
    uncertainty = models.FloatField()
    iteration_id = models.UUIDField()
    published_name = models.CharField(max_length=256, blank=True)
    application = models.CharField(max_length=256, blank=True)
    created = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=[
                    *("project_id", "tag_id", "created", "prediction"),
                    *("probability", "uncertainty", "iteration_id", "published_name", "application"),
                ],
                name="prediction_by_tag",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["prediction", "tag_id"], name="prediction_tag_once"),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="prediction_tag_probability_0_to_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.prediction_id}"


class DeletedPrediction(models.Model):
    """A prediction that was deleted: the ingester passes over it, and a deletion cut off in the middle is finished."""

    id = models.UUIDField(primary_key=True)
    project_id = models.UUIDField(help_text="Where it was deleted: a tombstone of another project has no effect.")
    deleted = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return str(self.pk)


class KeptCount(models.Model):
    """How many predictions of an application were stored on a day, where their published name keeps so many a day.

    Counted in the transaction that stores them. What is deleted later still counts.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    published_name = models.CharField(max_length=256)
    application = models.CharField(max_length=256, blank=True)
    day = models.DateField(help_text="Of the prediction, UTC.")
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "project", "published_name", "application"], name="kept_count_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} of {self.application}"


class Suggestion(models.Model):
    """What an iteration says of an image that nobody has tagged yet. Its id follows from the two.

    Kept for 30 days. Whether the image is still there and untagged is asked of labeling at each query.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    iteration = models.ForeignKey(Iteration, on_delete=models.CASCADE, related_name="+", db_index=False)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="suggestions")
    predictions = models.JSONField(help_text="As a stored prediction's, of all tags that the iteration knows.")
    uncertainty = models.FloatField(help_text="0 is sure (inference.uncertainty).")
    created = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["iteration", "uncertainty", "id", "created", "image"], name="suggestion_order")]
        constraints = [
            models.UniqueConstraint(fields=["iteration", "image"], name="suggestion_once"),
            models.CheckConstraint(condition=Q(uncertainty__gte=0), name="suggestion_uncertainty_from_0"),
        ]

    def __str__(self) -> str:
        return f"{self.image_id} by {self.iteration_id}"


class SuggestionTag(models.Model):
    """How probable a tag is on a suggestion's image, as far as it counts (inference.tag_probabilities)."""

    id = models.BigAutoField(primary_key=True)
    suggestion = models.ForeignKey(Suggestion, on_delete=models.CASCADE, related_name="tags", db_index=False)
    iteration_id = models.UUIDField()
    tag_id = models.UUIDField()
    probability = models.FloatField()

    class Meta:
        indexes = [
            models.Index(fields=["iteration_id", "tag_id", "probability", "suggestion"], name="suggestion_by_tag")
        ]
        constraints = [
            models.UniqueConstraint(fields=["suggestion", "tag_id"], name="suggestion_tag_once"),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="suggestion_tag_probability_0_to_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.suggestion_id}"
