"""Which untagged images an iteration looks at next, and that each is looked at once."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import inference.tag_suggestions
from inference.looking import images_to_look_at, look_at_next, looked_at
from inference.models import Suggestion
from labeling.files import original_name
from labeling.models import Image
from portal.errors import Refusal
from portal.permissions import Role
from tests.builders import key_actor, make_images, make_project, member
from tests.inference.test_tag_suggestions import Set

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> Set:
    return Set()


def dated(*images: Image) -> list[UUID]:
    """The images, each added a minute before the one that stands ahead of it; gives their ids."""
    for minutes, image in enumerate(images):
        Image.objects.filter(pk=image.pk).update(created=timezone.now() - timedelta(minutes=minutes))
    return [image.pk for image in images]


def test_the_newest_untagged_images_come_first_each_once(made: Set) -> None:
    ids = dated(*(made.image(250, 20 + 10 * step, 20) for step in range(5)))
    actor = key_actor(made.project)
    assert images_to_look_at(made.project, made.iteration, 64) == ids
    first = look_at_next(actor, made.project, made.iteration.pk, 2)
    assert (first.count, first.last, first.trouble) == (2, ids[1], "")
    assert looked_at(made.iteration).count() == 2
    assert images_to_look_at(made.project, made.iteration, 64) == ids[2:]
    second = look_at_next(actor, made.project, made.iteration.pk, 2, first.last)
    third = look_at_next(actor, made.project, made.iteration.pk, 2, second.last)
    assert [(each.count, each.last) for each in (second, third)] == [(2, ids[3]), (1, None)]
    assert look_at_next(actor, made.project, made.iteration.pk, 2, second.last).count == 0
    assert set(Suggestion.objects.values_list("image_id", flat=True)) == set(ids)


def test_what_is_tagged_empty_gone_elsewhere_or_looked_at_is_passed_over(made: Set) -> None:
    wanted, tagged, empty, removed, known, long_ago = (made.image(250, 20 + 10 * step, 20) for step in range(6))
    made.put(made.red, tagged)
    Image.objects.filter(pk=empty.pk).update(has_no_objects=True)
    Image.objects.filter(pk=removed.pk).update(removed=timezone.now())
    made.suggest(known, long_ago)
    Suggestion.objects.filter(image=long_ago).update(created=timezone.now() - timedelta(days=31))
    make_images(make_project(), 1)
    assert set(images_to_look_at(made.project, made.iteration, 64)) == {wanted.pk, long_ago.pk}
    assert looked_at(made.iteration).count() == 1


def test_after_an_image_the_walk_goes_on_there_and_anew_when_it_is_gone(made: Set) -> None:
    ids = dated(*make_images(made.project, 4))
    assert images_to_look_at(made.project, made.iteration, 2, ids[1]) == ids[2:]
    # Of two images added at the same moment neither is left out.
    Image.objects.filter(pk__in=ids).update(created=timezone.now())
    same = sorted(ids)
    assert images_to_look_at(made.project, made.iteration, 64, same[1]) == same[2:]
    assert images_to_look_at(made.project, made.iteration, 64, uuid4()) == same


def test_a_file_that_cannot_be_read_does_not_stand_in_the_way(made: Set) -> None:
    good, broken = made.image(250, 20, 20), made.image(20, 250, 20)
    default_storage.delete(original_name(made.project.pk, broken.sha256, broken.media_type))
    looked = look_at_next(key_actor(made.project), made.project, made.iteration.pk, 64)
    assert (looked.count, looked.last) == (2, None)
    assert str(broken.pk) in looked.trouble
    assert [row.image_id for row in Suggestion.objects.all()] == [good.pk]


def test_only_who_may_edit_images_lets_it_look(made: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    made.image(250, 20, 20)
    monkeypatch.setattr(inference.tag_suggestions, "predict", lambda *_: pytest.fail("nothing is looked at"))
    for role in (Role.READER, Role.DEPLOYMENT):
        with pytest.raises(Refusal) as refusal:
            look_at_next(member(made.project, role), made.project, made.iteration.pk, 1)
        assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    for count in (0, 65):
        with pytest.raises(Refusal) as refusal:
            look_at_next(member(made.project, Role.LABELER), made.project, made.iteration.pk, count)
        assert refusal.value.code == "BadRequestExceededBatchSize"


def test_the_next_images_cost_as_many_queries_whatever_their_number(made: Set) -> None:
    ids = dated(*make_images(made.project, 30))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        images_to_look_at(made.project, made.iteration, 5)
        images_to_look_at(made.project, made.iteration, 30, ids[3])
    assert len(queries) == 3
