"""The queue of likely label errors of an iteration: what a person has decided of it, and what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import numpy as np

from labeling.confirming import confirmed_images
from labeling.gallery import LabelState, label_states
from portal.actors import Actor, require
from portal.models import ClassificationType
from portal.permissions import Right
from training.detection_metrics import overlaps
from training.detection_performance import load_held_out_boxes
from training.errors.box_label_errors import box_label_errors
from training.errors.label_errors import label_errors
from training.errors.mistakes import SAME_PLACE, Corners, ErrorKind, Mistake
from training.models import Iteration
from training.performance import is_detection, load_scores, require_trained

# A box is the same while its edges are, but for their rounding to 32 bits.
SAME_EDGES = 1e-4


@dataclass(frozen=True)
class LabelDoubt:
    """A label that is likely wrong. `labels` are the image's tags when it was trained, `suggested` the model's.

    Of a detector the doubt is about one box, and both are empty.
    """

    mistake: Mistake
    labels: frozenset[UUID] = frozenset()
    suggested: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class LabelQueue:
    """The doubts that nobody has decided yet, most likely first; `total` counts those that were decided too."""

    open: Sequence[LabelDoubt]
    total: int

    @property
    def done(self) -> int:
        return self.total - len(self.open)


def label_queue(actor: Actor, iteration: Iteration) -> LabelQueue:
    """The queue against the labels of now (four queries, with the scores in memory).

    Decided is a doubt whose labels were kept, or are others by now, or whose image is deleted. Raises Refusal
    `BadRequestIterationIsNotTrained`.
    """
    require(actor, Right.VIEW, iteration.project)
    require_trained(iteration)
    doubts = all_doubts(iteration)
    image_ids = {doubt.mistake.image_id for doubt in doubts}
    states = {state.id: state for state in label_states(iteration.project, image_ids)}
    kept = confirmed_images(iteration.project, image_ids)
    is_open = _is_box_open if is_detection(iteration) else _is_open
    left = [
        doubt
        for doubt in doubts
        if (state := states.get(doubt.mistake.image_id)) is not None and state.id not in kept and is_open(doubt, state)
    ]
    return LabelQueue(left, len(doubts))


def all_doubts(iteration: Iteration) -> Sequence[LabelDoubt]:
    """Every doubt of a completed iteration, decided or not."""
    key = (iteration.pk, iteration.artifact_sha256)
    if is_detection(iteration):
        return _box_doubts(*key)
    return _tag_doubts(*key, iteration.classification_type == ClassificationType.MULTICLASS)


@lru_cache(maxsize=4)
def _tag_doubts(iteration_id: UUID, artifact_sha256: str, multiclass: bool) -> Sequence[LabelDoubt]:
    scores = load_scores(iteration_id, artifact_sha256)
    found = label_errors(scores.truth, scores.probabilities, multiclass=multiclass)
    ids = [tag.tag_id for tag in scores.tags]
    doubts = []
    for row in found.order[found.is_likely[found.order]].tolist():
        truth, suggested, said = scores.truth[row], found.suggested[row], scores.probabilities[row]
        # What is told of it is its most doubtful tag.
        added = np.where(suggested & ~truth, said, -1.0)
        taken_off = np.where(truth & ~suggested, 1 - said, -1.0)
        is_added, is_taken_off = added.max() >= 0, taken_off.max() >= 0
        kind = ErrorKind.CONFUSED if is_added and is_taken_off else ErrorKind.FALSE if is_added else ErrorKind.MISSED
        mistake = Mistake(
            scores.image_ids[row],
            kind,
            confidence=float(found.scores[row]),
            true_tag=ids[int(taken_off.argmax())] if is_taken_off else None,
            predicted_tag=ids[int(added.argmax())] if is_added else None,
            probability=float(said[added.argmax()]) if is_added else None,
            true_probability=float(said[taken_off.argmax()]) if is_taken_off else None,
        )
        doubts.append(LabelDoubt(mistake, _chosen(ids, truth), _chosen(ids, suggested)))
    return doubts


def _chosen(ids: Sequence[UUID], row: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> frozenset[UUID]:
    return frozenset(ids[column] for column in np.flatnonzero(row).tolist())


@lru_cache(maxsize=4)
def _box_doubts(iteration_id: UUID, artifact_sha256: str) -> Sequence[LabelDoubt]:
    boxes = load_held_out_boxes(iteration_id, artifact_sha256)
    ids = [tag.tag_id for tag in boxes.tags]
    return [LabelDoubt(each) for each in box_label_errors(ids, boxes.image_ids, boxes.truth, boxes.found)]


def _is_open(doubt: LabelDoubt, state: LabelState) -> bool:
    return frozenset(state.tag_ids) == doubt.labels


def _is_box_open(doubt: LabelDoubt, state: LabelState) -> bool:
    """The doubted box is there as it was; an overlooked one is not drawn yet."""
    mistake = doubt.mistake
    if mistake.true_corners is not None:
        return any(
            drawn.box.tag_id == mistake.true_tag and _are_same(_corners(drawn.box.edges), mistake.true_corners)
            for drawn in state.boxes
        )
    assert mistake.predicted_corners is not None
    own = [_corners(drawn.box.edges) for drawn in state.boxes if drawn.box.tag_id == mistake.predicted_tag]
    if not own:
        return True
    shared = overlaps(np.array([mistake.predicted_corners], np.float32), np.array(own, np.float32))
    return bool(shared.max() < SAME_PLACE)


def _corners(edges: tuple[float, float, float, float]) -> Corners:
    left, top, width, height = edges
    return left, top, left + width, top + height


def _are_same(first: Corners, second: Corners) -> bool:
    return all(abs(one - other) <= SAME_EDGES for one, other in zip(first, second, strict=True))
