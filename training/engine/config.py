"""What a training job is: the records of `job.json` and of `result.json`."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from training.engine.result import (
    AgreementResult,
    CandidateResult,
    HeldOutResult,
    ModelResult,
    TrainingResult,
)

__all__ = [
    "AgreementResult",
    "CandidateResult",
    "HeldOutResult",
    "ImageConfig",
    "JobConfig",
    "ModelResult",
    "SettledConfig",
    "TagConfig",
    "TrainingResult",
]

TagType = Literal["regular", "negative", "general_product"]


class TagConfig(BaseModel):
    """A tag; its place in the job's list is its place in the model's output."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    type: TagType = "regular"


class RegionConfig(BaseModel):
    """A box with the id of its tag: fractions of the upright image."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tag: str
    left: float
    top: float
    width: float
    height: float


class ImageConfig(BaseModel):
    """An image file, absolute or relative to the job folder, and the ids of its tags; for detection, its regions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    file: str
    tags: tuple[str, ...] = ()
    regions: tuple[RegionConfig, ...] = ()


class SettledConfig(BaseModel):
    """What an earlier training settled by its clock and by what its machine had; given, neither is asked.

    `weights_sha256` is what it started from. A classifier's: whether its larger input was tried, and epochs of
    fine-tuning, 0 for none. A detector's: steps of the judged fit, and of the one on all images.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights_sha256: str
    larger_input: bool = False
    epochs: int = Field(default=0, ge=0)
    split_steps: int = Field(default=0, ge=0)
    final_steps: int = Field(default=0, ge=0)


class JobConfig(BaseModel):
    """One training, complete: the same job and seed on a CPU give the same weights.

    With `settled`, the same threads and the same kind of CPU that holds whatever the time takes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    task: Literal["multiclass", "multilabel", "detection"]
    recipe: str
    training_type: Literal["quick", "advanced"] = "quick"
    budget_seconds: int | None = Field(default=None, gt=0)
    seed: int = Field(default=0, ge=0)
    threads: int | None = Field(default=None, gt=0)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    weights_dir: str | None = None
    checkpoint_dir: str | None = None
    tags: tuple[TagConfig, ...]
    images: tuple[ImageConfig, ...]
    base_model: str | None = None
    settled: SettledConfig | None = None

    @model_validator(mode="after")
    def _tags_and_images_agree(self) -> Self:
        tag_ids = [tag.id for tag in self.tags]
        if len(set(tag_ids)) != len(tag_ids):
            raise ValueError("two tags have the same id")
        if len({image.id for image in self.images}) != len(self.images):
            raise ValueError("two images have the same id")
        if self.task == "detection":
            self._check_detection(set(tag_ids))
        else:
            self._check_classification(set(tag_ids))
        return self

    def _check_classification(self, tag_ids: set[str]) -> None:
        if len(tag_ids) < 2:
            raise ValueError("a classifier needs at least two tags")
        if sum(tag.type == "negative" for tag in self.tags) > 1:
            raise ValueError("there is more than one negative tag")
        for image in self.images:
            if not image.tags:
                raise ValueError(f"image {image.id} has no tag")
            if not tag_ids.issuperset(image.tags):
                raise ValueError(f"image {image.id} has a tag that the job does not list")

    def _check_detection(self, tag_ids: set[str]) -> None:
        if not tag_ids:
            raise ValueError("a detector needs at least one tag")
        if any(tag.type == "negative" for tag in self.tags):
            raise ValueError("a detector has no negative tag")
        for image in self.images:
            if not tag_ids.issuperset(region.tag for region in image.regions):
                raise ValueError(f"image {image.id} has a region with a tag that the job does not list")
