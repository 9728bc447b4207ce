"""The figures of two iterations on the images of the locked test set that count for both."""

from dataclasses import dataclass, field
from uuid import UUID

from training import metrics
from training.detection_metrics import DetectionFigures, match_tags, mean_average_precision, tag_figures
from training.locked_test.common import CommonBoxes, CommonScores
from training.locked_test.scores import common_boxes, common_scores
from training.models import GateMeasure, Iteration, PublishGate
from training.performance import is_detection

Pair = tuple[float | None, float | None]


@dataclass(frozen=True)
class _Counts:
    """What precision and recall of one iteration come from, and its average precision."""

    right: int
    false: int
    missed: int
    average_precision: float | None

    def value(self, measure: str) -> float | None:
        """None where no true tag or box is there to find, so that there is nothing to judge."""
        if not self.right + self.missed:
            return None
        precision = self.right / (self.right + self.false) if self.right + self.false else 0.0
        recall = self.right / (self.right + self.missed)
        if measure == GateMeasure.PRECISION:
            return precision
        if measure == GateMeasure.RECALL:
            return recall
        if measure == GateMeasure.F1:
            return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        return self.average_precision


@dataclass(frozen=True)
class GateFigures:
    """Both iterations on the same images; figures are reckoned once for each pair of thresholds."""

    common: CommonScores | CommonBoxes
    _known: dict[tuple[int, int], tuple[list[_Counts], list[_Counts]]] = field(default_factory=dict)

    @property
    def images(self) -> int:
        return len(self.common.image_ids)

    @property
    def seen(self) -> int:
        return self.common.seen

    @property
    def waiting(self) -> int:
        return self.common.waiting

    @property
    def tag_names(self) -> dict[UUID, str]:
        return {tag.tag_id: tag.name for tag in self.common.tags}

    def of(self, gate: PublishGate) -> Pair:
        """What the gate looks at, 0..1, of the former iteration and of the next."""
        place = 0
        if gate.tag_id is not None:
            place = 1 + [tag.tag_id for tag in self.common.tags].index(gate.tag_id)
        key = (gate.threshold_percent, gate.overlap_percent)
        if key not in self._known:
            self._known[key] = _both(self.common, *key)
        former, following = self._known[key]
        return former[place].value(gate.measure), following[place].value(gate.measure)


def gate_figures(former: Iteration, following: Iteration) -> GateFigures:
    """Read what both said (eight queries at most)."""
    pair = [former, following]
    return GateFigures(common_boxes(pair) if is_detection(following) else common_scores(pair))


def _both(
    common: CommonScores | CommonBoxes, threshold_percent: int, overlap_percent: int
) -> tuple[list[_Counts], list[_Counts]]:
    """Of each iteration, first overall, then by tag."""
    threshold = threshold_percent / 100
    if isinstance(common, CommonScores):
        both = [_classifier(common, place, threshold) for place in (0, 1)]
    else:
        both = [_detector(common, place, threshold, overlap_percent / 100) for place in (0, 1)]
    return both[0], both[1]


def _classifier(common: CommonScores, place: int, threshold: float) -> list[_Counts]:
    figures = metrics.figures(common.truth, common.probabilities[place], threshold)
    return _with_overall(figures.per_tag, figures.average_precision)


def _detector(common: CommonBoxes, place: int, threshold: float, overlap: float) -> list[_Counts]:
    matches = match_tags(common.truth, common.found[place], len(common.tags), overlap)
    return _with_overall([tag_figures(each, threshold) for each in matches], mean_average_precision(matches))


def _with_overall(
    per_tag: "tuple[metrics.TagFigures, ...] | list[DetectionFigures]", mean: float | None
) -> list[_Counts]:
    by_tag = [
        _Counts(each.true_positives, each.false_positives, each.false_negatives, each.average_precision)
        for each in per_tag
    ]
    overall = _Counts(
        sum(each.right for each in by_tag),
        sum(each.false for each in by_tag),
        sum(each.missed for each in by_tag),
        mean,
    )
    return [overall, *by_tag]
