"""Iterations, domains and figures as the wire has them."""

import math
from uuid import UUID

from labeling.api.records import ImageRegionRecord, ImageTagRecord, image_record
from portal.domains import Domain, DomainType
from portal.wire.records import WireBody, WireDate, WireRecord
from training.engine.detection.recipes import DETECTION_RECIPES, DetectionRecipe, detector_title
from training.engine.recipes import RECIPES
from training.exports import PLATFORMS
from training.models import Iteration, IterationState, PublishedName
from training.performance import ImagePerformance, Performance

SECONDS_PER_MINUTE = 60
BYTES_PER_MEGABYTE = 1_000_000
# `Queued` is no word here: clients loop while the status is "Training", and publish after any other.
STATUS = {
    IterationState.QUEUED: "Training",
    IterationState.TRAINING: "Training",
    IterationState.COMPLETED: "Completed",
    IterationState.FAILED: "Failed",
    IterationState.CANCELLED: "Failed",
}


class ModelInformation(WireRecord):
    """What a domain, or a trained iteration, really is on this machine."""

    estimated_model_size_in_megabytes: int | None
    description: str


class DomainRecord(WireRecord):
    """One domain."""

    id: UUID
    name: str
    type: str
    exportable: bool
    enabled: bool
    exportable_platforms: list[str]
    model_information: ModelInformation


def domain_record(domain: Domain) -> DomainRecord:
    """A domain, with the truth about its recipe."""
    return DomainRecord(
        id=domain.id,
        name=domain.name,
        type=domain.type,
        exportable=domain.is_exportable,
        enabled=domain.is_enabled,
        exportable_platforms=list(domain.exportable_platforms),
        model_information=_domain_information(domain),
    )


def _domain_information(domain: Domain) -> ModelInformation:
    if domain.type is DomainType.OBJECT_DETECTION:
        return _detection_information(DETECTION_RECIPES[str(domain.id)])
    recipe = RECIPES.get(str(domain.id))
    if recipe is None:
        return ModelInformation(estimated_model_size_in_megabytes=None, description="Retired by Custom Vision.")
    sizes = f"{recipe.multiclass_size} px (Multiclass) or {recipe.multilabel_size} px (Multilabel)"
    description = f"{recipe.backbone.title}, {sizes}."
    if recipe.stand_in != recipe.backbone:
        description += f" {recipe.stand_in.title} where those weights cannot be had; the iteration says which."
    megabytes = math.ceil(recipe.backbone.parameters_millions * 4)  # float32
    return ModelInformation(estimated_model_size_in_megabytes=megabytes, description=description)


def _detection_information(recipe: DetectionRecipe) -> ModelInformation:
    first, last = recipe.input_sizes[0], recipe.input_sizes[-1]
    sizes = f"{first} px" if first == last else f"{first} to {last} px, chosen from the sizes of the boxes"
    description = f"{detector_title(recipe.backbone)}, {sizes}."
    if recipe.stand_in != recipe.backbone:
        description += (
            f" {detector_title(recipe.stand_in)} where those weights cannot be had; the iteration says which."
        )
    megabytes = math.ceil(recipe.backbone.parameters_millions * 4)  # float32
    return ModelInformation(estimated_model_size_in_megabytes=megabytes, description=description)


class CustomBaseModelRecord(WireRecord):
    """The iteration that another one started from."""

    project_id: UUID
    iteration_id: UUID


class IterationRecord(WireRecord):
    """One iteration. `model_information` is ours; clients of Custom Vision pass over it."""

    id: UUID
    name: str
    status: str
    created: WireDate
    last_modified: WireDate
    trained_at: WireDate | None
    project_id: UUID
    exportable: bool
    exportable_to: list[str]
    domain_id: UUID
    classification_type: str | None
    training_type: str
    reserved_budget_in_hours: int
    training_time_in_minutes: int
    publish_name: str | None
    original_publish_resource_id: str | None
    custom_base_model_info: CustomBaseModelRecord | None
    training_error_details: str | None
    model_information: ModelInformation | None


