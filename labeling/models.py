"""State of labeling: tags, images, labels on images, snapshots."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portal.models import Project


class TagType(models.TextChoices):
    REGULAR = "Regular"
    NEGATIVE = "Negative"
    GENERAL_PRODUCT = "GeneralProduct"


class LabelSource(models.TextChoices):
    """How a tag or a region came to be on an image."""

    DRAWN = "drawn"
    SUGGESTED = "suggested"  # suggested by a model and accepted by a person
    IMPORTED = "imported"
    API = "api"


class Tag(models.Model):
    """A class to be told apart. `position` is its order, so its key; `color` is one of 20, from 1."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=256)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=16, choices=TagType.choices, default=TagType.REGULAR)
    position = models.PositiveIntegerField(help_text="Order of creation in the project, from 0.")
    color = models.PositiveSmallIntegerField(default=1, help_text="1 to 20; 11 to 20 are drawn dashed.")
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="tag_name_unique_in_project"),
            models.UniqueConstraint(fields=["project"], condition=Q(type="Negative"), name="tag_one_negative"),
            models.UniqueConstraint(
                fields=["project"], condition=Q(type="GeneralProduct"), name="tag_one_general_product"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="tag_name_not_empty"),
            models.CheckConstraint(condition=Q(color__gte=1, color__lte=20), name="tag_color_1_to_20"),
        ]

    def __str__(self) -> str:
        return self.name


class Image(models.Model):
    """An uploaded image. Its files are named by project and SHA-256 (labeling.files).

    `width` and `height` are of the upright image. `version` grows with every change of its labels.
    `removed` is set when the image left the workspace; its row and files stay while a snapshot holds it, and until
    `kept_until`, so that it can be brought back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="images")
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=32)
    size_bytes = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    perceptual_hash = models.BigIntegerField(null=True, blank=True, help_text="How it looks; null: without contrast.")
    metadata = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    labels_changed = models.DateTimeField(null=True, blank=True, help_text="When `version` last grew.")
    labels_changed_by = models.CharField(max_length=200, blank=True)
    has_no_objects = models.BooleanField(default=False, help_text="Said to be background: done, yet without tags.")
    source = models.CharField(max_length=16, choices=LabelSource.choices, default=LabelSource.API)
    source_name = models.CharField(max_length=1024, blank=True, help_text="File name or URL it came from.")
    created = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=200)
    removed = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=200, blank=True)
    kept_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # Two: pages and counts of what is there, and of what was deleted, read no row to tell them apart.
            models.Index(fields=["project", "-created", "id"], condition=Q(removed__isnull=True), name="image_newest"),
            models.Index(fields=["project", "removed"], condition=Q(removed__isnull=False), name="image_removed"),
            models.Index(
                fields=["project", "perceptual_hash"],
                condition=Q(removed__isnull=True, perceptual_hash__isnull=False),
                name="image_looks",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "sha256"], condition=Q(removed__isnull=True), name="image_once_in_project"
            ),
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0), name="image_has_size"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class MetadataPair(models.Model):
    """One pair of an image's metadata: what `$filter` looks in, so that it need not read each image's JSON.

    Follows `Image.metadata`, which is what counts; written only by labeling.metadata.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="metadata_pairs", db_index=False)
    key = models.CharField(max_length=128)
    value = models.CharField(max_length=256, blank=True)

    class Meta:
        indexes = [models.Index(fields=["project", "key", "value", "image"], name="metadata_by_value")]
        constraints = [models.UniqueConstraint(fields=["image", "key"], name="metadata_key_once")]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


class ImageTag(models.Model):
    """A tag on an image. A removed one stays, with `removed` set, as history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="image_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="image_tags")
    source = models.CharField(max_length=16, choices=LabelSource.choices, default=LabelSource.API)
    created = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=200)
    removed = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "tag"], condition=Q(removed__isnull=True), name="image_tag_once")
        ]
        indexes = [
            models.Index(fields=["tag", "image"], condition=Q(removed__isnull=True), name="image_tag_by_tag"),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.image_id}"


# The sum of two fractions that a client rounded may pass 1 by an ulp or two.
EDGE_TOLERANCE = 1e-6

REGION_INSIDE_IMAGE = Q(
    left__gte=0,
    top__gte=0,
    width__gt=0,
    height__gt=0,
    left__lte=1 - F("width") + EDGE_TOLERANCE,
    top__lte=1 - F("height") + EDGE_TOLERANCE,
)


class Region(models.Model):
    """A box with a tag: fractions 0..1 of the upright image. A removed or replaced one stays as history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="regions")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="regions")
    left = models.FloatField()
    top = models.FloatField()
    width = models.FloatField()
    height = models.FloatField()
    source = models.CharField(max_length=16, choices=LabelSource.choices, default=LabelSource.API)
    created = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=200)
    removed = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=200, blank=True)
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=REGION_INSIDE_IMAGE, name="region_inside_image")]
        indexes = [models.Index(fields=["image"], condition=Q(removed__isnull=True), name="region_current")]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.image_id}"


