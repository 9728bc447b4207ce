"""What a comparison gets to see of the locked test set."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Image, ImageTag
from portal.domains import GENERAL_DETECTION
from portal.models import Project
from portal.projects import ProjectSettings
from tests.builders import make_images, make_project, make_tag
from tests.training.locked_test.rows import draw_box, found, put_in_test_set, said, trained_iteration
from training.locked_test.scores import common_boxes, common_scores, locked_boxes, locked_scores
from training.models import Iteration

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def test_truth_and_probabilities_stand_in_the_order_of_the_tags_of_today(project: Project) -> None:
    cat, dog = make_tag(project, "cat"), make_tag(project, "dog")
    images = sorted([*make_images(project, 2, [cat]), *make_images(project, 1, [dog])], key=lambda image: image.pk)
    put_in_test_set(project, images)
    first = trained_iteration(project, [dog, cat])
    second = trained_iteration(project, [cat])  # does not know dogs
    gone = make_tag(project, "gone")
    third = trained_iteration(project, [gone, dog, cat])
    gone.delete()
    for iteration, row in ((first, [0.25, 0.75]), (second, [0.5]), (third, [0.125, 0.625, 1.0])):
        said(iteration, dict.fromkeys(images, row))

    common = common_scores([first, second, third])

    assert [tag.name for tag in common.tags] == ["cat", "dog"]
    assert common.image_ids == tuple(image.pk for image in images)
    assert (common.seen, common.waiting) == (0, 0)
    is_cat = [ImageTag.objects.filter(image=image, tag=cat).exists() for image in images]
    assert common.truth.tolist() == [[each, not each] for each in is_cat]
    assert [each.tolist() for each in common.probabilities] == [
        [[0.75, 0.25]] * 3,
        [[0.5, 0.0]] * 3,
        [[1.0, 0.625]] * 3,
    ]


def test_only_images_that_no_iteration_was_trained_on_count(project: Project) -> None:
    tags = [make_tag(project), make_tag(project)]
    free, seen, alike, of_base, waiting = make_images(project, 5, tags[:1])
    Image.objects.filter(pk=alike.pk).update(perceptual_hash=0b1111 << 20)
    copy, other_look = make_images(project, 2, tags[:1])
    Image.objects.filter(pk=copy.pk).update(perceptual_hash=0)
    Image.objects.filter(pk=other_look.pk).update(perceptual_hash=0b11111 << 20)
    Image.objects.filter(pk=free.pk).update(perceptual_hash=-1)
    put_in_test_set(project, [free, seen, alike, of_base, waiting])
    first = trained_iteration(project, tags, [seen, other_look])
    base = trained_iteration(project, tags, [of_base])
    middle = trained_iteration(project, tags, [copy])
    second = trained_iteration(project, tags)
    Iteration.objects.filter(pk=middle.pk).update(base_iteration=base)
    Iteration.objects.filter(pk=second.pk).update(base_iteration=middle)
    for iteration in (first, second):
        said(iteration, {each: [0.5, 0.5] for each in (free, seen, alike, of_base)})
    said(second, {waiting: [0.5, 0.5]})

    common = common_scores([first, second])

    assert common.image_ids == (free.pk,)
    assert (common.seen, common.waiting) == (3, 1)
    alone = common_scores([second])
    assert set(alone.image_ids) == {free.pk, seen.pk, waiting.pk}
    assert (alone.seen, alone.waiting) == (2, 0)


def test_an_image_uploaded_again_was_still_trained_on(project: Project) -> None:
    tag = make_tag(project)
    before, again = make_images(project, 2, [tag])
    Image.objects.filter(pk=before.pk).update(removed="2026-01-01T00:00:00Z")
    Image.objects.filter(pk=again.pk).update(sha256=before.sha256)
    put_in_test_set(project, [again])
    iteration = trained_iteration(project, [tag], [before])
    said(iteration, {again: [0.5]})

    assert common_scores([iteration]).seen == 1


def test_images_without_labels_and_deleted_ones_do_not_count(project: Project) -> None:
    tag = make_tag(project)
    (kept,) = make_images(project, 1, [tag])
    (bare,) = make_images(project, 1)
    deleted, taken_out = make_images(project, 2, [tag])
    Image.objects.filter(pk=deleted.pk).update(removed="2026-01-01T00:00:00Z")
    put_in_test_set(project, [kept, bare, deleted])
    iteration = trained_iteration(project, [tag])
    said(iteration, {each: [0.5] for each in (kept, bare, deleted, taken_out)})

    common = common_scores([iteration])

    assert common.image_ids == (kept.pk,)
    assert (common.seen, common.waiting) == (0, 0)


def test_truth_is_the_label_of_today(project: Project) -> None:
    cat, dog = make_tag(project), make_tag(project)
    (image,) = make_images(project, 1, [cat])
    put_in_test_set(project, [image])
    iteration = trained_iteration(project, [cat, dog])
    said(iteration, {image: [0.5, 0.5]})
    assert common_scores([iteration]).truth.tolist() == [[True, False]]

    ImageTag.objects.filter(image=image).update(removed="2026-01-01T00:00:00Z")
    ImageTag.objects.create(image=image, tag=dog, created_by="test")

    assert common_scores([iteration]).truth.tolist() == [[False, True]]


def test_an_empty_test_set(project: Project) -> None:
    tag = make_tag(project)
    iteration = trained_iteration(project, [tag], make_images(project, 2, [tag]))
    common = common_scores([iteration, iteration])
    assert common.image_ids == ()
    assert common.truth.shape == (0, 1)
    assert [each.shape for each in common.probabilities] == [(0, 1)] * 2
    assert common_boxes([iteration]).found == ((),)


def test_one_iteration_in_the_order_of_its_own_tags(project: Project) -> None:
    cat, dog, bird = make_tag(project, "cat"), make_tag(project, "dog"), make_tag(project, "bird")
    (image,) = make_images(project, 1, [cat])
    (of_bird,) = make_images(project, 1, [bird])
    put_in_test_set(project, [image, of_bird])
    iteration = trained_iteration(project, [dog, cat])
    said(iteration, {image: [0.25, 0.75], of_bird: [0.5, 0.5]})

    scores = locked_scores(iteration)

    assert [tag.name for tag in scores.tags] == ["dog", "cat"]
    assert scores.truth[scores.row_of[image.pk]].tolist() == [False, True]
    assert scores.truth[scores.row_of[of_bird.pk]].tolist() == [False, False]
    assert scores.probabilities[scores.row_of[image.pk]].tolist() == [0.25, 0.75]


def test_boxes_of_detectors() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    cat, dog = make_tag(project, "cat"), make_tag(project, "dog")
    (image,) = make_images(project, 1, [cat, dog])
    draw_box(image, cat, 0.1, 0.2, 0.3, 0.4)
    (background,) = make_images(project, 1)
    Image.objects.filter(pk=background.pk).update(has_no_objects=True)
    (without_box,) = make_images(project, 1, [cat])
    put_in_test_set(project, [image, background, without_box])
    gone = make_tag(project, "gone")
    iteration = trained_iteration(project, [dog, gone, cat])
    gone.delete()
    corners = [0.1, 0.2, 0.4, 0.6]
    found(iteration, {image: [(2, 0.25, corners), (1, 0.9, corners), (0, 0.75, corners)], background: []})
    found(iteration, {without_box: []})

    common = common_boxes([iteration])

    assert set(common.image_ids) == {image.pk, background.pk}
    row = common.image_ids.index(image.pk)
    np.testing.assert_allclose(common.truth[row].corners, [corners], rtol=1e-6)
    assert common.truth[row].tags.tolist() == [0]
    assert common.found[0][row].tags.tolist() == [1, 0]
    assert common.found[0][row].scores.tolist() == [0.75, 0.25]
    assert len(common.truth[1 - row].tags) == len(common.found[0][1 - row].tags) == 0

    own = locked_boxes(iteration)
    assert [tag.name for tag in own.tags] == ["dog", "gone", "cat"]
    assert own.truth[own.row_of[image.pk]].tags.tolist() == [2]
    assert own.found[own.row_of[image.pk]].tags.tolist() == [0, 2]


def test_queries_are_as_many_for_more_images_and_iterations(project: Project) -> None:
    tags = [make_tag(project) for _ in range(3)]

    def queries(iterations: int, images: int) -> int:
        chosen = make_images(project, images, tags[:1])
        put_in_test_set(project, chosen)
        trained = [trained_iteration(project, tags, make_images(project, images)) for _ in range(iterations)]
        for iteration in trained:
            said(iteration, {each: [0.1, 0.2, 0.3] for each in chosen})
        with CaptureQueriesContext(connection) as captured:
            common_scores(trained)
        return len(captured)

    assert queries(1, 2) == queries(4, 20) == 7
