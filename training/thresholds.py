"""Suggested thresholds by tag: from which probability each tag had better count, and what that gives.

They are chosen on the iteration's own unseen images and are that iteration's: another one's probabilities mean
something else. What they promise is a little bright, since they were chosen on the images that they are told for.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from labeling.models import SnapshotTag
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.permissions import Right
from training.judged import judged
from training.models import Iteration
from training.report_parts import Judgment, judgment
from training.slider_sums import slider_sums
from training.threshold_table import ThresholdTable

DEFAULT_MISS_COST, DEFAULT_FALSE_COST = 10.0, 1.0
MOST_COST = 1_000_000


class SuggestedBy(StrEnum):
    """The highest F1, or the lowest cost of what is missed and false."""

    F1 = "f1"
    COST = "cost"


@dataclass(frozen=True)
class Aim:
    """What to choose thresholds by; costs count with `COST` alone."""

    by: SuggestedBy = SuggestedBy.F1
    miss_cost: float = DEFAULT_MISS_COST
    false_cost: float = DEFAULT_FALSE_COST


@dataclass(frozen=True)
class SuggestedThreshold:
    """Of one tag. `percent` is None where nothing can be said: no label to find, or never right at any threshold."""

    tag: SnapshotTag
    percent: int | None
    judgment: Judgment | None
    cost: float | None


def suggested_thresholds(
    actor: Actor, iteration: Iteration, aim: Aim, overlap_percent: int = 30
) -> list[SuggestedThreshold]:
    """Of each tag of a completed iteration; the overlap counts for detectors alone.

    Raises Refusal `BadRequestIterationIsNotTrained`, `BadRequest` for costs.
    """
    require(actor, Right.VIEW, iteration.project)
    _check(aim)
    source = judged(iteration)
    table = slider_sums(source, overlap_percent, with_intervals=False).table
    return [_of_tag(tag, table, column, aim) for column, tag in enumerate(source.tags)]


def as_thresholds(suggested: list[SuggestedThreshold]) -> dict[UUID, float]:
    """As a published name carries them; a tag without a suggestion has none, so that it always counts."""
    return {each.tag.tag_id: each.percent / 100 for each in suggested if each.percent is not None}


def best_percent(values: NDArray[np.floating]) -> int:
    """The middle of the longest stretch of the highest of `values` [steps], from 1% on: far from where it falls."""
    is_best = values >= values[1:].max() - 1e-9
    is_best[0] = False
    starts = np.flatnonzero(np.diff(is_best.astype(int), prepend=0) == 1)
    ends = np.flatnonzero(np.diff(is_best.astype(int), append=0) == -1)
    longest = int((ends - starts).argmax())
    return int(starts[longest] + ends[longest]) // 2


def _of_tag(tag: SnapshotTag, table: ThresholdTable, column: int, aim: Aim) -> SuggestedThreshold:
    sums = table.sums[:, 1 + column]
    right, false, missed = sums[:, :3].T.astype(np.float64)
    if not right.any():
        return SuggestedThreshold(tag, None, None, None)
    costs = aim.miss_cost * missed + aim.false_cost * false
    f1 = 2 * right / np.maximum(2 * right + false + missed, 1)
    percent = best_percent(f1 if aim.by is SuggestedBy.F1 else -costs)
    at_threshold = judgment(sums[percent].tolist(), is_few=table.is_few[column])
    return SuggestedThreshold(tag, percent, at_threshold, float(costs[percent]))


def _check(aim: Aim) -> None:
    for name, cost in (("A miss", aim.miss_cost), ("A false alarm", aim.false_cost)):
        if not 0 <= cost <= MOST_COST:
            raise Refusal("BadRequest", f"{name} costs a number from 0 to {MOST_COST:,}: choose another.")
    if aim.by is SuggestedBy.COST and not aim.miss_cost + aim.false_cost:
        raise Refusal("BadRequest", "One of the two has to cost something: choose a number above 0.")
