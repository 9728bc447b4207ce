"""State of the bottom layer: people, resources, projects, audit, processes."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from portal.jobs.models import Job, JobState
from portal.permissions import Role

__all__ = [
    "AuditEntry",
    "ClassificationType",
    "Invitation",
    "Job",
    "JobState",
    "KeyApplication",
    "Membership",
    "PredictionUse",
    "ProcessHeartbeat",
    "Project",
    "ProjectStatus",
    "RegistryVersion",
    "Resource",
    "ResourceKey",
    "ResourceKind",
    "User",
]


class User(AbstractUser):
    """A person who signs in. Administrators are superusers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    last_seen = models.DateTimeField(null=True, blank=True, help_text="To five minutes; `last_login` may be newer.")
    must_change_password = models.BooleanField(default=False, help_text="The password was made up and printed.")


class Invitation(models.Model):
    """The one-time link with which a person sets a password. A person has one at most; the newest counts."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="invitation")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the link's token, hex.")
    created = models.DateTimeField()
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return f"link for {self.user}"


class ResourceKind(models.TextChoices):
    TRAINING = "training"
    PREDICTION = "prediction"


class Resource(models.Model):
    """A training or prediction resource, with two keys; owns projects (training) or published names."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=ResourceKind.choices)
    name = models.CharField(max_length=64)
    subscription_id = models.UUIDField(help_text="First part of the resource id that clients send on publish.")
    resource_group = models.CharField(max_length=90)
    notes = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                F("subscription_id"), Lower("resource_group"), Lower("name"), name="resource_id_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def full_id(self) -> str:
        """The id in Azure's shape, as `publish_iteration` takes it."""
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.CognitiveServices/accounts/{self.name}"
        )


class ResourceKey(models.Model):
    """One of a resource's two keys: encrypted to show again, and a keyed digest to look up by."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="keys")
    slot = models.PositiveSmallIntegerField(help_text="1 or 2.")
    encrypted = models.TextField()
    digest = models.CharField(max_length=64, unique=True, help_text="HMAC-SHA256, hex.")
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True, blank=True, help_text="To the minute.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resource", "slot"], name="resource_key_slot_unique"),
            models.CheckConstraint(condition=Q(slot__in=[1, 2]), name="resource_key_slot_1_or_2"),
        ]

    def __str__(self) -> str:
        return f"{self.resource} key {self.slot}"


class KeyApplication(models.Model):
    """An application that called with a key, by the name that it gives itself."""

    key = models.ForeignKey(ResourceKey, on_delete=models.CASCADE, related_name="applications")
    name = models.CharField(max_length=256)
    last_used = models.DateTimeField(help_text="To the minute.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "name"], name="key_application_once")]

    def __str__(self) -> str:
        return f"{self.name} with {self.key}"


class ClassificationType(models.TextChoices):
    MULTICLASS = "Multiclass"
    MULTILABEL = "Multilabel"


class ProjectStatus(models.TextChoices):
    SUCCEEDED = "Succeeded"
    IMPORTING = "Importing"
    FAILED = "Failed"


class Project(models.Model):
    """A set of images and tags, with one domain, inside a training resource.

    `deleted` is set when deletion was asked for: the row is then invisible to every act and is removed,
    with its files, by the job that was started in the same transaction.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="projects")
    name = models.CharField(max_length=256)
    description = models.TextField(blank=True)
    domain_id = models.UUIDField(help_text="A key of portal.domains.DOMAINS.")
    classification_type = models.CharField(max_length=16, choices=ClassificationType.choices, null=True, blank=True)
    target_export_platforms = models.JSONField(default=list)
    augmentation_methods = models.JSONField(default=dict)
    export_container_uri = models.TextField(blank=True)
    notification_uri = models.TextField(blank=True)
    prediction_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="How long stored predictions are kept; 0 is for ever, null the install's own."
    )
    thumbnail = models.CharField(max_length=300, blank=True, help_text="Storage name of its picture.")
    status = models.CharField(max_length=16, choices=ProjectStatus.choices, default=ProjectStatus.SUCCEEDED)
    failure = models.TextField(blank=True, help_text="Why its import failed, and what to do, for a person.")
    iterations_started = models.PositiveIntegerField(default=0, help_text="Iteration numbers are never reused.")
    created = models.DateTimeField(auto_now_add=True)
    last_modified = models.DateTimeField(auto_now=True)
    deleted = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resource", "name"], condition=Q(deleted__isnull=True), name="project_name_unique_in_resource"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="project_name_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in a project."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "project"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=[role.value for role in Role]), name="membership_known_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.project}"


class AuditEntry(models.Model):
    """Who did what, when: one line an act. Outlives what it speaks of, so it holds ids, not foreign keys."""

    id = models.BigAutoField(primary_key=True)
    time = models.DateTimeField(auto_now_add=True, db_index=True)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=200)
    act = models.CharField(max_length=64)
    project_id = models.UUIDField(null=True, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["project_id", "-id"], name="audit_of_project")]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.act}"


class PredictionUse(models.Model):
    """How many predictions a resource answered in a month; counted only where the tier has a monthly quota."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="prediction_use")
    month = models.CharField(max_length=7, help_text="As 2026-11, UTC.")
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["resource", "month"], name="prediction_use_once_a_month")]

    def __str__(self) -> str:
        return f"{self.resource_id} in {self.month}: {self.count}"


class ProcessHeartbeat(models.Model):
    """Each process tells here that it lives; `/readyz` reads it."""

    name = models.CharField(max_length=200, primary_key=True, help_text="kind@host, or kind@host:pid for web.")
    kind = models.CharField(max_length=32, db_index=True)
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    started = models.DateTimeField()
    last_seen = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class RegistryVersion(models.Model):
    """One row whose number grows whenever keys or published names change; web processes poll it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="registry_version_one_row")]

    def __str__(self) -> str:
        return str(self.version)
