"""State of training: iterations, the scores they were judged by, published names and what they keep, exports."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from labeling.models import Image, Snapshot
from portal.models import ClassificationType, Job, Project, Resource


class IterationState(models.TextChoices):
    QUEUED = "queued"
    TRAINING = "training"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED_STATES = (IterationState.QUEUED, IterationState.TRAINING)


class TrainingType(models.TextChoices):
    """`Regular` is Quick Training on screen."""

    REGULAR = "Regular"
    ADVANCED = "Advanced"


class Iteration(models.Model):
    """One training and what came of it. Its key is its snapshot's."""

    snapshot = models.OneToOneField(Snapshot, on_delete=models.CASCADE, primary_key=True, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="iterations")
    number = models.PositiveIntegerField(help_text="Counts up in the project, never reused.")
    name = models.CharField(max_length=256)
    state = models.CharField(max_length=16, choices=IterationState.choices, default=IterationState.QUEUED)
    training_type = models.CharField(max_length=16, choices=TrainingType.choices)
    budget_hours = models.PositiveIntegerField(default=0, help_text="As asked for; 0 when none was.")
    domain_id = models.UUIDField()
    classification_type = models.CharField(max_length=16, choices=ClassificationType.choices, null=True, blank=True)
    notification_email = models.CharField(max_length=320, blank=True)
    base_iteration = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    seed = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    artifact = models.CharField(max_length=300, blank=True, help_text="Storage name of the ONNX file.")
    artifact_sha256 = models.CharField(max_length=64, blank=True)
    result = models.JSONField(default=dict, help_text="The engine's result record.")
    curve = models.JSONField(default=list, help_text="Epochs of fine-tuning: series, epoch, epochs, loss.")
    error = models.TextField(blank=True, help_text="Why it failed, for a person.")
    failure_kind = models.CharField(
        max_length=32, blank=True, help_text="Why it failed, for a program; may be unknown."
    )
    failure_object_id = models.CharField(max_length=64, blank=True, help_text="The tag or image that it concerns.")

    created = models.DateTimeField(default=timezone.now, editable=False)
    last_modified = models.DateTimeField(auto_now=True)
    trained = models.DateTimeField(null=True, blank=True)
    training_seconds = models.FloatField(default=0)
    deleted = models.DateTimeField(null=True, blank=True, help_text="Out of sight; a job removes what it holds.")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="iteration_number_unique"),
            models.UniqueConstraint(
                fields=["project", "name"], condition=Q(deleted__isnull=True), name="iteration_name_unique"
            ),
            models.UniqueConstraint(
                fields=["project"], condition=Q(state__in=UNFINISHED_STATES), name="iteration_one_training"
            ),
            models.CheckConstraint(
                condition=~Q(state=IterationState.COMPLETED) | (~Q(artifact="") & Q(trained__isnull=False)),
                name="iteration_completed_has_artifact",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="iteration_name_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name


class ImageScore(models.Model):
    """The held-out probabilities of one image: float32, little-endian, in the order of the snapshot's tags.

    Given by a model that has not seen the image, so that every figure made from them is honest.
    """

    id = models.BigAutoField(primary_key=True)
    iteration = models.ForeignKey(Iteration, on_delete=models.CASCADE, related_name="scores")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="+")
    fold = models.PositiveSmallIntegerField()
    probabilities = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["iteration", "image"], name="image_score_once")]

    def __str__(self) -> str:
        return f"{self.image_id} in {self.iteration_id}"


class ImageDetections(models.Model):
    """What a detector that has not seen the image found on it, most probable first.

    `boxes` is 24 bytes a box, little-endian: the tag's place in the snapshot (int32), probability, left, top, right
    and bottom (float32 each, fractions of the upright image).
    """

    id = models.BigAutoField(primary_key=True)
    iteration = models.ForeignKey(Iteration, on_delete=models.CASCADE, related_name="detections")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="+")
    boxes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["iteration", "image"], name="image_detections_once")]

    def __str__(self) -> str:
        return f"{self.image_id} in {self.iteration_id}"


class LockedTestScore(models.Model):
    """What an iteration's own artifact said of one image of the locked test set, whatever its labels are.

    `scores` is as `ImageScore.probabilities` of a classifier, and as `ImageDetections.boxes` of a detector.
    """

    id = models.BigAutoField(primary_key=True)
    iteration = models.ForeignKey(Iteration, on_delete=models.CASCADE, related_name="locked_test_scores")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="+")
    scores = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["iteration", "image"], name="locked_test_score_once")]

    def __str__(self) -> str:
        return f"{self.image_id} by {self.iteration_id}"


class LockedTestScoring(models.Model):
    """The job that scores the locked test set by an iteration's artifact, and what it measured on the way."""

    iteration = models.OneToOneField(
        Iteration, on_delete=models.CASCADE, primary_key=True, related_name="locked_test_scoring"
    )
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    image_milliseconds = models.FloatField(null=True, blank=True, help_text="Median of decode and run, here.")
    artifact_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    measured = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.iteration_id)


