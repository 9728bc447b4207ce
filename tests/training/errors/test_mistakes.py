"""Mistakes by kind, and that they are those which the confusion matrix counts."""

from uuid import UUID, uuid4

import numpy as np
import pytest

from labeling.models import SnapshotTag
from tests.training.cells import Cell, rows_of_cell
from training.box_confusion import box_confusion, box_stories
from training.detection_metrics import Detections, in_falling_score
from training.errors.box_label_errors import box_label_errors
from training.errors.box_mistakes import box_mistakes
from training.errors.mistakes import ErrorKind, Mistake
from training.errors.tag_mistakes import tag_mistakes
from training.judged import JudgedBoxes, JudgedScores, judged_matches

CAN, CUP, BOX = TAGS = tuple(SnapshotTag(tag_id=uuid4(), name=name) for name in ("can", "cup", "box"))


def scores(truth: list[list[int]], probabilities: list[list[float]], *, is_multiclass: bool = True) -> JudgedScores:
    ids = tuple(uuid4() for _ in truth)
    return JudgedScores(
        str(uuid4()), TAGS, ids, np.array(truth, bool), np.array(probabilities, np.float32), is_multiclass
    )


def named(mistakes: list[Mistake]) -> list[tuple[str, str, str]]:
    names: dict[UUID | None, str] = {tag.tag_id: tag.name for tag in TAGS} | {None: ""}  # type: ignore[misc]
    return [(str(each.kind), names[each.true_tag], names[each.predicted_tag]) for each in mistakes]


def boxes(*placed: tuple[int, float, tuple[float, float, float, float]]) -> Detections:
    rows = [(tag, score, corners) for tag, score, corners in placed]
    return in_falling_score(
        Detections(
            np.array([row[2] for row in rows], np.float32).reshape(-1, 4),
            np.array([row[0] for row in rows], np.int64),
            np.array([row[1] for row in rows], np.float32),
        )
    )


def judged(truth: list[Detections], found: list[Detections]) -> JudgedBoxes:
    return JudgedBoxes(str(uuid4()), TAGS, tuple(uuid4() for _ in truth), tuple(truth), tuple(found))


HERE, NEAR, FAR = (0.0, 0.0, 0.4, 0.4), (0.1, 0.1, 0.5, 0.5), (0.6, 0.6, 0.9, 0.9)


def test_one_tag_an_image_is_confused_missed_or_falsely_said_as_well() -> None:
    found = tag_mistakes(
        scores(
            [[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]],
            [[0.9, 0.1, 0], [0.1, 0.9, 0], [0.4, 0.3, 0.3], [0.3, 0.7, 0]],
        ),
        0.5,
    )
    assert named(found) == [("confused", "can", "cup"), ("missed", "can", "")]
    assert found[0].confidence == pytest.approx(0.9)
    assert found[0].true_probability == pytest.approx(0.1)
    assert found[1].confidence == pytest.approx(0.6)
    low = tag_mistakes(scores([[1, 0, 0]], [[0.6, 0.4, 0]]), 0.3)
    assert named(low) == [("false", "", "cup")]


def test_several_tags_are_false_or_missed_and_both_on_one_image_confused() -> None:
    found = tag_mistakes(
        scores(
            [[1, 1, 0], [1, 0, 0], [1, 0, 0]],
            [[0.9, 0.1, 0], [0.9, 0.8, 0], [0.1, 0.1, 0.7]],
            is_multiclass=False,
        ),
        0.5,
    )
    assert named(found) == [("missed", "cup", ""), ("false", "", "cup"), ("confused", "can", "box")]


def test_boxes_are_false_missed_confused_or_loose() -> None:
    truth = [boxes((0, 1, HERE)), boxes((0, 1, HERE)), boxes((0, 1, HERE)), boxes((0, 1, HERE)), boxes()]
    found = [
        boxes((0, 0.9, HERE)),
        boxes((1, 0.9, HERE)),
        boxes((0, 0.8, NEAR)),
        boxes((0, 0.2, HERE)),
        boxes((0, 0.7, FAR)),
    ]
    mistakes = box_mistakes(judged(truth, found), 50, 50)
    assert sorted(named(mistakes)) == [
        ("confused", "can", "cup"),
        ("false", "", "can"),
        ("loose", "can", "can"),
        ("missed", "can", ""),
    ]
    by_kind = {each.kind: each for each in mistakes}
    assert by_kind[ErrorKind.LOOSE].overlap == pytest.approx(0.09 / 0.23, abs=1e-3)
    assert by_kind[ErrorKind.LOOSE].true_corners == pytest.approx(HERE)
    assert by_kind[ErrorKind.LOOSE].predicted_corners == pytest.approx(NEAR)
    assert by_kind[ErrorKind.MISSED].true_probability == pytest.approx(0.2)
    assert by_kind[ErrorKind.MISSED].confidence == pytest.approx(0.8)


