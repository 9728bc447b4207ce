"""What a training came to: the record of `result.json`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Shipped = Literal["probe", "fine-tuned", "mean"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HeldOutResult(_Record):
    """Figures at threshold 0.5 over images that the scored model had not seen; all 0..1.

    `accuracy` is None for multilabel, `average_precision` where no tag has a scored image.
    """

    precision: float
    recall: float
    average_precision: float | None
    accuracy: float | None
    calibration_error: float


class CandidateResult(_Record):
    """A candidate on the held-out folds: accuracy (multiclass), mean AP, log loss an image."""

    accuracy: float | None
    average_precision: float | None
    log_loss: float
    images: int


class AgreementResult(_Record):
    """The artifact against PyTorch on images of the job: the largest difference of a probability."""

    images: int
    largest_difference: float
    tolerance: float


class ModelResult(_Record):
    """The artifact's file; `forward_ms` is one image on one thread, without decoding."""

    file: str
    sha256: str
    size_bytes: int
    forward_ms: float


class ClassifierSchedule(_Record):
    """What was settled on the way; the same schedule and seed on a CPU give the same weights.

    Epochs are 0 where the clock, the memory or the task left fine-tuning out.
    """

    larger_input: bool
    epochs: int


class TrainingResult(_Record):
    """Everything that an iteration says about how its classifier came to be."""

    kind: Literal["classification"] = "classification"
    shipped: Shipped
    recipe: str
    backbone: str
    input_size: int
    weights_source: str
    weights_sha256: str
    trained_layers: str
    image_count: int
    skipped_images: tuple[str, ...] = ()
    elapsed_seconds: float
    device: str
    threads: int
    seed: int
    schedule: ClassifierSchedule | None = None
    temperature: float
    held_out: HeldOutResult
    candidates: dict[str, CandidateResult]
    agreement: AgreementResult
    model: ModelResult
    stopped_by: str
    images_per_second: float
    peak_memory_mb: float
    notes: tuple[str, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    processor: str = ""


class DetectionHeldOutResult(_Record):
    """Figures at probability 0.5 over images that the scored model had not seen; all 0..1.

    Precision, recall and mean AP at an overlap of 0.5; `mean_average_precision_all` is COCO's mean over overlaps of
    0.5 to 0.95. None where no held-out image has a box.
    """

    images: int
    precision: float
    recall: float
    mean_average_precision: float | None
    mean_average_precision_all: float | None


class DetectionSchedule(_Record):
    """What was settled before the first step; the same schedule and seed on a CPU give the same weights."""

    split_steps: int
    final_steps: int
    batch_images: int
    window_pixels: int
    anchor_sizes: tuple[tuple[float, ...], ...]
    anchor_ratios: tuple[float, ...]


class DetectionResult(_Record):
    """Everything that an iteration says about how its detector came to be."""

    kind: Literal["detection"] = "detection"
    shipped: Literal["split", "all"]
    recipe: str
    backbone: str
    input_size: int
    weights_source: str
    weights_sha256: str
    trained_layers: str
    image_count: int
    skipped_images: tuple[str, ...] = ()
    elapsed_seconds: float
    device: str
    threads: int
    seed: int
    schedule: DetectionSchedule
    epochs: float
    score_slope: float
    score_shifts: tuple[float, ...]
    held_out: DetectionHeldOutResult
    agreement: AgreementResult
    model: ModelResult
    stopped_by: str
    images_per_second: float
    peak_memory_mb: float
    notes: tuple[str, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    processor: str = ""


_RESULT: TypeAdapter[TrainingResult | DetectionResult] = TypeAdapter(
    Annotated[TrainingResult | DetectionResult, Field(discriminator="kind")]
)


def read_result(content: bytes) -> TrainingResult | DetectionResult:
    """The record in a `result.json`. Raises pydantic's ValidationError."""
    return _RESULT.validate_json(content)