class GateMeasure(models.TextChoices):
    """What a gate looks at."""

    PRECISION = "precision"
    RECALL = "recall"
    F1 = "f1"
    AVERAGE_PRECISION = "average_precision"


class PublishGate(models.Model):
    """A rule of the team: an iteration may not take over a name when this measure on the locked test set falls."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="publish_gates")
    measure = models.CharField(max_length=24, choices=GateMeasure.choices)
    tag_id = models.UUIDField(null=True, blank=True, help_text="One tag's measure; null is the overall one.")
    threshold_percent = models.PositiveSmallIntegerField(default=50)
    overlap_percent = models.PositiveSmallIntegerField(default=30, help_text="Counts for detectors.")
    most_fall_points = models.FloatField(default=0, help_text="How far it may fall, in points of 100.")
    created = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["created", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(threshold_percent__lte=100, overlap_percent__lte=100), name="publish_gate_percents"
            ),
            models.CheckConstraint(
                condition=Q(most_fall_points__gte=0, most_fall_points__lte=100), name="publish_gate_fall_0_to_100"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} of {self.tag_id or 'all'}"


class PublishedName(models.Model):
    """The name under which an iteration answers in a prediction resource."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="published_names")
    name = models.CharField(max_length=256)
    iteration = models.OneToOneField(Iteration, on_delete=models.RESTRICT, related_name="published_name")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="published_names")
    published = models.DateTimeField(auto_now_add=True)
    published_by = models.CharField(max_length=200)
    thresholds = models.JSONField(
        default=dict, blank=True, help_text="Tag id to the probability 0..1 from which it counts."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="published_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="published_name_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name


class SamplingKind(models.TextChoices):
    """Which predictions are stored."""

    ALL = "all"
    UNSURE = "unsure"
    DAILY = "daily"
    NONE = "none"


class PredictionSampling(models.Model):
    """Which predictions under a published name are stored; without a row all are (training.sampling).

    It belongs to the name: it stays when the name moves to another iteration, or is taken away and given again.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="prediction_samplings")
    name = models.CharField(max_length=256)
    kind = models.CharField(max_length=16, choices=SamplingKind.choices)
    sure_percent = models.PositiveSmallIntegerField(help_text="Unsure is what is no surer than this of two tags.")
    most_a_day = models.PositiveIntegerField(help_text="Of each application, where so many a day are kept.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="prediction_sampling_once"),
            models.CheckConstraint(
                condition=Q(sure_percent__gte=50, sure_percent__lte=99), name="prediction_sampling_sure_50_to_99"
            ),
            models.CheckConstraint(condition=Q(most_a_day__gte=1), name="prediction_sampling_from_1_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.name}"


class PublishEvent(models.Model):
    """History of a published name: which iteration stood behind it, from when."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="publish_events")
    name = models.CharField(max_length=256)
    iteration_id = models.UUIDField()
    iteration_name = models.CharField(max_length=256)
    resource = models.ForeignKey(Resource, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    resource_name = models.CharField(max_length=64)
    thresholds = models.JSONField(default=dict, blank=True, help_text="What the name carried.")
    override_reason = models.TextField(blank=True, help_text="Why a gate was overridden.")
    act = models.CharField(max_length=16, choices=[("publish", "publish"), ("unpublish", "unpublish")])
    time = models.DateTimeField(auto_now_add=True)
    actor_name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.act} {self.name}"


class ExportState(models.TextChoices):
    EXPORTING = "exporting"
    DONE = "done"
    FAILED = "failed"


class Export(models.Model):
    """An iteration as a file for other programs: one for each platform and flavor."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    iteration = models.ForeignKey(Iteration, on_delete=models.CASCADE, related_name="exports")
    platform = models.CharField(max_length=16)
    flavor = models.CharField(max_length=64, blank=True, help_text="As whoever asked last spelled it; none is empty.")
    state = models.CharField(max_length=16, choices=ExportState.choices, default=ExportState.EXPORTING)
    exporter_version = models.CharField(max_length=16, help_text="Of the exporter that makes or made the file.")
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    file = models.CharField(max_length=300, blank=True, help_text="Storage name of the ZIP.")
    size_bytes = models.PositiveBigIntegerField(default=0)
    largest_difference = models.FloatField(
        null=True, blank=True, help_text="Of any probability or box side from the iteration's own, on some images."
    )
    error = models.TextField(blank=True, help_text="Why it failed, for a person.")
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created"]
        constraints = [
            models.UniqueConstraint("iteration", "platform", Lower("flavor"), name="export_once"),
            models.CheckConstraint(condition=~Q(state=ExportState.DONE) | ~Q(file=""), name="export_done_has_file"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.flavor}".strip()
