"""Choosing the locked test set, and what trainings then get to see."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.gallery import tagging_counts
from labeling.health import dataset_health
from labeling.left_out import left_out
from labeling.locked_test_choice import draw_into_test_set, put_into_test_set, take_out_of_test_set
from labeling.models import Image, ImageTag, LockedTestImage, Region, TestChoice
from labeling.random_draw import Draw
from labeling.removal import UNDO_WINDOW, take_out
from labeling.restoring import restore_images
from labeling.snapshots import count_labels, gather
from labeling.tag_keys import project_tags
from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.models import AuditEntry, Project
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_project, make_tag, member
from tests.training.locked_test.rows import draw_box
from training.starting import TrainingRequest, refusal_to_train, train_project
from training.train_facts import train_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def look(image: Image, bits: int) -> Image:
    Image.objects.filter(pk=image.pk).update(perceptual_hash=bits)
    return image


def keys(images: Sequence[Image]) -> set[UUID]:
    return {image.pk for image in images}


def in_set(project: Project) -> dict[UUID, str]:
    return dict(LockedTestImage.objects.filter(project=project).values_list("pk", "choice"))


def code_of(call: object, *arguments: object) -> str:
    with pytest.raises(Refusal) as refused:
        call(*arguments)  # type: ignore[operator]
    return refused.value.code


def test_images_chosen_by_hand_bring_along_what_looks_nearly_the_same(project: Project) -> None:
    lead = member(project, Role.TRAINER)
    chosen, copy, copy_of_copy, other, plain = make_images(project, 5)
    for image, bits in ((chosen, 0), (copy, 0b1111), (copy_of_copy, 0b11111111), (other, 2**40 - 1)):
        look(image, bits)

    change = put_into_test_set(lead, project, [chosen.pk, plain.pk])

    assert (change.chosen, change.near_duplicates, change.passed_over) == (2, 2, 0)
    hand, along = TestChoice.HAND, TestChoice.NEAR_DUPLICATE
    assert in_set(project) == {chosen.pk: hand, plain.pk: hand, copy.pk: along, copy_of_copy.pk: along}
    line = AuditEntry.objects.get(act="put_into_test_set")
    assert (line.detail["choice"], line.detail["count"], line.detail["near_duplicates"]) == ("hand", 2, 2)
    again = put_into_test_set(lead, project, [copy.pk, chosen.pk])
    assert (again.chosen, again.near_duplicates, again.passed_over) == (0, 0, 2)
    assert AuditEntry.objects.filter(act="put_into_test_set").count() == 1


def test_images_are_taken_out_again(project: Project) -> None:
    lead = member(project, Role.TRAINER)
    images = make_images(project, 3)
    put_into_test_set(lead, project, keys(images[:2]), TestChoice.FILTER)

    change = take_out_of_test_set(lead, project, keys(images[1:]))

    assert (change.taken_out, change.passed_over) == (1, 1)
    assert in_set(project) == {images[0].pk: TestChoice.FILTER}
    assert AuditEntry.objects.get(act="take_out_of_test_set").detail["count"] == 1


def test_only_who_trains_chooses_and_only_images_of_the_project(project: Project) -> None:
    (image,) = make_images(project, 1)
    (foreign,) = make_images(make_project(), 1)
    lead, labeler = member(project, Role.TRAINER), member(project, Role.LABELER)
    for act in (put_into_test_set, take_out_of_test_set):
        assert code_of(act, labeler, project, [image.pk]).startswith("Forbidden")
        assert code_of(act, lead, project, []) == "BadRequestRequiredParamIsNull"
    assert code_of(draw_into_test_set, labeler, project, Draw(1, 1)).startswith("Forbidden")

    assert put_into_test_set(lead, project, [foreign.pk]).passed_over == 1
    assert not LockedTestImage.objects.exists()


def test_a_draw_has_its_share_of_each_tag_and_is_the_same_for_its_seed(project: Project) -> None:
    lead = member(project, Role.TRAINER)
    common, rare = make_tag(project), make_tag(project)
    make_images(project, 60, [common])
    make_images(project, 20, [rare])
    make_images(project, 5, [common, rare])  # counts for the rarer
    make_images(project, 9)  # without a label

    def drawn(seed: int) -> set[UUID]:
        change = draw_into_test_set(lead, project, Draw(seed, count=17))
        assert (change.chosen, change.near_duplicates) == (17, 0)
        images = set(in_set(project))
        assert set(in_set(project).values()) == {TestChoice.RANDOM}
        take_out_of_test_set(lead, project, images)
        return images

    first = drawn(7)
    is_rare = Counter(ImageTag.objects.filter(image__in=first, tag=rare).values_list("image_id", flat=True))
    assert len(is_rare) == 5
    assert drawn(7) == first != drawn(8)
    assert AuditEntry.objects.filter(act="put_into_test_set").first().detail["seed"] in (7, 8)


def test_a_share_is_drawn_and_what_is_in_already_is_not_drawn_again(project: Project) -> None:
    lead = member(project, Role.TRAINER)
    make_images(project, 40, [make_tag(project)])
    assert draw_into_test_set(lead, project, Draw(1, percent=25)).chosen == 10
    assert draw_into_test_set(lead, project, Draw(1, percent=10)).chosen == 3
    assert len(in_set(project)) == 13
    for draw in (Draw(1), Draw(1, count=0), Draw(1, count=28), Draw(1, percent=0), Draw(1, percent=100), Draw(-1, 1)):
        assert code_of(draw_into_test_set, lead, project, draw) == "BadRequest"
    empty = make_project()
    assert code_of(draw_into_test_set, key_actor(empty), empty, Draw(1, 1)) == "BadRequest"


def test_trainings_see_neither_the_test_set_nor_what_looks_nearly_the_same(project: Project) -> None:
    lead = member(project, Role.TRAINER)
    cat, dog = make_tag(project, "cat"), make_tag(project, "dog")
    cats, dogs = make_images(project, 8, [cat]), make_images(project, 7, [dog])
    before = gather(project).digest()
    put_into_test_set(lead, project, keys([look(cats[0], 0), *dogs[:2]]))
    look(cats[1], 0b1111)  # as if it had come in later

    gathered = gather(project)

    assert {image.id for image in gathered.images} == keys(cats[2:]) | keys(dogs[2:])
    assert gathered.digest() != before
    counts = count_labels(project)
    assert counts.images_per_tag == gathered.images_per_tag() == Counter({cat.pk: 6, dog.pk: 5})
    assert counts.left_out == gathered.left_out == left_out(project)
    assert (counts.left_out.test_images, counts.left_out.alike) == (3, {cats[1].pk})
    facts = train_facts(project, [])
    assert (facts.images, facts.images_per_tag) == (11, {cat.pk: 6, dog.pk: 5})
    assert train_facts(project, [cat.pk]).images == 6
    sentence = "3 images of the locked test set, and 1 that looks nearly the same as one of them, are left out."
    assert facts.left_out.sentence == sentence
    assert refusal_to_train(lead, project, TrainingRequest()) is None
    assert train_project(lead, project, TrainingRequest()).snapshot.image_count == 11

    # They are in the workspace all the same.
    assert tagging_counts(project).all == 15
    assert [tag.image_count for tag in project_tags(project)] == [8, 7]


def test_too_few_that_remain_are_told_with_the_reason(project: Project) -> None:
    lead = member(project, Role.TRAINER)
    cats = make_images(project, 6, [make_tag(project, "cat")])
    make_images(project, 6, [make_tag(project, "dog")])
    put_into_test_set(lead, project, keys(cats[:2]))

    refusal = refusal_to_train(lead, project, TrainingRequest())

    assert refusal is not None
    assert refusal.code == "BadRequestClassificationTrainingValidationFailed"
    assert "cat (4)" in refusal.message
    assert refusal.message.endswith("2 images of the locked test set are left out.")
    with pytest.raises(Refusal) as refused:
        train_project(lead, project, TrainingRequest())
    assert refused.value.message == refusal.message
    health = dataset_health(project, project_tags(project), tagging_counts(project))
    assert "cat has 4; a tag needs 5 images to be trained." in health.line
    assert any("2 images are in the locked test set" in finding.words for finding in health.findings)
    assert len(health.missing) == 1

    put_into_test_set(lead, project, keys(cats))
    refusal = refusal_to_train(lead, project, TrainingRequest())
    assert refusal is not None
    assert "1 of this project's tags have images" in refusal.message
    assert refusal.message.endswith("6 images of the locked test set are left out.")


def test_boxes_and_background_of_the_test_set_are_left_out() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    lead = member(project, Role.TRAINER)
    cat = make_tag(project, "cat")
    images = make_images(project, 18, [cat])
    for image in images:
        draw_box(image, cat, 0.1, 0.1, 0.2, 0.2)
        draw_box(image, cat, 0.5, 0.1, 0.2, 0.2)
    background = make_images(project, 3)
    Image.objects.filter(pk__in=keys(background)).update(has_no_objects=True)
    look(images[0], 0)
    look(background[0], 0)
    put_into_test_set(lead, project, keys([images[0], images[1], background[1]]))
    LockedTestImage.objects.filter(pk=background[0].pk).delete()  # came along

    gathered = gather(project)
    assert {image.id for image in gathered.images} == keys(images[2:]) | {background[2].pk}
    facts = train_facts(project, [])
    assert (facts.images, facts.boxes, facts.background, facts.unboxed) == (16, 32, 1, 0)
    Region.objects.filter(image=images[5]).delete()
    assert train_facts(project, []).unboxed == 1
    put_into_test_set(lead, project, [images[6].pk])
    refusal = refusal_to_train(lead, project, TrainingRequest())
    assert refusal is not None
    assert "cat (14)" in refusal.message
    assert refusal.message.endswith("are left out.")


def test_a_deleted_image_that_comes_back_is_in_the_test_set_again(project: Project) -> None:
    lead = member(project, Role.TRAINER)
    tag = make_tag(project)
    image, copy = make_images(project, 2, [tag])
    look(image, 0)
    put_into_test_set(lead, project, [image.pk])
    look(copy, 1)
    assert left_out(project).alike == {copy.pk}

    take_out(lead, project, [image.pk], undo_window=UNDO_WINDOW)
    assert not left_out(project)
    assert {each.id for each in gather(project).images} == {copy.pk}

    restore_images(lead, project, [image.pk])
    assert left_out(project).alike == {copy.pk}
    assert gather(project).images == []


def test_what_is_left_out_takes_as_many_queries_for_many_images(project: Project) -> None:
    lead = member(project, Role.TRAINER)

    def queries(count: int) -> int:
        images = make_images(project, count, [make_tag(project)])
        put_into_test_set(lead, project, keys(images))
        with CaptureQueriesContext(connection) as captured:
            count_labels(project)
        return len(captured)

    assert queries(1) == queries(30)
    empty = make_project()
    with CaptureQueriesContext(connection) as captured:
        left_out(empty)
    assert len(captured) == 1
