"""How often intervals hold the truth, and how often a comparison says what is not so, over simulated sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks._simulated_sets import (
    POPULATION,
    THRESHOLD,
    ClassifierSet,
    DetectorSet,
    detection,
    multiclass,
    multilabel,
)
from training.statistics.answers import FEWEST_IMAGES
from training.statistics.differences import (
    Differences,
    Estimates,
    Verdict,
    classifier_estimates,
    detector_estimates,
    differences,
)

TASKS: Mapping[str, Callable[..., ClassifierSet | DetectorSet]] = {
    "multiclass": multiclass,
    "multilabel": multilabel,
    "detector": detection,
}
# How much more skill the better model has where the power to see it is measured.
GAINS = {"multiclass": 0.8, "multilabel": 0.6, "detector": 0.7}


def estimates(drawn: ClassifierSet | DetectorSet, model: int = 0) -> list[Estimates]:
    """What the product says of a set: over all tags, then each tag's."""
    if isinstance(drawn, ClassifierSet):
        return classifier_estimates(drawn.truth, drawn.scores[model], THRESHOLD)
    return detector_estimates(drawn.models[model], THRESHOLD)


def tag_images(drawn: ClassifierSet | DetectorSet) -> list[int]:
    """On how many images each tag is."""
    there = drawn.truth if isinstance(drawn, ClassifierSet) else drawn.models[0].there > 0
    return [int(count) for count in there.sum(axis=0)]


def coverage(task: str, model: str, size: int, sets: int, seed: int) -> dict[str, dict[str, Any]]:
    """By measure: the share of 95% intervals that hold the population's figure.

    `overall`, and `perTag` over the tags on enough images to tell, with `worstTag` among tags judged often enough;
    `fewImages` are the tags that a page warns of.
    """
    chance = np.random.default_rng([seed, size])
    population = TASKS[task](model, POPULATION, 1, chance)
    truth = estimates(population)
    held: dict[str, list[bool]] = {}
    of_tag: dict[str, dict[int, list[bool]]] = {}
    of_few: dict[str, list[bool]] = {}
    for _ in range(sets):
        drawn = population.draw(size, chance)
        overall, *per_tag = estimates(drawn)
        images = tag_images(drawn)
        for name, figure in overall.items():
            if figure is not None:
                held.setdefault(name, []).append(_holds(figure, truth[0][name]))
        for place, row in enumerate(per_tag):
            for name, figure in row.items():
                if figure is None:
                    continue
                holds = _holds(figure, truth[place + 1][name])
                if images[place] >= FEWEST_IMAGES:
                    of_tag.setdefault(name, {}).setdefault(place, []).append(holds)
                else:
                    of_few.setdefault(name, []).append(holds)
    found: dict[str, dict[str, Any]] = {}
    for name, each in held.items():
        found[name] = {"overall": _share(each)}
        tags = of_tag.get(name, {})
        if tags:
            often = [_share(one) for one in tags.values() if len(one) >= 0.5 * sets]
            found[name]["perTag"] = _share([one for tag in tags.values() for one in tag])
            found[name]["worstTag"] = min(often, key=lambda one: -abs(one - 0.95), default=None)
        if of_few.get(name):
            found[name]["fewImages"] = _share(of_few[name])
    return found


def false_alarms(task: str, model: str, size: int, sets: int, seed: int) -> dict[str, float]:
    """How often "better" or "worse" is said of equal models: as the headline, of each figure, and of any tag's."""
    found = _compared(task, model, size, sets, seed, 0.0)
    spoken = {"headline": _share([each.verdict is not Verdict.CANNOT_TELL for each in found])}
    for name in found[0].overall:
        spoken[name] = _share([each.overall[name].verdict is not Verdict.CANNOT_TELL for each in found])
    tags = [
        any(figure.verdict is not Verdict.CANNOT_TELL for tag in each.per_tag for figure in tag.values())
        for each in found
    ]
    return {**spoken, "anyTag": _share(tags)}


def power(task: str, model: str, size: int, sets: int, seed: int) -> dict[str, Any]:
    """How often a model that is better is said to be, and never worse; `points` is by how much its mAP is better."""
    found = _compared(task, model, size, sets, seed, GAINS[task])
    return {
        "points": round(100 * float(np.mean([each.overall["ap"].change or 0 for each in found])), 1),
        "better": _share([each.verdict is Verdict.BETTER for each in found]),
        "worse": _share([each.verdict is Verdict.WORSE for each in found]),
    }


def _compared(task: str, model: str, size: int, sets: int, seed: int, gain: float) -> list[Differences]:
    chance = np.random.default_rng([seed, size, 1])
    population = TASKS[task](model, POPULATION, 2, chance, gain)
    found = []
    for _ in range(sets):
        drawn = population.draw(size, chance, is_exchanged=gain == 0)
        found.append(differences(estimates(drawn, 0), estimates(drawn, 1)))
    return found


def _holds(figure: Any, truth: Any) -> bool:
    return bool(figure.interval[0] <= truth.value <= figure.interval[1])


def _share(held: list[bool]) -> float:
    return round(sum(held) / len(held), 4)
