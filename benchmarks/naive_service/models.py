"""Keys, published names and predictions, as rows."""

from uuid import uuid4

from django.db import models


class Key(models.Model):
    """A prediction key."""

    key = models.CharField(max_length=64, unique=True)


class Published(models.Model):
    """A name and the artifact behind it."""

    project = models.UUIDField()
    name = models.CharField(max_length=128)
    iteration = models.UUIDField(default=uuid4)
    artifact = models.CharField(max_length=512)
    key = models.ForeignKey(Key, on_delete=models.CASCADE)

    class Meta:
        unique_together = [("project", "name")]


class StoredPrediction(models.Model):
    """A prediction and its image."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    published = models.ForeignKey(Published, on_delete=models.CASCADE)
    created = models.DateTimeField(auto_now_add=True)
    image = models.FileField(upload_to="predictions")


class StoredTag(models.Model):
    """One tag of a prediction."""

    prediction = models.ForeignKey(StoredPrediction, on_delete=models.CASCADE)
    tag_id = models.UUIDField()
    name = models.CharField(max_length=128)
    probability = models.FloatField()
    box = models.JSONField(null=True)
