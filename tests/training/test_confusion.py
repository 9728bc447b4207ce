"""The confusion matrix against counting by hand, at every threshold, and the images behind its cells."""

from collections import Counter

import numpy as np
import pytest

from tests.training.cells import Cell, rows_of_box_cell, rows_of_cell
from training.box_confusion import box_confusion, box_stories
from training.box_pairs import box_pairs, match_pairs, pair_tag_matches
from training.confusion import confusion_record, tag_confusion
from training.detection_metrics import Detections, match_images, overlaps, tag_figures, tag_matches
from training.judged import JudgedBoxes, JudgedScores

TAGS = 4


def some_scores(*, is_multiclass: bool, seed: int = 5, images: int = 60) -> JudgedScores:
    chance = np.random.default_rng(seed)
    if is_multiclass:
        truth = np.eye(TAGS, dtype=bool)[chance.integers(0, TAGS, images)]
        probabilities = chance.dirichlet(np.full(TAGS, 0.6), images)
    else:
        truth = chance.random((images, TAGS)) < 0.4
        probabilities = np.round(chance.random((images, TAGS)), 2)
    ids = tuple(range(images))
    key = f"{is_multiclass} {seed}"
    return JudgedScores(key, [], ids, truth, probabilities.astype(np.float32), is_multiclass)  # type: ignore[arg-type]


def with_tags(scores: JudgedScores) -> JudgedScores:
    return JudgedScores(
        scores.key, [None] * TAGS, scores.image_ids, scores.truth, scores.probabilities, scores.is_multiclass  # type: ignore[list-item]
    )  # fmt: skip


def counted_by_hand(scores: JudgedScores, threshold: float) -> Counter[tuple[int, int]]:
    counts: Counter[tuple[int, int]] = Counter()
    for truth, probabilities in zip(scores.truth, scores.probabilities, strict=True):
        said = {tag for tag in range(TAGS) if probabilities[tag] >= np.float32(threshold)}
        carried = set(np.flatnonzero(truth).tolist())
        if scores.is_multiclass:
            best = int(probabilities.argmax())
            counts[carried.pop(), best if best in said else TAGS] += 1
            continue
        missed, false = carried - said, said - carried
        counts.update((tag, tag) for tag in carried & said)
        counts.update((lacking, extra) for lacking in missed for extra in false)
        counts.update((lacking, TAGS) for lacking in missed if not false)
        counts.update((TAGS, extra) for extra in false if not missed)
    return counts


@pytest.mark.parametrize("is_multiclass", [True, False])
@pytest.mark.parametrize("percent", [0, 1, 30, 50, 77, 100])
def test_each_cell_of_a_classifier_counts_what_counting_by_hand_gives(is_multiclass: bool, percent: int) -> None:
    scores = with_tags(some_scores(is_multiclass=is_multiclass))
    counts = tag_confusion(scores)[percent]
    expected = counted_by_hand(scores, percent / 100)
    assert {(row, column): int(counts[row, column]) for row, column in np.argwhere(counts)} == dict(expected)


@pytest.mark.parametrize("is_multiclass", [True, False])
def test_as_many_images_are_behind_a_cell_as_it_counts(is_multiclass: bool) -> None:
    scores = with_tags(some_scores(is_multiclass=is_multiclass))
    for percent in (30, 60):
        counts = tag_confusion(scores)[percent]
        for row in range(TAGS + 1):
            for column in range(TAGS + 1):
                cell = Cell(row if row < TAGS else None, column if column < TAGS else None)
                # An image has each tag once, so that it stands in a cell once.
                assert len(rows_of_cell(scores, cell, percent / 100)) == counts[row, column], (row, column)


def test_an_image_without_a_tag_and_no_images_at_all() -> None:
    one = JudgedScores(
        "none", [None] * 2, (1,), np.zeros((1, 2), bool), np.array([[0.7, 0.3]], np.float32), is_multiclass=True  # type: ignore[list-item,arg-type]
    )  # fmt: skip
    assert tag_confusion(one)[50, 2, 0] == 1
    assert rows_of_cell(one, Cell(None, 0), 0.5).tolist() == [0]
    nothing = JudgedScores("empty", [None] * 2, (), np.zeros((0, 2), bool), np.zeros((0, 2), np.float32), True)  # type: ignore[list-item]
    assert not tag_confusion(nothing).any()


def test_the_record_says_where_a_count_changes() -> None:
    counts = np.zeros((101, 2, 2), dtype=np.int64)
    counts[:31, 0, 1] = 3
    counts[31:, 0, 1] = 1
    assert confusion_record(counts) == [[0, 1, 0, 3, 31, 1]]


