"""Test sets drawn from populations whose figures are known: classifiers' scores and detectors' matched boxes.

A population has so many images that its own figures are the truth of every set drawn from it. Two models of a
population are equally good: they have the same skill and the same hard images, and err each by its own chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.statistics.answers import Answers

POPULATION = 150_000
THRESHOLD = 0.5
MODELS = ("good", "mediocre")

# Of trashnet's six tags; and of a made-up set whose images carry several.
MULTICLASS_SHARES = (0.25, 0.2, 0.19, 0.17, 0.135, 0.055)
MULTILABEL_SHARES = (0.5, 0.35, 0.25, 0.2, 0.15, 0.12, 0.08, 0.05)
# Boxes of an image that has the tag, and the share of images that do: many, one or two, and a rare tag.
BOXES_OF_A_TAG = ((6.0, 0.9), (1.5, 0.6), (1.5, 0.12))


@dataclass(frozen=True)
class ClassifierSet:
    """Images' true tags and what models say of them: `truth` [images, tags], `scores` of each model the same."""

    truth: NDArray[np.bool_]
    scores: tuple[NDArray[np.float32], ...]

    def __len__(self) -> int:
        return len(self.truth)

    def draw(self, count: int, chance: np.random.Generator, *, is_exchanged: bool = True) -> ClassifierSet:
        """So many images; where models are exchanged, which of them is the first is tossed image by image."""
        rows = chance.integers(0, len(self), count)
        scores = [each[rows] for each in self.scores]
        if len(scores) == 2 and is_exchanged:
            is_turned = chance.random((count, 1)) < 0.5
            scores = [np.where(is_turned, scores[1], scores[0]), np.where(is_turned, scores[0], scores[1])]
        return ClassifierSet(self.truth[rows], tuple(scores))


@dataclass(frozen=True)
class DetectorSet:
    """The matched boxes of models on the same images, sorted by image."""

    models: tuple[Answers, ...]

    def __len__(self) -> int:
        return len(self.models[0].there)

    def draw(self, count: int, chance: np.random.Generator, *, is_exchanged: bool = True) -> DetectorSet:
        """So many images; where models are exchanged, which of them is the first is tossed image by image."""
        rows = chance.integers(0, len(self), count)
        is_turned = chance.random(count) < (0.5 if is_exchanged and len(self.models) == 2 else 0)
        return DetectorSet(
            tuple(
                _gather(self.models, rows, np.where(is_turned, 1 - place, place)) for place in range(len(self.models))
            )
        )


def _gather(models: tuple[Answers, ...], rows: NDArray[np.intp], model_of: NDArray[np.intp]) -> Answers:
    pieces = []
    for place, model in enumerate(models):
        own = np.flatnonzero(model_of == place)
        starts = np.searchsorted(model.images, rows[own], side="left")
        sizes = np.searchsorted(model.images, rows[own], side="right") - starts
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        pieces.append((np.repeat(own, sizes), np.repeat(starts, sizes) + within, model))
    return Answers(
        np.concatenate([images for images, _, _ in pieces]),
        np.concatenate([model.tags[boxes] for _, boxes, model in pieces]),
        np.concatenate([model.scores[boxes] for _, boxes, model in pieces]),
        np.concatenate([model.is_right[boxes] for _, boxes, model in pieces]),
        models[0].there[rows],
    )


def multiclass(model: str, count: int, models: int, chance: np.random.Generator, gain: float = 0.0) -> ClassifierSet:
    """One tag an image. Each tag is mixed up with its neighbor more than with the others; some images are hard.

    `gain` is how much more skill the second model has.
    """
    skill = {"good": 6.0, "mediocre": 3.6}[model]
    tags = len(MULTICLASS_SHARES)
    answer = chance.choice(tags, count, p=MULTICLASS_SHARES)
    truth = np.eye(tags, dtype=bool)[answer]
    ease = np.minimum(1.3, chance.gamma(6, 1 / 6, (count, 1)))
    shown = chance.normal(0, 0.8, (count, tags)) + 0.9 * truth[:, np.arange(tags) ^ 1]
    scores = []
    for place in range(models):
        logits = (skill + gain * place) * ease * truth + shown + chance.normal(0, 0.9, (count, tags))
        raised = np.exp(1.3 * (logits - logits.max(axis=1, keepdims=True)))
        scores.append((raised / raised.sum(axis=1, keepdims=True)).astype(np.float32))
    return ClassifierSet(truth, tuple(scores))


