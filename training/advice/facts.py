"""What the rules of advice look at, gathered once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np

from labeling.models import SnapshotImage
from labeling.near_duplicates import near_duplicates
from labeling.tag_keys import project_tags
from portal.actors import Actor
from training.errors.error_list import ErrorQuery, error_list
from training.errors.label_queue import label_queue
from training.errors.mistakes import ErrorKind, Mistake
from training.judged import JudgedBoxes, JudgedScores, judged
from training.models import Iteration
from training.performance import is_detection

# A missed box whose shorter side is below this at the input size: a few cells of the finest feature map.
SMALL_PIXELS = 16


@dataclass(frozen=True)
class TagFacts:
    """A tag that the iteration knows and the project still has.

    `images` has it now; of the judged labels `labels` are it, and `said` times it was said. `mistakes` are those it is
    in, as label or as answer; of `lacking` it is the label.
    """

    tag_id: UUID
    name: str
    images: int
    labels: int
    said: int
    mistakes: int
    lacking: int

    @property
    def f1(self) -> float:
        right = self.labels - self.lacking
        return 2 * right / max(1, self.labels + self.said)


@dataclass(frozen=True)
class AdviceFacts:
    """Of an iteration at the default thresholds, on images that it had not seen, and of the workspace of now.

    `confusions`: how often the second tag was said where the first is. `alone` counts false boxes where nothing is,
    `missed_small` missed boxes that are small at the input size. `suggested`: untagged images that look like a tag.
    """

    is_detector: bool
    judged_images: int
    mistakes: int
    tags: tuple[TagFacts, ...]
    confusions: Mapping[tuple[UUID, UUID], int] = field(default_factory=dict)
    alone: int = 0
    missed_small: int = 0
    input_pixels: int = 0
    trained_images: int = 0
    background_images: int = 0
    near_pairs: int = 0
    near_images: int = 0
    images_now: int = 0
    doubts: int = 0
    suggested: Mapping[UUID, int] = field(default_factory=dict)

    def share(self, mistakes: int) -> float:
        """Of all mistakes."""
        return mistakes / self.mistakes if self.mistakes else 0.0


def advice_facts(actor: Actor, iteration: Iteration, suggested: Mapping[UUID, int]) -> AdviceFacts:
    """The facts of a completed iteration. Raises Refusal `BadRequestIterationIsNotTrained`."""
    query = ErrorQuery()
    found = error_list(actor, iteration, query)
    images = judged(iteration)
    labels, said = _counts(images, query.threshold_percent / 100)
    pairs = near_duplicates(iteration.project)
    near = {image_id for pair in pairs for image_id in (pair.first, pair.second)}
    frozen = SnapshotImage.objects.filter(snapshot_id=iteration.pk)
    detector = is_detection(iteration)
    input_pixels = int(iteration.result.get("input_size") or 0)
    return AdviceFacts(
        is_detector=detector,
        judged_images=found.image_count,
        mistakes=found.all_count,
        tags=_tags(iteration, images, labels, said, found.mistakes),
        confusions=Counter(
            (each.true_tag, each.predicted_tag)
            for each in found.mistakes
            if each.kind is ErrorKind.CONFUSED and each.true_tag and each.predicted_tag
        ),
        alone=found.counts[ErrorKind.FALSE] if detector else 0,
        missed_small=sum(_is_small(each, input_pixels) for each in found.mistakes if each.kind is ErrorKind.MISSED),
        input_pixels=input_pixels,
        trained_images=frozen.count(),
        background_images=frozen.filter(has_no_objects=True).count() if detector else 0,
        near_pairs=len(pairs),
        near_images=len(near),
        images_now=iteration.project.images.filter(removed__isnull=True).count(),
        doubts=len(label_queue(actor, iteration).open),
        suggested=suggested,
    )


def _counts(images: JudgedScores | JudgedBoxes, threshold: float) -> tuple[list[int], list[int]]:
    """How often each tag is a label, and how often it was said."""
    count = len(images.tags)
    if isinstance(images, JudgedScores):
        predicted = images.probabilities >= np.asarray(threshold, dtype=images.probabilities.dtype)
        return images.truth.sum(axis=0).tolist(), predicted.sum(axis=0).tolist()
    none = np.zeros(0, np.int64)
    labels = np.concatenate([none, *(each.tags for each in images.truth)])
    said = np.concatenate([none, *(each.tags[each.scores >= np.float32(threshold)] for each in images.found)])
    return np.bincount(labels, minlength=count).tolist(), np.bincount(said, minlength=count).tolist()


def _tags(
    iteration: Iteration,
    images: JudgedScores | JudgedBoxes,
    labels: Sequence[int],
    said: Sequence[int],
    mistakes: Sequence[Mistake],
) -> tuple[TagFacts, ...]:
    lacking = Counter(each.true_tag for each in mistakes)
    taking_part = Counter(tag_id for each in mistakes for tag_id in {each.true_tag, each.predicted_tag})
    now = {tag.id: tag for tag in project_tags(iteration.project) if not tag.is_negative}
    return tuple(
        TagFacts(
            tag.tag_id,
            now[tag.tag_id].name,
            images=now[tag.tag_id].image_count,
            labels=labels[place],
            said=said[place],
            mistakes=taking_part[tag.tag_id],
            lacking=lacking[tag.tag_id],
        )
        for place, tag in enumerate(images.tags)
        if tag.tag_id in now
    )


def _is_small(mistake: Mistake, input_pixels: int) -> bool:
    if mistake.true_corners is None or not input_pixels:
        return False
    left, top, right, bottom = mistake.true_corners
    return min(right - left, bottom - top) * input_pixels < SMALL_PIXELS