def some_boxes(seed: int = 3, images: int = 30) -> JudgedBoxes:
    chance = np.random.default_rng(seed)

    def detections(count: int, near: Detections | None) -> Detections:
        corners = chance.random((count, 2)) * 0.7
        corners = np.concatenate([corners, corners + 0.1 + chance.random((count, 2)) * 0.2], axis=1)
        if near is not None:
            for place in range(min(count, len(near.tags))):
                corners[place] = near.corners[place] + chance.normal(0, 0.02, 4)
        scores = np.sort(np.round(chance.random(count), 2))[::-1].astype(np.float32)
        return Detections(corners.astype(np.float32), chance.integers(0, TAGS, count), scores)

    truth = [detections(int(chance.integers(0, 6)), None) for _ in range(images)]
    found = [detections(int(chance.integers(0, 9)), each) for each in truth]
    return JudgedBoxes(f"boxes {seed}", [None] * TAGS, tuple(range(images)), tuple(truth), tuple(found))  # type: ignore[list-item,arg-type]


@pytest.mark.parametrize("overlap", [0.0, 0.01, 0.3, 0.5, 0.9, 1.0])
def test_pairs_match_as_images_one_by_one_do(overlap: float) -> None:
    boxes = some_boxes()
    pairs = box_pairs(boxes.truth, boxes.found, TAGS)
    expected = match_images(boxes.truth, boxes.found, overlap)
    got = match_pairs(pairs, boxes.truth, boxes.found, overlap)
    assert len(got) == len(expected)
    assert all(one.tolist() == other.tolist() for one, other in zip(got, expected, strict=True))
    for one, other in zip(
        pair_tag_matches(pairs, got), tag_matches(boxes.truth, boxes.found, expected, TAGS), strict=True
    ):
        assert (one.scores.tolist(), one.is_right.tolist(), one.box_count) == (
            other.scores.tolist(),
            other.is_right.tolist(),
            other.box_count,
        )


def boxes_by_hand(boxes: JudgedBoxes, overlap: float, threshold: float) -> Counter[tuple[int, int]]:
    counts: Counter[tuple[int, int]] = Counter()
    for truth, found, match in zip(
        boxes.truth, boxes.found, match_images(boxes.truth, boxes.found, overlap), strict=True
    ):
        common = overlaps(found.corners, truth.corners)
        shown = [place for place in range(len(found.tags)) if found.scores[place] >= np.float32(threshold)]
        is_found = {int(match[place]) for place in shown if match[place] >= 0}
        counts.update((int(truth.tags[box]), int(truth.tags[box])) for box in is_found)
        claimed: dict[int, int] = {}
        for place in range(len(found.tags)):
            if match[place] >= 0:
                continue
            own = [box for box in range(len(truth.tags)) if truth.tags[box] == found.tags[place]]
            others = [box for box in range(len(truth.tags)) if truth.tags[box] != found.tags[place]]
            stands = max(others, key=lambda box: common[place, box], default=-1)
            is_second = any(common[place, box] >= np.float32(overlap) for box in own)
            reaches = stands >= 0 and common[place, stands] >= np.float32(overlap) and not is_second
            if reaches and stands not in claimed:
                claimed[stands] = place
                if place in shown and stands not in is_found:
                    counts[int(truth.tags[stands]), int(found.tags[place])] += 1
                    continue
            if place in shown:
                counts[TAGS, int(found.tags[place])] += 1
        for box in range(len(truth.tags)):
            if box not in is_found and claimed.get(box) not in shown:
                counts[int(truth.tags[box]), TAGS] += 1
    return counts


@pytest.mark.parametrize("percent", [0, 20, 50, 90])
@pytest.mark.parametrize("overlap", [0.1, 0.3, 0.5])
def test_each_cell_of_a_detector_counts_what_counting_by_hand_gives(percent: int, overlap: float) -> None:
    boxes = some_boxes()
    pairs = box_pairs(boxes.truth, boxes.found, TAGS)
    matches = match_images(boxes.truth, boxes.found, overlap)
    stories = box_stories(pairs, matches, overlap)
    counts = box_confusion(stories, TAGS)[percent]
    expected = boxes_by_hand(boxes, overlap, percent / 100)
    assert {(row, column): int(counts[row, column]) for row, column in np.argwhere(counts)} == dict(expected)
    for (row, column), count in expected.items():
        cell = Cell(row if row < TAGS else None, column if column < TAGS else None)
        assert 0 < len(rows_of_box_cell(stories, cell, percent / 100)) <= count


def test_rows_and_columns_add_up_to_the_figures_of_each_tag() -> None:
    boxes = some_boxes(seed=8)
    pairs = box_pairs(boxes.truth, boxes.found, TAGS)
    matches = match_images(boxes.truth, boxes.found, 0.3)
    counts = box_confusion(box_stories(pairs, matches, 0.3), TAGS)
    for percent in (0, 35, 70):
        for tag, of_tag in enumerate(tag_matches(boxes.truth, boxes.found, matches, TAGS)):
            figures = tag_figures(of_tag, percent / 100)
            assert counts[percent, tag, tag] == figures.true_positives
            assert counts[percent, tag].sum() == figures.true_positives + figures.false_negatives
            assert counts[percent, :, tag].sum() == figures.true_positives + figures.false_positives
