"""What the Performance page says of an iteration: figures, their intervals, and the table behind the slider."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from labeling.models import SnapshotTag
from labeling.tag_keys import PageTag, project_tags
from portal.actors import Actor, require
from portal.permissions import Right
from training import metrics
from training.detection_metrics import mean_average_precision, tag_figures
from training.detection_performance import held_out_boxes, matches_of
from training.detection_report import box_threshold_table, pooled
from training.intervals import Interval, average_precision_intervals, wilson
from training.models import Iteration
from training.performance import (
    DEFAULT_OVERLAP_THRESHOLD,
    is_detection,
    load_scores,
    require_trained,
    scores_of,
)
from training.threshold_table import ThresholdTable, threshold_table

RECOMMENDED_IMAGES = 50


@dataclass(frozen=True)
class Measure:
    """A figure 0..1 and its 95% interval; None where there is nothing to measure."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True)
class TagRow:
    """One line of the table by tag. `page_tag` is the tag as it is now; None once it was deleted.

    `wrong` counts images that carry the tag and did not get it, and the reverse.
    """

    tag: SnapshotTag
    page_tag: PageTag | None
    precision: Measure
    recall: Measure
    average_precision: Measure
    wrong: int

    @property
    def images_wanted(self) -> int:
        """How many more images would bring the tag to the recommended number."""
        return max(0, RECOMMENDED_IMAGES - self.tag.image_count)


@dataclass(frozen=True)
class Report:
    """All of it, at one threshold."""

    threshold_percent: int
    precision: Measure
    recall: Measure
    average_precision: Measure
    rows: tuple[TagRow, ...]
    table: ThresholdTable
    scored_images: int


def iteration_report(actor: Actor, iteration: Iteration, threshold_percent: int) -> Report:
    """The report of a completed iteration, with the same figures as `iteration_performance`.

    Raises Refusal `BadRequestIterationIsNotTrained`.
    """
    require(actor, Right.VIEW, iteration.project)
    if is_detection(iteration):
        return _detection_report(iteration, threshold_percent)
    scores = scores_of(iteration)
    figures = metrics.figures(scores.truth, scores.probabilities, threshold_percent / 100)
    per_tag_intervals, mean_interval = _ap_intervals(iteration.pk, iteration.artifact_sha256)
    now = {tag.id: tag for tag in project_tags(iteration.project)}
    rows = tuple(
        TagRow(
            tag=tag,
            page_tag=now.get(tag.tag_id),
            precision=_share(one.true_positives, one.true_positives + one.false_positives),
            recall=_share(one.true_positives, one.true_positives + one.false_negatives),
            average_precision=Measure(one.average_precision, interval),
            wrong=one.false_positives + one.false_negatives,
        )
        for tag, one, interval in zip(scores.tags, figures.per_tag, per_tag_intervals, strict=True)
    )
    right = sum(one.true_positives for one in figures.per_tag)
    false = sum(one.false_positives for one in figures.per_tag)
    missed = sum(one.false_negatives for one in figures.per_tag)
    return Report(
        threshold_percent=threshold_percent,
        precision=_share(right, right + false),
        recall=_share(right, right + missed),
        average_precision=Measure(figures.average_precision, mean_interval),
        rows=rows,
        table=_table(iteration.pk, iteration.artifact_sha256),
        scored_images=len(scores.image_ids),
    )


def _detection_report(iteration: Iteration, threshold_percent: int) -> Report:
    require_trained(iteration)
    matches = matches_of(iteration, DEFAULT_OVERLAP_THRESHOLD)
    figures = [tag_figures(each, threshold_percent / 100) for each in matches]
    right, false, missed = pooled(figures)
    boxes = held_out_boxes(iteration)
    now = {tag.id: tag for tag in project_tags(iteration.project)}
    return Report(
        threshold_percent=threshold_percent,
        precision=_share(right, right + false),
        recall=_share(right, right + missed),
        average_precision=Measure(mean_average_precision(matches), None),
        rows=tuple(
            TagRow(
                tag=tag,
                page_tag=now.get(tag.tag_id),
                precision=_share(one.true_positives, one.true_positives + one.false_positives),
                recall=_share(one.true_positives, one.true_positives + one.false_negatives),
                average_precision=Measure(one.average_precision, None),
                wrong=one.false_positives + one.false_negatives,
            )
            for tag, one in zip(boxes.tags, figures, strict=True)
        ),
        table=box_threshold_table(matches),
        scored_images=len(boxes.image_ids),
    )


def _share(right: int, total: int) -> Measure:
    """Zero where nothing was predicted, as the API says it, but then without an interval."""
    return Measure(right / total if total else 0.0, wilson(right, total))


# A completed iteration never changes; its artifact's digest is in the key so that nothing stale can be met.
@lru_cache(maxsize=8)
def _ap_intervals(iteration_id: UUID, artifact_sha256: str) -> tuple[list[Interval | None], Interval | None]:
    scores = load_scores(iteration_id, artifact_sha256)
    return average_precision_intervals(scores.truth, scores.probabilities)


@lru_cache(maxsize=8)
def _table(iteration_id: UUID, artifact_sha256: str) -> ThresholdTable:
    return threshold_table(load_scores(iteration_id, artifact_sha256))