class TestChoice(models.TextChoices):
    """How an image came to be in the locked test set."""

    __test__ = False  # no test class, whatever pytest takes it for

    HAND = "hand"
    FILTER = "filter"
    RANDOM = "random"
    NEAR_DUPLICATE = "near duplicate"  # it came along with one that looks nearly the same


class LockedTestImage(models.Model):
    """An image of the project's locked test set: iterations are judged on it, none is trained on it."""

    image = models.OneToOneField(Image, on_delete=models.CASCADE, primary_key=True, related_name="locked_test")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    choice = models.CharField(max_length=16, choices=TestChoice.choices)
    created = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return str(self.image_id)


class ConfirmedLabels(models.Model):
    """A person looked at an image whose labels a model doubted and kept them; counts while `version` is the image's."""

    image = models.OneToOneField(Image, on_delete=models.CASCADE, primary_key=True, related_name="confirmed_labels")
    version = models.PositiveIntegerField(help_text="`Image.version` that was looked at.")
    created = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=200)

    def __str__(self) -> str:
        return str(self.image_id)


class AppliedEdit(models.Model):
    """An edit of a page that was done, by the id that the page gave it, with what was answered.

    Written only by labeling.edits; forgotten after 30 days.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    actor_id = models.CharField(max_length=64)
    answer = models.JSONField()
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return str(self.pk)


class Snapshot(models.Model):
    """The frozen images and labels that an iteration is trained on. Its id is the iteration's id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="snapshots")
    digest = models.CharField(max_length=64, help_text="SHA-256 over images, labels and tags, in id order.")
    image_count = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return str(self.pk)


class SnapshotTag(models.Model):
    """A tag as it was when the snapshot was made; `position` is the order of a model's outputs."""

    id = models.BigAutoField(primary_key=True)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="tags")
    tag_id = models.UUIDField()
    name = models.CharField(max_length=256)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=16, choices=TagType.choices)
    position = models.PositiveIntegerField()
    image_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "tag_id"], name="snapshot_tag_once"),
            models.UniqueConstraint(fields=["snapshot", "position"], name="snapshot_tag_position_once"),
        ]

    def __str__(self) -> str:
        return self.name


class SnapshotImage(models.Model):
    """An image in a snapshot."""

    id = models.BigAutoField(primary_key=True)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="images")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="snapshot_images")
    has_no_objects = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "image"], name="snapshot_image_once")]

    def __str__(self) -> str:
        return f"{self.image_id} in {self.snapshot_id}"


class SnapshotImageTag(models.Model):
    """A tag on an image, frozen."""

    id = models.BigAutoField(primary_key=True)
    snapshot_image = models.ForeignKey(SnapshotImage, on_delete=models.CASCADE, related_name="image_tags")
    snapshot_tag = models.ForeignKey(SnapshotTag, on_delete=models.CASCADE, related_name="image_tags")
    created = models.DateTimeField(help_text="When the tag was put on the image.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot_image", "snapshot_tag"], name="snapshot_image_tag_once")
        ]

    def __str__(self) -> str:
        return f"{self.snapshot_tag_id} on {self.snapshot_image_id}"


class SnapshotRegion(models.Model):
    """A region, frozen."""

    id = models.BigAutoField(primary_key=True)
    snapshot_image = models.ForeignKey(SnapshotImage, on_delete=models.CASCADE, related_name="regions")
    snapshot_tag = models.ForeignKey(SnapshotTag, on_delete=models.CASCADE, related_name="regions")
    region_id = models.UUIDField()
    left = models.FloatField()
    top = models.FloatField()
    width = models.FloatField()
    height = models.FloatField()
    created = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot_image", "region_id"], name="snapshot_region_once"),
            models.CheckConstraint(condition=REGION_INSIDE_IMAGE, name="snapshot_region_inside_image"),
        ]

    def __str__(self) -> str:
        return str(self.region_id)
