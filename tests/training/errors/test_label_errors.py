"""Likely label errors, from probabilities of models that had not seen the images."""

import numpy as np
import pytest

from training.errors.label_errors import label_errors


def test_a_label_that_the_model_is_sure_against_comes_first_with_what_it_says() -> None:
    truth = np.eye(2, dtype=bool)[[0, 0, 0, 1, 1, 1]]
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.1, 0.9], [0.4, 0.6]])

    doubts = label_errors(truth, probabilities, multiclass=True)

    assert doubts.order.tolist()[0] == 2
    assert doubts.is_likely.tolist() == [False, False, True, False, False, False]
    assert doubts.suggested[2].tolist() == [False, True]
    assert doubts.suggested[[0, 1, 3, 4, 5]].tolist() == truth[[0, 1, 3, 4, 5]].tolist()
    assert doubts.scores[2] == pytest.approx(0.9)


def test_a_tag_has_to_reach_its_own_threshold_to_convince() -> None:
    # Tag 1 gets 0.9 wherever it is right: 0.55 for it says little. Tag 0 is shy, and not doubted for that.
    truth = np.eye(2, dtype=bool)[[0, 0, 0, 1, 1]]
    probabilities = np.array([[0.5, 0.5], [0.55, 0.45], [0.45, 0.55], [0.1, 0.9], [0.1, 0.9]])

    doubts = label_errors(truth, probabilities, multiclass=True)

    assert not doubts.is_likely.any()
    assert doubts.order[0] == 2
    assert (doubts.suggested == truth).all()


def test_several_tags_are_each_a_choice_of_yes_or_no() -> None:
    truth = np.array([[1, 0], [1, 0], [1, 1], [0, 1], [0, 1], [1, 0]], dtype=bool)
    probabilities = np.array([[0.9, 0.1], [0.8, 0.9], [0.9, 0.9], [0.2, 0.8], [0.1, 0.9], [0.02, 0.1]])

    doubts = label_errors(truth, probabilities, multiclass=False)

    assert doubts.order.tolist()[:2] == [5, 1]
    assert sorted(np.flatnonzero(doubts.is_likely)) == [1, 5]
    assert doubts.suggested[1].tolist() == [True, True]
    assert doubts.suggested[5].tolist() == [False, False]
    assert doubts.scores[5] == pytest.approx(0.98)


@pytest.mark.parametrize("multiclass", [True, False])
@pytest.mark.parametrize("shape", [(0, 3), (0, 0), (4, 1)])
def test_nothing_and_one_tag_are_no_trouble(shape: tuple[int, int], multiclass: bool) -> None:
    doubts = label_errors(np.ones(shape, dtype=bool), np.full(shape, 0.7), multiclass=multiclass)

    assert len(doubts.order) == shape[0]
    assert not doubts.is_likely.any()


def test_a_tag_without_an_image_and_an_image_without_a_tag_are_not_doubted_in_multiclass() -> None:
    truth = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0]], dtype=bool)
    probabilities = np.array([[0.1, 0.2, 0.7], [0.1, 0.8, 0.1], [0.9, 0.05, 0.05]])

    doubts = label_errors(truth, probabilities, multiclass=True)

    assert not doubts.is_likely[2]
    assert not doubts.suggested[:, 2].any()
    assert doubts.order[-1] == 2


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="both are"):
        label_errors(np.ones((2, 3), dtype=bool), np.ones((3, 2)), multiclass=True)


def test_flipped_labels_are_found_among_uncertain_answers() -> None:
    random = np.random.default_rng(1)
    tags = random.integers(0, 4, 400)
    logits = random.normal(0, 1, (400, 4)) + 3 * np.eye(4)[tags]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    flipped = random.choice(400, 20, replace=False)
    tags[flipped] = (tags[flipped] + random.integers(1, 4, 20)) % 4

    doubts = label_errors(np.eye(4, dtype=bool)[tags], probabilities, multiclass=True)

    assert len(set(doubts.order[:40].tolist()) & set(flipped.tolist())) >= 18
