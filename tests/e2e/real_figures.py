"""How good a published model is on photos it has not seen."""

import numpy as np

from tests.e2e.projects import MadeProject, publish, train
from tests.e2e.real_sets import REAL_TRAINING_SECONDS, RealImage, predict
from tests.live_install import LiveInstall
from training.detection_metrics import Detections, match_tags, mean_average_precision

# A third of bccd is as good as all of it (mAP .880 to .887): there one more training can fall as well as rise.
SAME = 0.02


def published(install: LiveInstall, project: MadeProject, name: str) -> str:
    """Train on all that is labeled by now and publish it; the name it was given."""
    train(install, project, REAL_TRAINING_SECONDS)
    publish(install, project, name)
    return name


def accuracy(install: LiveInstall, project: MadeProject, name: str, images: list[RealImage]) -> float:
    answers = predict(install, project, name, images, is_stored=False, kind="classify")
    right = sum(
        answer["predictions"][0]["tagName"] == image.tags[0] for answer, image in zip(answers, images, strict=True)
    )
    return right / len(images)


def average_precision(install: LiveInstall, project: MadeProject, name: str, images: list[RealImage]) -> float:
    """The mean over the tags, at an overlap of 50%."""
    names = list(project.tag_ids)
    answers = predict(install, project, name, images, is_stored=False, kind="detect")
    truths = [_boxes([(each.tag, 1.0, each.__dict__) for each in image.boxes], names) for image in images]
    founds = [
        _boxes([(each["tagName"], each["probability"], each["boundingBox"]) for each in answer["predictions"]], names)
        for answer in answers
    ]
    return mean_average_precision(match_tags(truths, founds, len(names), 0.5)) or 0.0


def _boxes(found: list[tuple[str, float, dict[str, float]]], names: list[str]) -> Detections:
    corners = [(box["left"], box["top"], box["left"] + box["width"], box["top"] + box["height"]) for _, _, box in found]
    return Detections(
        corners=np.array(corners, np.float32).reshape(-1, 4),
        tags=np.array([names.index(tag) for tag, _, _ in found], np.int64),
        scores=np.array([score for _, score, _ in found], np.float32),
    )
