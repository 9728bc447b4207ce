"""Putting images into the locked test set, and taking them out again."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from labeling.models import Image, LockedTestImage, TestChoice
from labeling.near_copies import with_near_copies
from labeling.random_draw import Draw, draw_images
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Right
from portal.projects import lock_project

ROWS_PER_INSERT = 2000
IDS_PER_QUERY = 500


@dataclass(frozen=True)
class TestSetChange:
    """What came of a choice: how many came in as chosen, and how many along with them; or how many were taken out.

    `passed_over` counts images that were in already, or not; or were deleted meanwhile. `changed` are all that came in,
    or went out.
    """

    __test__ = False

    chosen: int = 0
    near_duplicates: int = 0
    taken_out: int = 0
    passed_over: int = 0
    changed: tuple[UUID, ...] = ()


_listeners: list[Callable[[Project], None]] = []


def when_test_set_changes(listener: Callable[[Project], None]) -> None:
    """Have this called in the transaction of each change; apps do this in `AppConfig.ready`."""
    _listeners.append(listener)


def put_into_test_set(
    actor: Actor, project: Project, image_ids: Collection[UUID], choice: TestChoice = TestChoice.HAND
) -> TestSetChange:
    """Put these images in, and with them those that look nearly the same: no training sees them from now on.

    Raises Refusal `BadRequestRequiredParamIsNull` for none.
    """
    require(actor, Right.TRAIN, project)
    if not image_ids:
        raise Refusal("BadRequestRequiredParamIsNull", "No image is chosen: choose those to be kept for testing.")
    with transaction.atomic():
        lock_project(project)
        return _put_in(actor, project, image_ids, choice, {})


def draw_into_test_set(actor: Actor, project: Project, draw: Draw) -> TestSetChange:
    """Put images in that are drawn at random, by tag, out of those that are labeled and not in it.

    The audit line keeps the seed: the same draw of the same images gives the same ones. Raises Refusal as `draw_images`
    does.
    """
    require(actor, Right.TRAIN, project)
    with transaction.atomic():
        lock_project(project)
        drawn = draw_images(project, draw)
        return _put_in(actor, project, drawn, TestChoice.RANDOM, draw.record())


def take_out_of_test_set(actor: Actor, project: Project, image_ids: Collection[UUID]) -> TestSetChange:
    """Give these images back to training; one that looks like an image that stays in is left out all the same.

    Raises Refusal `BadRequestRequiredParamIsNull` for none.
    """
    require(actor, Right.TRAIN, project)
    if not image_ids:
        raise Refusal("BadRequestRequiredParamIsNull", "No image is chosen: choose those to be trained on again.")
    with transaction.atomic():
        lock_project(project)
        gone: list[UUID] = []
        wanted = sorted(set(image_ids))
        for start in range(0, len(wanted), IDS_PER_QUERY):
            here = LockedTestImage.objects.filter(project=project, pk__in=wanted[start : start + IDS_PER_QUERY])
            gone += here.values_list("pk", flat=True)
            here.delete()
        if gone:
            audit.record(actor, "take_out_of_test_set", project_id=project.pk, count=len(gone))
            _tell(project)
        return TestSetChange(taken_out=len(gone), passed_over=len(wanted) - len(gone), changed=tuple(gone))


def _put_in(
    actor: Actor, project: Project, image_ids: Collection[UUID], choice: TestChoice, detail: dict[str, object]
) -> TestSetChange:
    wanted = set(image_ids)
    here = Image.objects.filter(project=project, removed__isnull=True)
    there = set(here.filter(locked_test__isnull=False).values_list("pk", flat=True))
    chosen = {
        image_id
        for start in range(0, len(wanted), IDS_PER_QUERY)
        for image_id in here.filter(pk__in=sorted(wanted)[start : start + IDS_PER_QUERY]).values_list("pk", flat=True)
    }
    along = with_near_copies(project, chosen) - chosen - there
    new = chosen - there
    rows = [(image_id, choice) for image_id in sorted(new)]
    rows += [(image_id, TestChoice.NEAR_DUPLICATE) for image_id in sorted(along)]
    # A deleted image may still have its row.
    LockedTestImage.objects.bulk_create(
        (
            LockedTestImage(image_id=image_id, project=project, choice=each, created_by=actor.name)
            for image_id, each in rows
        ),
        batch_size=ROWS_PER_INSERT,
    )
    if rows:
        audit.record(
            actor,
            "put_into_test_set",
            project_id=project.pk,
            choice=choice,
            count=len(new),
            near_duplicates=len(along),
            **detail,
        )
        _tell(project)
    changed = tuple(image_id for image_id, _ in rows)
    return TestSetChange(len(new), len(along), passed_over=len(wanted) - len(new), changed=changed)


def _tell(project: Project) -> None:
    for listener in _listeners:
        listener(project)