def iteration_record(iteration: Iteration) -> IterationRecord:
    """An iteration; `published_name` with its resource, and `base_iteration`, are expected to be loaded."""
    published: PublishedName | None = getattr(iteration, "published_name", None)
    return IterationRecord(
        id=iteration.pk,
        name=iteration.name,
        status=STATUS[IterationState(iteration.state)],
        created=iteration.created,
        last_modified=iteration.last_modified,
        trained_at=iteration.trained,
        project_id=iteration.project_id,
        exportable=iteration.state == IterationState.COMPLETED,
        exportable_to=list(PLATFORMS) if iteration.state == IterationState.COMPLETED else [],
        domain_id=iteration.domain_id,
        classification_type=iteration.classification_type,
        training_type=iteration.training_type,
        reserved_budget_in_hours=iteration.budget_hours,
        training_time_in_minutes=math.ceil(iteration.training_seconds / SECONDS_PER_MINUTE),
        publish_name=published.name if published else None,
        original_publish_resource_id=published.resource.full_id if published else None,
        custom_base_model_info=_base_information(iteration),
        training_error_details=iteration.error or None,
        model_information=_iteration_information(iteration),
    )


def _base_information(iteration: Iteration) -> CustomBaseModelRecord | None:
    base = iteration.base_iteration
    return CustomBaseModelRecord(project_id=base.project_id, iteration_id=base.pk) if base else None


def _iteration_information(iteration: Iteration) -> ModelInformation | None:
    if not iteration.result:
        return None
    result = iteration.result
    return ModelInformation(
        estimated_model_size_in_megabytes=math.ceil(result["model"]["size_bytes"] / BYTES_PER_MEGABYTE),
        description=(
            f"{result['backbone']}, {result['input_size']} px. {result['trained_layers']}"
            f" Weights: {result['weights_source']}." + "".join(f" {note}" for note in result["notes"])
        ),
    )


class TagPerformanceRecord(WireRecord):
    """Figures of one tag."""

    id: UUID
    name: str
    precision: float
    precision_std_deviation: float = 0.0
    recall: float
    recall_std_deviation: float = 0.0
    average_precision: float | None


class IterationPerformanceRecord(WireRecord):
    """Figures of an iteration. The deviations are a legacy of k-fold answers: 0, as the service sends them."""

    per_tag_performance: list[TagPerformanceRecord]
    precision: float
    precision_std_deviation: float = 0.0
    recall: float
    recall_std_deviation: float = 0.0
    average_precision: float | None


def performance_record(performance: Performance) -> IterationPerformanceRecord:
    """Figures as the wire has them."""
    return IterationPerformanceRecord(
        per_tag_performance=[
            TagPerformanceRecord(
                id=figures.tag.tag_id,
                name=figures.tag.name,
                precision=figures.precision,
                recall=figures.recall,
                average_precision=figures.average_precision,
            )
            for figures in performance.per_tag
        ],
        precision=performance.precision,
        recall=performance.recall,
        average_precision=performance.average_precision,
    )


class BoundingBoxRecord(WireRecord):
    """Fractions 0..1 of the upright image, from its top left corner."""

    left: float
    top: float
    width: float
    height: float


def _box_record(corners: tuple[float, float, float, float] | None) -> BoundingBoxRecord | None:
    if corners is None:
        return None
    left, top, right, bottom = corners
    return BoundingBoxRecord(left=left, top=top, width=right - left, height=bottom - top)


class PredictionRecord(WireRecord):
    """A tag with its probability; the box is for detection."""

    probability: float
    tag_id: UUID
    tag_name: str
    bounding_box: BoundingBoxRecord | None = None
    tag_type: str


class ImagePerformanceRecord(WireRecord):
    """An image of the iteration, its labels, and what a model that had not seen it predicted."""

    predictions: list[PredictionRecord]
    id: UUID
    created: WireDate
    width: int
    height: int
    image_uri: str
    thumbnail_uri: str
    tags: list[ImageTagRecord]
    regions: list[ImageRegionRecord]


def image_performance_record(performance: ImagePerformance) -> ImagePerformanceRecord:
    """An image's performance as the wire has it."""
    image = image_record(performance.labeled)
    return ImagePerformanceRecord(
        predictions=[
            PredictionRecord(
                probability=prediction.probability,
                tag_id=prediction.tag.tag_id,
                tag_name=prediction.tag.name,
                bounding_box=_box_record(prediction.corners),
                tag_type=prediction.tag.type,
            )
            for prediction in performance.predictions
        ],
        id=image.id,
        created=image.created,
        width=image.width,
        height=image.height,
        image_uri=image.resized_image_uri,
        thumbnail_uri=image.thumbnail_uri,
        tags=image.tags,
        regions=image.regions,
    )


class CustomBaseModelInfo(WireBody):
    """Start from another iteration's weights."""

    project_id: UUID
    iteration_id: UUID


class TrainingParameters(WireBody):
    """Optional body of `train_project`."""

    selected_tags: list[UUID] = []
    custom_base_model_info: CustomBaseModelInfo | None = None


class IterationBody(WireBody):
    """Body of `update_iteration`: clients send the whole iteration back; only the name can change."""

    name: str