def multilabel(model: str, count: int, models: int, chance: np.random.Generator, gain: float = 0.0) -> ClassifierSet:
    """Several tags an image, which go together; in a hard image all of them are hard."""
    skill = {"good": 4.2, "mediocre": 2.4}[model]
    shares = np.array(MULTILABEL_SHARES)
    crowded = chance.normal(0, 1, (count, 1))
    place_in_crowd = 0.6 * crowded + 0.8 * chance.normal(0, 1, (count, len(shares)))
    truth = place_in_crowd > np.quantile(place_in_crowd, 1 - shares, axis=0).diagonal()
    ease = np.minimum(1.5, chance.gamma(5, 1 / 5, (count, 1)))
    shown = chance.normal(0, 0.8, truth.shape)
    scores = []
    for place in range(models):
        evidence = (skill + gain * place) * ease * (truth - 0.5) + shown + chance.normal(0, 0.8, truth.shape)
        scores.append((1 / (1 + np.exp(-(1.5 * evidence + 0.4 * np.log(shares / (1 - shares)))))).astype(np.float32))
    return ClassifierSet(truth, tuple(scores))


def detection(model: str, count: int, models: int, chance: np.random.Generator, gain: float = 0.0) -> DetectorSet:
    """Several boxes an image: in a hard image more are missed, scores are lower and more is found that is not there."""
    found, alarms = {"good": (3.0, 0.25), "mediocre": (1.2, 0.7)}[model]
    hardness = chance.normal(0, 1, count)
    crowd = chance.gamma(2, 1 / 2, count)
    boxes = np.zeros((count, len(BOXES_OF_A_TAG)), np.int64)
    for tag, (mean, share) in enumerate(BOXES_OF_A_TAG):
        has = chance.random(count) < share
        boxes[:, tag] = has * (1 + chance.poisson((mean - 1) * crowd))
    images = np.repeat(np.tile(np.arange(count)[:, None], boxes.shape[1]).ravel(), boxes.ravel())
    tags = np.repeat(np.tile(np.arange(boxes.shape[1]), count), boxes.ravel())
    own = chance.normal(0, 0.8, len(images))
    made = []
    for place in range(models):
        logit = found + gain * place - 0.9 * hardness[images] - 0.5 * tags - own + chance.normal(0, 0.6, len(images))
        is_found = logit > 0
        false = chance.poisson(alarms * np.exp(0.6 * hardness[:, None]) * (0.2 + boxes / boxes.mean(axis=0)))
        false_images = np.repeat(np.tile(np.arange(count)[:, None], false.shape[1]).ravel(), false.ravel())
        false_tags = np.repeat(np.tile(np.arange(false.shape[1]), count), false.ravel())
        of_right = 0.7 * logit[is_found] + chance.normal(0.3, 0.9, int(is_found.sum()))
        of_false = chance.normal(-1.6, 1.2, len(false_images)) + 0.3 * hardness[false_images]
        at = np.concatenate([images[is_found], false_images])
        order = np.argsort(at, kind="stable")
        right = np.concatenate([np.ones(len(of_right), bool), np.zeros(len(of_false), bool)])
        scores = (1 / (1 + np.exp(-np.concatenate([of_right, of_false])))).astype(np.float32)
        made.append(
            Answers(at[order], np.concatenate([tags[is_found], false_tags])[order], scores[order], right[order], boxes)
        )
    return DetectorSet(tuple(made))