def test_a_second_box_on_a_found_one_is_false() -> None:
    mistakes = box_mistakes(judged([boxes((0, 1, HERE))], [boxes((0, 0.9, HERE), (0, 0.8, NEAR))]), 50, 30)
    assert named(mistakes) == [("false", "", "can")]
    assert mistakes[0].twins == 0
    on_it = box_mistakes(judged([boxes((0, 1, HERE))], [boxes((0, 0.9, HERE), (0, 0.8, HERE))]), 50, 30)
    assert [each.twins for each in on_it] == [1]


@pytest.mark.parametrize("is_multiclass", [True, False])
def test_each_cell_of_a_classifiers_matrix_has_its_mistakes(is_multiclass: bool) -> None:
    random = np.random.default_rng(5)
    count = 80
    truth = np.eye(3, dtype=bool)[random.integers(0, 3, count)] if is_multiclass else random.random((count, 3)) < 0.4
    probabilities = random.random((count, 3)).astype(np.float32)
    if is_multiclass:
        probabilities /= probabilities.sum(axis=1, keepdims=True)
    images = JudgedScores(str(uuid4()), TAGS, tuple(uuid4() for _ in range(count)), truth, probabilities, is_multiclass)
    found = tag_mistakes(images, 0.4)
    for true, there in enumerate(TAGS):
        for said, answer in enumerate(TAGS):
            if true == said:
                continue
            rows = {images.image_ids[row] for row in rows_of_cell(images, Cell(true, said), 0.4).tolist()}
            pair = (there.tag_id, answer.tag_id)
            assert {each.image_id for each in found if (each.true_tag, each.predicted_tag) == pair} == rows


def test_each_cell_of_a_detectors_matrix_has_its_mistakes() -> None:
    random = np.random.default_rng(7)

    def some(count: int, is_truth: bool) -> Detections:
        places = [(int(random.integers(3)), *random.random(2) * 0.7) for _ in range(count)]
        sizes = random.random((count, 2)) * 0.2 + 0.1
        return boxes(
            *(
                (tag, 1.0 if is_truth else float(random.random()), (left, top, left + width, top + height))
                for (tag, left, top), (width, height) in zip(places, sizes, strict=True)
            )
        )

    images = judged([some(5, True) for _ in range(30)], [some(8, False) for _ in range(30)])
    found = box_mistakes(images, 30, 20)
    counts = box_confusion(box_stories(images.pairs, judged_matches(images, 20), 0.2), len(TAGS))[30]
    names = [tag.tag_id for tag in TAGS]
    confused, loose = ErrorKind.CONFUSED, ErrorKind.LOOSE
    assert any(each.kind is loose for each in found)
    for true, there in enumerate(names):
        for said, answer in enumerate(names):
            cell = [
                each for each in found if (each.kind, each.true_tag, each.predicted_tag) == (confused, there, answer)
            ]
            assert true == said or len(cell) == counts[true, said]
        lacking = [each for each in found if each.true_tag == there and each.kind in (ErrorKind.MISSED, loose)]
        assert len(lacking) == counts[true, 3]
        extra = [each for each in found if each.predicted_tag == there and each.kind in (ErrorKind.FALSE, loose)]
        assert len(extra) == counts[3, true]


def test_boxes_that_a_sure_detector_lacks_swaps_or_places_elsewhere_are_doubted() -> None:
    truth = [boxes((0, 1, HERE)), boxes((0, 1, HERE)), boxes((0, 1, HERE)), boxes((0, 1, HERE)), boxes((1, 1, HERE))]
    found = [
        boxes((0, 0.9, HERE)),
        boxes((0, 0.9, HERE), (0, 0.95, FAR)),
        boxes((1, 0.99, HERE)),
        boxes((0, 0.97, NEAR)),
        boxes((1, 0.9, HERE), (0, 0.6, FAR)),
    ]
    ids = tuple(uuid4() for _ in truth)
    doubts = box_label_errors([tag.tag_id for tag in TAGS], ids, truth, found)
    assert named(doubts) == [("confused", "can", "cup"), ("false", "", "can"), ("loose", "can", "can")]
    assert [each.image_id for each in doubts] == [ids[2], ids[1], ids[3]]


def test_a_box_found_by_its_own_tag_is_not_doubted_for_another_on_it() -> None:
    found = [boxes((0, 0.8, HERE), (1, 0.95, HERE))]
    assert box_label_errors([tag.tag_id for tag in TAGS], [uuid4()], [boxes((0, 1, HERE))], found) == []
