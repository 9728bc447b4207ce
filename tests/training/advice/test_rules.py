"""Each rule of advice: said where it should be, with its figures and its link, and not where not."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from training.advice.facts import AdviceFacts, TagFacts
from training.advice.rules import (
    RULES,
    advice_of,
    confused_tags,
    imbalance,
    likely_label_errors,
    near_duplicate_images,
    one_tag_for_everything,
    small_boxes,
    suggested_images,
    too_few_images,
    too_little_background,
)

CAN, CUP = uuid4(), uuid4()


def tag(tag_id: UUID = CAN, **changed: int) -> TagFacts:
    name = "can" if tag_id == CAN else "cup"
    whole = {"images": 60, "labels": 60, "said": 60, "mistakes": 0, "lacking": 0}
    return TagFacts(tag_id, name, **{**whole, **changed})


def facts(*tags: TagFacts, mistakes: int = 20, **changed: object) -> AdviceFacts:
    plain = AdviceFacts(
        is_detector=False,
        judged_images=120,
        mistakes=mistakes,
        tags=tags or (tag(), tag(CUP)),
        images_now=120,
        trained_images=120,
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


def test_nothing_is_said_of_a_set_without_faults() -> None:
    assert [rule(facts()) for rule in RULES] == [None] * len(RULES)


def test_too_few_images() -> None:
    said = too_few_images(facts(tag(images=10, mistakes=10), tag(CUP)))
    assert said is not None
    assert said.words == "can has 10 images and is in 10 of 20 mistakes."
    assert said.todo.startswith("Add 40 more")
    assert said.helps == pytest.approx(0.5 * 0.8)
    assert (said.act.link_name, said.act.query) == ("images", f"tag={CAN}")
    assert too_few_images(facts(tag(images=50, mistakes=10), tag(CUP))) is None
    assert too_few_images(facts(tag(images=10, mistakes=0), tag(CUP))) is None


def test_imbalance() -> None:
    said = imbalance(facts(tag(images=200), tag(CUP, images=60, labels=12, lacking=6, mistakes=6)))
    assert said is not None
    assert said.words == "can has 200 images, cup 60; cup is not recognized 6 of 12 times."
    assert said.helps == pytest.approx(0.15)
    assert imbalance(facts(tag(images=120), tag(CUP, images=60, lacking=6))) is None
    assert imbalance(facts(tag(images=200), tag(CUP, images=60, lacking=0))) is None


def test_one_tag_for_everything() -> None:
    said = one_tag_for_everything(facts(tag(labels=20, said=90, mistakes=18), tag(CUP, labels=80, said=10)))
    assert said is not None
    assert said.words == "It says can 90% of the time, though 20% of the labels are can."
    assert (said.act.link_name, said.act.query, said.act.is_of_iteration) == ("errors", f"predicted={CAN}", True)
    # Most of the labels are it: to say it most of the time is right.
    assert one_tag_for_everything(facts(tag(labels=80, said=85, mistakes=18), tag(CUP, labels=20, said=15))) is None


def test_confused_tags() -> None:
    said = confused_tags(facts(confusions={(CAN, CUP): 5, (CUP, CAN): 2}))
    assert said is not None
    assert said.words == "can is taken for cup 5 times, and 2 the other way round, of 20 mistakes."
    assert said.act.query == f"kind=confused&true={CAN}&predicted={CUP}"
    assert said.helps == pytest.approx(7 / 20 * 0.5)
    assert confused_tags(facts(confusions={(CAN, CUP): 2})) is None
    assert confused_tags(facts(confusions={(CAN, CUP): 3}, mistakes=100)) is None
    assert confused_tags(facts(confusions={(CAN, uuid4()): 9})) is None


def test_near_duplicates() -> None:
    said = near_duplicate_images(facts(near_pairs=6, near_images=12))
    assert said is not None
    assert said.words == "12 of 120 images look nearly the same as another."
    assert (said.act.link_name, said.act.is_dialog) == ("health", True)
    assert near_duplicate_images(facts(near_pairs=2, near_images=4)) is None


def test_small_boxes() -> None:
    said = small_boxes(facts(is_detector=True, missed_small=5, input_pixels=320))
    assert said is not None
    assert said.words == "5 of 20 mistakes are missed boxes under 16 px at the 320 px that the model sees."
    assert said.act.link_name == "project_settings"
    assert small_boxes(facts(is_detector=True, missed_small=1, input_pixels=320)) is None


def test_likely_label_errors() -> None:
    said = likely_label_errors(facts(doubts=8))
    assert said is not None
    assert said.words.startswith("8 labels are likely wrong")
    assert said.helps == pytest.approx(0.4 * 8 / 20)
    one = likely_label_errors(facts(doubts=1, is_detector=True))
    assert one is not None
    assert one.words.startswith("1 box is likely wrong")
    assert likely_label_errors(facts()) is None


def test_suggested_images() -> None:
    weak = tag(labels=20, said=10, lacking=15, mistakes=15)
    said = suggested_images(facts(weak, tag(CUP), suggested={CAN: 30}))
    assert said is not None
    assert said.words == "30 untagged images look like can, which is in 15 of 20 mistakes."
    assert (said.act.link_name, said.act.query) == ("suggested", f"tag={CAN}")
    assert suggested_images(facts(weak, tag(CUP), suggested={CAN: 4})) is None
    assert suggested_images(facts(suggested={CAN: 30})) is None


def test_too_little_background() -> None:
    said = too_little_background(facts(is_detector=True, alone=8, background_images=3))
    assert said is not None
    assert said.words == (
        "8 of 20 mistakes are boxes where nothing is, and 3 of 120 images that it was trained on show no objects."
    )
    assert too_little_background(facts(is_detector=True, alone=8, background_images=12)) is None
    assert too_little_background(facts(is_detector=True, alone=3)) is None
    assert too_little_background(facts(alone=8)) is None


def test_what_helps_most_comes_first_and_no_more_than_five_are_shown() -> None:
    bad = facts(
        tag(images=200, labels=20, said=90, mistakes=18),
        tag(CUP, images=10, labels=80, said=10, lacking=18, mistakes=18),
        confusions={(CUP, CAN): 18},
        doubts=10,
        near_images=60,
        suggested={CUP: 9},
    )
    said = advice_of(bad)
    assert len(said) == 5
    assert [each.helps for each in said] == sorted((each.helps for each in said), reverse=True)
    assert said[0].rule in {"one tag for everything", "too few images"}
