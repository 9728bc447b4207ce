"""Figures of a detector: the matching, the counts, and COCO's own evaluation on the same boxes."""

import contextlib
import io

import numpy as np
import pytest

from training.detection_metrics import (
    Detections,
    TagMatches,
    average_precision,
    in_falling_score,
    match_image,
    match_images,
    match_tags,
    mean_average_precision,
    overlaps,
    tag_figures,
)


def boxes(*rows: tuple[int, float, float, float, float, float]) -> Detections:
    """Rows of tag, score, left, top, right, bottom."""
    table = np.array(rows, dtype=np.float32).reshape(-1, 6)
    return Detections(table[:, 2:], table[:, 0].astype(np.int64), table[:, 1])


TRUTH = boxes((0, 1, 0.1, 0.1, 0.5, 0.5), (1, 1, 0.6, 0.6, 0.9, 0.9))


def test_overlap_is_intersection_over_union() -> None:
    first = boxes((0, 1, 0.0, 0.0, 0.5, 0.5)).corners
    second = boxes((0, 1, 0.25, 0.0, 0.75, 0.5), (0, 1, 0.5, 0.5, 1, 1), (0, 1, 0, 0, 0.5, 0.5)).corners
    assert overlaps(first, second) == pytest.approx(np.array([[1 / 3, 0, 1]]), abs=1e-6)


def test_a_box_is_found_once_and_by_the_more_probable_detection() -> None:
    found = boxes((0, 0.9, 0.1, 0.1, 0.5, 0.52), (0, 0.8, 0.1, 0.1, 0.5, 0.5))
    assert match_image(TRUTH, found, 0.5).tolist() == [0, -1]


def test_a_detection_of_another_tag_finds_nothing() -> None:
    found = boxes((1, 0.9, 0.1, 0.1, 0.5, 0.5))
    assert match_image(TRUTH, found, 0.3).tolist() == [-1]


def test_the_overlap_threshold_decides_what_is_right() -> None:
    found = boxes((0, 0.9, 0.1, 0.1, 0.5, 0.3))
    assert match_image(TRUTH, found, 0.5).tolist() == [0]
    assert match_image(TRUTH, found, 0.51).tolist() == [-1]


def test_figures_count_at_the_probability_threshold_and_include_it() -> None:
    found = boxes((0, 0.5, 0.1, 0.1, 0.5, 0.5), (0, 0.49, 0.6, 0.1, 0.8, 0.3), (1, 0.8, 0.0, 0.0, 0.1, 0.1))
    first, second = match_tags([TRUTH], [found], 2, 0.5)
    assert tag_figures(first, 0.5).precision == 1.0
    assert tag_figures(first, 0.4).precision == 0.5
    assert tag_figures(first, 0.51).recall == 0.0
    assert (tag_figures(second, 0.5).false_positives, tag_figures(second, 0.5).false_negatives) == (1, 1)


def test_a_false_box_on_a_background_image_lowers_precision() -> None:
    empty, wrong = boxes(), boxes((0, 0.9, 0.2, 0.2, 0.4, 0.4))
    right = boxes((0, 0.8, 0.1, 0.1, 0.5, 0.5))
    (matches, _) = match_tags([TRUTH, empty], [right, wrong], 2, 0.5)
    assert tag_figures(matches, 0.5).precision == 0.5
    assert average_precision(matches) == pytest.approx(0.5)


def test_a_tag_without_a_box_has_no_average_precision() -> None:
    assert average_precision(TagMatches(np.array([0.9], np.float32), np.array([False]), 0)) is None
    assert mean_average_precision(match_tags([boxes()], [boxes()], 2, 0.5)) is None


@pytest.mark.parametrize("overlap", [0.3, 0.5, 0.75])
def test_average_precision_is_cocos(overlap: float) -> None:
    coco_module = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    random = np.random.default_rng(7)
    truths, founds = zip(*(_noisy_image(random) for _ in range(40)), strict=True)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = coco_module.COCO()
        coco.dataset = _dataset(truths)
        coco.createIndex()
        judge = evaluation.COCOeval(coco, coco.loadRes(_results(founds)), "bbox")
        judge.params.iouThrs = np.array([overlap])
        judge.params.maxDets = [1000]
        judge.evaluate()
        judge.accumulate()
    wanted = judge.eval["precision"][0, :, :, 0, 0].mean(axis=0)
    ours = [average_precision(each) for each in match_tags(truths, founds, 3, overlap)]
    assert ours == pytest.approx(wanted.tolist(), abs=1e-3)


@pytest.mark.parametrize("overlap", [0.0, 0.3, 0.5, 1.0])
def test_all_images_at_once_match_as_each_by_itself(overlap: float, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(8)
    truths, founds = zip(*(_noisy_image(random) for _ in range(60)), strict=True)
    ordered = [in_falling_score(each) for each in founds]
    each = [match_image(*pair, overlap).tolist() for pair in zip(truths, ordered, strict=True)]
    assert [matches.tolist() for matches in match_images(truths, ordered, overlap)] == each
    monkeypatch.setattr("training.detection_metrics.PAIRS_AT_ONCE", 40)
    assert [matches.tolist() for matches in match_images(truths, ordered, overlap)] == each
    assert match_images([], [], overlap) == ()


def _noisy_image(random: np.random.Generator) -> tuple[Detections, Detections]:
    count = int(random.integers(0, 8))
    corner, side = random.uniform(0, 0.7, (count, 2)), random.uniform(0.05, 0.3, (count, 2))
    corners = np.concatenate([corner, corner + side], axis=1).astype(np.float32)
    tags = random.integers(0, 3, count)
    truth = Detections(corners, tags, np.ones(count, np.float32))
    moved = corners + random.normal(0, 0.03, corners.shape).astype(np.float32)
    moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 0.01)
    extra = random.uniform(0, 0.5, (5, 2))
    found = np.concatenate([moved, np.concatenate([extra, extra + 0.3], axis=1)]).astype(np.float32)
    scores = random.permutation(np.linspace(0.1, 0.99, len(found))).astype(np.float32)
    return truth, Detections(found, np.concatenate([tags, random.integers(0, 3, 5)]), scores)


def _dataset(truths: tuple[Detections, ...]) -> dict[str, list[dict[str, object]]]:
    rows = [
        (image, *pair) for image, truth in enumerate(truths, 1) for pair in zip(truth.tags, truth.corners, strict=True)
    ]
    return {
        "images": [{"id": image} for image in range(1, len(truths) + 1)],
        "categories": [{"id": tag} for tag in range(3)],
        "annotations": [
            {"id": number, "image_id": image, "category_id": int(tag), "iscrowd": 0, **_box(corners)}
            for number, (image, tag, corners) in enumerate(rows, 1)
        ],
    }


def _results(founds: tuple[Detections, ...]) -> list[dict[str, object]]:
    return [
        {"image_id": image, "category_id": int(tag), "score": float(score), "bbox": _box(corners)["bbox"]}
        for image, found in enumerate(founds, 1)
        for tag, score, corners in zip(found.tags, found.scores, found.corners, strict=True)
    ]


def _box(corners: np.ndarray) -> dict[str, object]:
    left, top, right, bottom = corners.astype(float).tolist()
    return {"bbox": [left, top, right - left, bottom - top], "area": (right - left) * (bottom - top)}
