"""What the Performance page says of an iteration: figures, their intervals, and what the sliders need."""

from dataclasses import dataclass

from labeling.tag_keys import PageTag, project_tags
from portal.actors import Actor, require
from portal.permissions import Right
from training.judged import JudgedBoxes, JudgedOn, judged
from training.models import Iteration
from training.report_parts import Judgment, TagRow, judgment
from training.slider_sums import SliderSums, slider_sums
from training.statistics.answers import FEWEST_IMAGES

DEFAULT_OVERLAP_PERCENT = 30


@dataclass(frozen=True)
class Report:
    """All of it, at one threshold and, of a detector, one overlap."""

    judged_on: JudgedOn
    threshold_percent: int
    overlap_percent: int | None
    overall: Judgment
    rows: tuple[TagRow, ...]
    sums: SliderSums
    judged_images: int


def iteration_report(
    actor: Actor,
    iteration: Iteration,
    threshold_percent: int,
    overlap_percent: int = DEFAULT_OVERLAP_PERCENT,
    judged_on: JudgedOn = JudgedOn.UNSEEN,
) -> Report:
    """The report of a completed iteration, with the same figures as `iteration_performance`.

    `overlap_percent` counts for detectors alone. Raises Refusal `BadRequestIterationIsNotTrained`.
    """
    require(actor, Right.VIEW, iteration.project)
    source = judged(iteration, judged_on)
    sums = slider_sums(source, overlap_percent)
    now: dict[object, PageTag] = {tag.id: tag for tag in project_tags(iteration.project)}
    table = sums.table
    at_threshold = table.sums[threshold_percent].tolist()
    return Report(
        judged_on=judged_on,
        threshold_percent=threshold_percent,
        overlap_percent=overlap_percent if isinstance(source, JudgedBoxes) else None,
        overall=judgment(at_threshold[0], is_few=len(source.image_ids) < FEWEST_IMAGES),
        rows=tuple(
            TagRow(
                tag=tag,
                page_tag=now.get(tag.tag_id),
                judgment=judgment(at_threshold[1 + column], is_few=table.is_few[column]),
                average_precision=sums.averages[column],
            )
            for column, tag in enumerate(source.tags)
        ),
        sums=sums,
        judged_images=len(source.image_ids),
    )
