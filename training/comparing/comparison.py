"""Iterations against the first of them, on the images of the locked test set that none of them has seen."""

from collections.abc import Sequence
from dataclasses import dataclass

from labeling.models import LockedTestImage
from training.comparing.answers import Answers
from training.comparing.classifier_answers import ClassifierAnswers
from training.comparing.detector_answers import DetectorAnswers
from training.locked_test.common import CommonBoxes, CommonScores
from training.locked_test.scores import common_boxes, common_scores
from training.models import Iteration
from training.performance import is_detection
from training.statistics.answers import box_answers
from training.statistics.differences import Differences, classifier_estimates, detector_estimates, differences

# Below the first there is no verdict; below the second only large differences show.
FEWEST_IMAGES = 30
WANTED_IMAGES = 100


@dataclass(frozen=True)
class Comparison:
    """`differences` of each iteration but the first, against it; none while there is nothing to compare.

    `test_images`: how many today's test set holds.
    """

    iterations: tuple[Iteration, ...]
    common: CommonScores | CommonBoxes
    test_images: int
    differences: tuple[Differences, ...]
    answers: Answers

    @property
    def image_count(self) -> int:
        return len(self.common.image_ids)

    @property
    def unlabeled(self) -> int:
        """Images of the test set that nobody has labeled yet."""
        return max(0, self.test_images - self.image_count - self.common.seen - self.common.waiting)


def compare(iterations: Sequence[Iteration], threshold: float, overlap: float) -> Comparison:
    """Completed iterations of one project, at a threshold and, of detectors, an overlap; both 0..1."""
    project = iterations[0].project
    common = common_boxes(iterations) if is_detection(iterations[0]) else common_scores(iterations)
    answers = answers_of(common, threshold, overlap)
    return Comparison(
        iterations=tuple(iterations),
        common=common,
        test_images=LockedTestImage.objects.filter(project=project, image__removed__isnull=True).count(),
        differences=differences_of(answers) if common.image_ids else (),
        answers=answers,
    )


def differences_of(answers: Answers) -> tuple[Differences, ...]:
    """Of each iteration but the first, against it."""
    if isinstance(answers, ClassifierAnswers):
        truth, said = answers.common.truth, answers.common.probabilities
        estimates = [classifier_estimates(truth, each, answers.threshold) for each in said]
    else:
        assert isinstance(answers, DetectorAnswers)
        common = answers.common
        estimates = [
            detector_estimates(box_answers(common.truth, found, matches, len(common.tags)), answers.threshold)
            for found, matches in zip(answers.ordered, answers.matches, strict=True)
        ]
    first, *others = estimates
    return tuple(differences(first, each) for each in others)


def answers_of(common: CommonScores | CommonBoxes, threshold: float, overlap: float) -> Answers:
    """The answers of classifiers or detectors; nothing is matched before it is asked for, and nothing twice."""
    if isinstance(common, CommonScores):
        return ClassifierAnswers(common, threshold)
    return DetectorAnswers(common, threshold, overlap)
