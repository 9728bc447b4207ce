"""Folds: every tag everywhere, near-duplicates together, the same each time."""

import numpy as np

from training.engine.folds import make_folds, near_duplicate_groups


def one_hot(*counts: int) -> np.ndarray:
    return np.repeat(np.eye(len(counts), dtype=bool), counts, axis=0)


def unit(rows: np.ndarray) -> np.ndarray:
    centered = rows - rows.mean(axis=1, keepdims=True)
    return (centered / np.linalg.norm(centered, axis=1, keepdims=True)).astype(np.float32)


def test_five_images_of_two_tags_put_one_of_each_into_every_fold() -> None:
    truth = one_hot(5, 5)
    folds = make_folds(truth, np.arange(10), seed=3)
    assert folds.count == 5
    for fold in range(5):
        assert truth[folds.fold == fold].sum(axis=0).tolist() == [1, 1]


def test_counts_of_every_tag_differ_by_one_at_most() -> None:
    truth = one_hot(61, 23, 7)
    folds = make_folds(truth, np.arange(91), seed=0)
    counts = np.array([truth[folds.fold == fold].sum(axis=0) for fold in range(5)])
    assert (counts.max(axis=0) - counts.min(axis=0)).tolist() == [1, 1, 1]


def test_the_same_seed_gives_the_same_folds_and_another_seed_others() -> None:
    truth = one_hot(20, 20)
    first, again = (make_folds(truth, np.arange(40), seed=1).fold for _ in range(2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != make_folds(truth, np.arange(40), seed=2).fold.tolist()


def test_a_group_stays_in_one_fold() -> None:
    groups = np.arange(20)
    groups[[0, 3, 7]] = 0
    folds = make_folds(one_hot(10, 10), groups, seed=0)
    assert len(set(folds.fold[[0, 3, 7]].tolist())) == 1
    assert folds.near_duplicates == 3


def test_a_tag_of_near_duplicates_alone_is_split_and_named() -> None:
    groups = np.array([0] * 5 + list(range(5, 10)))
    folds = make_folds(one_hot(5, 5), groups, seed=0)
    assert folds.split_tags == (0,)
    assert sorted(folds.fold[:5].tolist()) == [0, 1, 2, 3, 4]


def test_a_tag_with_one_image_is_no_obstacle() -> None:
    folds = make_folds(one_hot(1, 6), np.arange(7), seed=0)
    assert folds.split_tags == ()
    assert sorted(set(folds.fold.tolist())) == [0, 1, 2, 3, 4]


def test_copies_are_found_and_chained() -> None:
    random = np.random.default_rng(0)
    thumbnails, features = random.normal(size=(6, 64)), random.normal(size=(6, 32)).astype(np.float32)
    for copy, original in ((4, 1), (5, 4)):
        thumbnails[copy] = thumbnails[original] + 0.01 * random.normal(size=64)
        features[copy] = features[original] + 0.01 * random.normal(size=32)
    assert near_duplicate_groups(features, unit(thumbnails)).tolist() == [0, 1, 2, 3, 1, 1]


def test_the_same_layout_with_other_features_is_no_duplicate() -> None:
    random = np.random.default_rng(0)
    thumbnails = unit(np.tile(random.normal(size=(1, 64)), (3, 1)))
    features = random.normal(size=(3, 32)).astype(np.float32)
    assert near_duplicate_groups(features, thumbnails).tolist() == [0, 1, 2]


def test_identical_images_are_one_group() -> None:
    thumbnails = unit(np.tile(np.random.default_rng(0).normal(size=(1, 64)), (3, 1)))
    assert near_duplicate_groups(np.ones((3, 32), dtype=np.float32), thumbnails).tolist() == [0, 0, 0]


def test_thousands_of_frames_of_one_camera_take_seconds_and_are_split() -> None:
    random = np.random.default_rng(0)
    thumbnails = unit(random.normal(size=(1, 64)) + 0.01 * random.normal(size=(4000, 64)))
    features = (random.normal(size=(1, 32)) * np.linspace(1, 20, 4000)[:, None]).astype(np.float32)
    groups = near_duplicate_groups(features, thumbnails)
    assert len(np.unique(groups)) == 2  # either side of the mean
    folds = make_folds(one_hot(2000, 2000), groups, seed=0)
    assert np.bincount(folds.fold).tolist() == [800] * 5
    assert folds.split_tags == (0, 1)
