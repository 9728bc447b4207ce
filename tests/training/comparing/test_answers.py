"""Which images went from wrong to right and back, and what is said of them."""

from uuid import UUID, uuid4

import numpy as np

from training.comparing.answers import AnswerChange, Answers
from training.comparing.comparison import answers_of, differences_of
from training.detection_metrics import Detections
from training.locked_test.common import CommonBoxes, CommonScores, CommonTag
from training.statistics.differences import Verdict

TAGS = tuple(CommonTag(uuid4(), name) for name in ("bottle", "can", "carton"))
Box = tuple[int, float, float, float, float]
LEFT, RIGHT, LOW = (0.1, 0.1, 0.4, 0.4), (0.6, 0.1, 0.9, 0.4), (0.1, 0.6, 0.4, 0.9)


def ids(count: int) -> tuple[UUID, ...]:
    return tuple(UUID(int=number) for number in range(count))


def scores(truth: list[list[int]], *probabilities: list[list[float]]) -> CommonScores:
    return CommonScores(
        TAGS,
        ids(len(truth)),
        seen=0,
        waiting=0,
        truth=np.array(truth, dtype=bool),
        probabilities=tuple(np.array(each, dtype=np.float32) for each in probabilities),
    )


def boxes(*found: tuple[int, tuple[float, float, float, float], float]) -> Detections:
    ordered = sorted(found, key=lambda each: -each[2])
    return Detections(
        np.array([corners for _, corners, _ in ordered], np.float32).reshape(-1, 4),
        np.array([tag for tag, _, _ in ordered], np.int64),
        np.array([score for _, _, score in ordered], np.float32),
    )


def boxed(truth: Detections, before: Detections, after: Detections) -> Answers:
    common = CommonBoxes(TAGS, ids(1), seen=0, waiting=0, truth=(truth,), found=((before,), (after,)))
    return answers_of(common, 0.5, 0.3)


def words(answers: Answers, row: int = 0) -> list[str]:
    return [each.words for each in answers.said(row, 0, 1)]


def test_each_image_changes_in_one_way_and_those_that_moved_most_come_first() -> None:
    truth = [[1, 0, 0]] * 5
    before = [[0.2, 0.8, 0.0], [0.9, 0.1, 0.0], [0.45, 0.55, 0.0], [0.9, 0.05, 0.05], [0.1, 0.9, 0.0]]
    after = [[0.6, 0.4, 0.0], [0.3, 0.7, 0.0], [0.99, 0.01, 0.0], [0.8, 0.1, 0.1], [0.2, 0.8, 0.0]]
    changed = answers_of(scores(truth, before, after), 0.5, 0.3).changed(0, 1)
    assert changed == {
        AnswerChange.NOW_RIGHT: [2, 0],
        AnswerChange.NOW_WRONG: [1],
        AnswerChange.FEWER: [],
        AnswerChange.MORE: [],
    }


def test_a_classifiers_change_is_said_by_its_tags() -> None:
    answers = answers_of(
        scores(
            [[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]],
            [[0.1, 0.9, 0.0], [0.9, 0.1, 0.0], [0.4, 0.3, 0.3], [0.6, 0.7, 0.1], [0.9, 0.2, 0.6]],
            [[0.9, 0.1, 0.0], [0.1, 0.2, 0.7], [0.6, 0.2, 0.2], [0.1, 0.7, 0.8], [0.9, 0.7, 0.1]],
        ),
        0.5,
        0.3,
    )
    assert [words(answers, row) for row in range(5)] == [
        ["bottle, was can"],
        ["carton instead of bottle"],
        ["bottle found"],
        ["extra carton", "extra bottle gone"],
        ["can, was carton"],
    ]


def test_a_probability_just_at_the_threshold_is_given() -> None:
    answers = answers_of(scores([[1, 0, 0]], [[0.3, 0, 0]], [[0.29, 0, 0]]), 0.3, 0.3)
    assert answers.changed(0, 1)[AnswerChange.NOW_WRONG] == [0]


def test_a_detectors_change_is_said_by_its_boxes() -> None:
    truth = boxes((0, LEFT, 1), (1, RIGHT, 1))
    right = boxes((0, LEFT, 0.9), (1, RIGHT, 0.8))
    missed = boxes((0, LEFT, 0.9), (1, RIGHT, 0.4))
    assert words(boxed(truth, missed, right)) == ["can found"]
    assert words(boxed(truth, right, missed)) == ["can missed"]
    extra = boxes((0, LEFT, 0.9), (1, RIGHT, 0.8), (2, LOW, 0.7))
    assert words(boxed(truth, right, extra)) == ["extra carton"]
    assert words(boxed(truth, extra, right)) == ["extra carton gone"]
    confused = boxes((0, LEFT, 0.9), (2, RIGHT, 0.8))
    assert words(boxed(truth, right, confused)) == ["carton instead of can"]
    assert words(boxed(truth, confused, right)) == ["can, was carton"]
    assert words(boxed(truth, boxes(), boxes((0, LEFT, 0.9), (1, RIGHT, 0.9)))) == ["bottle found", "can found"]
    assert words(boxed(boxes((1, LEFT, 1), (1, RIGHT, 1)), boxes(), boxes((1, LEFT, 0.9), (1, RIGHT, 0.9)))) == [
        "2 can found"
    ]


def test_a_box_that_fits_too_badly_is_off_and_not_another_extra() -> None:
    loose = (0.1, 0.1, 0.4, 0.17)
    assert words(boxed(boxes((0, LEFT, 1)), boxes((0, LEFT, 0.9)), boxes((0, loose, 0.9)))) == ["bottle box off"]


def test_an_image_still_wrong_may_have_fewer_or_more_mistakes() -> None:
    truth = boxes((0, LEFT, 1), (1, RIGHT, 1), (2, LOW, 1))
    one, two = boxes((0, LEFT, 0.9)), boxes((0, LEFT, 0.9), (1, RIGHT, 0.9))
    assert boxed(truth, one, two).changed(0, 1)[AnswerChange.FEWER] == [0]
    assert boxed(truth, two, one).changed(0, 1)[AnswerChange.MORE] == [0]
    assert boxed(truth, one, one).changed(0, 1) == {change: [] for change in AnswerChange}


def test_each_iteration_is_held_against_the_first() -> None:
    truth = [[1, 0, 0], [0, 1, 0]] * 40
    good = [[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]] * 40
    bad = [[0.1, 0.9, 0.0], [0.9, 0.1, 0.0]] * 40
    same, worse = differences_of(answers_of(scores(truth, good, good, bad), 0.5, 0.3))
    assert (same.verdict, worse.verdict) == (Verdict.CANNOT_TELL, Verdict.WORSE)
    assert worse.overall["recall"].change == -1
