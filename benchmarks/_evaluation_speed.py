"""How long the sliders' sums and a comparison of two iterations take, on 10,000 images of 20 tags."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
IMAGES = 10_000
TAGS = 20
BOXES_AN_IMAGE = 5
FOUND_AN_IMAGE = 20
ROUNDS = 5
SEED = 20240917


def speed() -> dict[str, Any]:
    """Measured in a process of its own, with a database of its own.

    `sliderMs`: figures and intervals of all tags at one more threshold, the slowest of all, by the page's own module
    under node. Beside it what the server makes once: everything the sliders need, read in the browser from a record.
    `comparisonMs`: rows read from the database, figures, intervals and answers of two iterations, as the page asks.
    """
    with tempfile.TemporaryDirectory(prefix="sightline-evaluation-") as data:
        environment = {**os.environ, "SIGHTLINE_DATA": data, "DJANGO_SETTINGS_MODULE": "portal.settings"}
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks._evaluation_speed"],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _measure() -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from training.comparing.comparison import compare
    from training.locked_test.scores import common_scores

    found = _slider()
    classifiers = _classifiers()
    found["comparisonMs"] = round(_milliseconds(lambda: compare(classifiers, 0.5, 0.3)))
    found["comparisonReadMs"] = round(_milliseconds(lambda: common_scores(classifiers)))
    detectors = _detectors()
    found["comparisonOfDetectorsMs"] = round(_milliseconds(lambda: compare(detectors, 0.5, 0.3)))
    return found


def _slider() -> dict[str, Any]:
    from labeling.models import SnapshotTag
    from training.judged import JudgedScores
    from training.pages.performance_figures import sums_record
    from training.slider_sums import slider_sums

    truth, (scores,) = _scores(1)
    tags = [SnapshotTag(name=f"tag {place}", position=place) for place in range(TAGS)]
    image_ids = tuple(UUID(int=number) for number in range(IMAGES))
    keys = (f"round {number}" for number in itertools.count())  # what was reckoned once is kept

    def reckon() -> str:
        judged = JudgedScores(next(keys), tags, image_ids, truth, scores, is_multiclass=False)
        return json.dumps(sums_record(slider_sums(judged, 30)), separators=(",", ":"))

    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(reckon())
        file.flush()
        command = [_node(), "--experimental-strip-types", "--disable-warning=ExperimentalWarning"]
        command += [str(ROOT / "benchmarks" / "_slider.ts"), file.name]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {
        "sliderMs": round(told["slowest"], 2),
        "sliderMedianMs": round(told["median"], 3),
        "sliderSumsOnServerMs": round(_milliseconds(reckon)),
        "sliderBytes": len(reckon()),
    }


def _classifiers() -> list[Any]:
    from labeling.models import ImageTag
    from portal.models import ClassificationType
    from training.models import LockedTestScore

    project, tags, images = _project(classification_type=ClassificationType.MULTILABEL)
    truth, scores = _scores(2)
    labels = [
        ImageTag(image=images[row], tag=tags[column], created_by="benchmark")
        for row, column in zip(*np.nonzero(truth), strict=True)
    ]
    ImageTag.objects.bulk_create(labels, batch_size=1000)
    iterations = _iterations(project, tags)
    for iteration, said in zip(iterations, scores, strict=True):
        rows = (
            LockedTestScore(iteration=iteration, image=image, scores=row.astype("<f4").tobytes())
            for image, row in zip(images, said, strict=True)
        )
        LockedTestScore.objects.bulk_create(rows, batch_size=1000)
    return iterations


def _detectors() -> list[Any]:
    from labeling.models import ImageTag, Region
    from training.kept_detections import BOX
    from training.models import LockedTestScore

    project, tags, images = _project(is_detection=True)
    chance = np.random.default_rng(SEED)
    corner = chance.uniform(0, 0.8, (IMAGES, BOXES_AN_IMAGE, 2))
    side = chance.uniform(0.05, 0.2, (IMAGES, BOXES_AN_IMAGE, 2))
    tag_of = chance.integers(0, TAGS, (IMAGES, BOXES_AN_IMAGE))
    ImageTag.objects.bulk_create(
        (
            ImageTag(image=image, tag=tags[place], created_by="benchmark")
            for image, places in zip(images, tag_of, strict=True)
            for place in set(places.tolist())
        ),
        batch_size=1000,
    )
    Region.objects.bulk_create(
        (
            Region(
                image=image,
                tag=tags[tag_of[row, box]],
                left=corner[row, box, 0],
                top=corner[row, box, 1],
                width=side[row, box, 0],
                height=side[row, box, 1],
                created_by="benchmark",
            )
            for row, image in enumerate(images)
            for box in range(BOXES_AN_IMAGE)
        ),
        batch_size=1000,
    )
    iterations = _iterations(project, tags)
    for iteration in iterations:
        said = np.zeros((IMAGES, FOUND_AN_IMAGE), BOX)
        near = corner + chance.normal(0, 0.02, corner.shape)
        far = chance.uniform(0, 0.8, (IMAGES, FOUND_AN_IMAGE - BOXES_AN_IMAGE, 2))
        starts = np.concatenate([near, far], axis=1)
        sides = np.concatenate([side, np.full(far.shape, 0.1)], axis=1)
        said["corners"] = np.concatenate([starts, starts + sides], axis=2)
        said["tag"] = np.concatenate([tag_of, chance.integers(0, TAGS, far.shape[:2])], axis=1)
        of_right = chance.beta(3, 1.5, tag_of.shape)
        said["score"] = np.concatenate([of_right, chance.beta(1, 5, far.shape[:2])], axis=1)
        rows = (
            LockedTestScore(iteration=iteration, image=image, scores=row.tobytes())
            for image, row in zip(images, said, strict=True)
        )
        LockedTestScore.objects.bulk_create(rows, batch_size=1000)
    return iterations


def _project(*, is_detection: bool = False, **settings: Any) -> tuple[Any, list[Any], list[Any]]:
    from portal.domains import DOMAINS, DomainType
    from portal.projects import ProjectSettings
    from tests.builders import make_images, make_project, make_tag
    from tests.training.locked_test.rows import put_in_test_set

    if is_detection:
        settings["domain_id"] = next(key for key, one in DOMAINS.items() if one.type is DomainType.OBJECT_DETECTION)
    project = make_project(settings=ProjectSettings(**settings))
    tags = [make_tag(project) for _ in range(TAGS)]
    images = make_images(project, IMAGES)
    put_in_test_set(project, images)
    return project, tags, images


def _iterations(project: Any, tags: list[Any]) -> list[Any]:
    from tests.training.locked_test.rows import trained_iteration

    return [trained_iteration(project, tags) for _ in range(2)]


def _scores(models: int) -> tuple[NDArray[np.bool_], list[NDArray[np.float32]]]:
    """Truth and scores of so many models, [images, tags]; some two tags an image."""
    chance = np.random.default_rng(SEED)
    truth = chance.random((IMAGES, TAGS)) < 0.1
    truth[np.arange(IMAGES), chance.integers(0, TAGS, IMAGES)] = True
    evidence = [4 * (truth - 0.5) + chance.normal(0, 1, truth.shape) for _ in range(models)]
    return truth, [(1 / (1 + np.exp(-each))).astype(np.float32) for each in evidence]


def _milliseconds(work: Callable[[], object]) -> float:
    """The median of some rounds after a first."""
    work()
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


def _node() -> str:
    own = ROOT / ".venv" / "bin" / "node"
    node = str(own) if own.exists() else shutil.which("node")
    if node is None:
        raise SystemExit("The slider is measured under node, which is not there: run ./sightline test once.")
    return node


if __name__ == "__main__":
    print(json.dumps(_measure()))
