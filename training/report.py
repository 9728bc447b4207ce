"""What the Performance page says of an iteration: figures, their intervals, and the table behind the slider."""

from functools import lru_cache
from uuid import UUID

from labeling.tag_keys import project_tags
from portal.actors import Actor, require
from portal.permissions import Right
from training import metrics
from training.detection_report import detection_report
from training.intervals import Interval, average_precision_intervals
from training.models import Iteration
from training.performance import is_detection, load_scores, require_trained, scores_of
from training.report_parts import Measure, Report, TagRow, share
from training.threshold_table import ThresholdTable, threshold_table

DEFAULT_OVERLAP_PERCENT = 30


def iteration_report(
    actor: Actor, iteration: Iteration, threshold_percent: int, overlap_percent: int = DEFAULT_OVERLAP_PERCENT
) -> Report:
    """The report of a completed iteration, with the same figures as `iteration_performance`.

    `overlap_percent` counts for detectors alone. Raises Refusal `BadRequestIterationIsNotTrained`.
    """
    require(actor, Right.VIEW, iteration.project)
    if is_detection(iteration):
        require_trained(iteration)
        return detection_report(iteration, threshold_percent, overlap_percent)
    scores = scores_of(iteration)
    figures = metrics.figures(scores.truth, scores.probabilities, threshold_percent / 100)
    per_tag_intervals, mean_interval = _ap_intervals(iteration.pk, iteration.artifact_sha256)
    now = {tag.id: tag for tag in project_tags(iteration.project)}
    rows = tuple(
        TagRow(
            tag=tag,
            page_tag=now.get(tag.tag_id),
            precision=share(one.true_positives, one.true_positives + one.false_positives),
            recall=share(one.true_positives, one.true_positives + one.false_negatives),
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
        precision=share(right, right + false),
        recall=share(right, right + missed),
        average_precision=Measure(figures.average_precision, mean_interval),
        rows=rows,
        table=_table(iteration.pk, iteration.artifact_sha256),
        scored_images=len(scores.image_ids),
    )


# A completed iteration never changes; its artifact's digest is in the key so that nothing stale can be met.
@lru_cache(maxsize=8)
def _ap_intervals(iteration_id: UUID, artifact_sha256: str) -> tuple[list[Interval | None], Interval | None]:
    scores = load_scores(iteration_id, artifact_sha256)
    return average_precision_intervals(scores.truth, scores.probabilities)


@lru_cache(maxsize=8)
def _table(iteration_id: UUID, artifact_sha256: str) -> ThresholdTable:
    return threshold_table(load_scores(iteration_id, artifact_sha256))
