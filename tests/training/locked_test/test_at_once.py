"""Several who choose, or ask for scores, at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from labeling.locked_test_choice import put_into_test_set
from labeling.models import Image, LockedTestImage
from portal.actors import SYSTEM
from portal.jobs.models import Job
from tests.builders import make_images, make_project, make_tag
from tests.training.locked_test.rows import put_in_test_set, trained_iteration
from training.locked_test.scoring import ask_for_scores

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 4


def all_at_once(act: Callable[[], object]) -> None:
    ready = Barrier(AT_ONCE)

    def run(_: int) -> None:
        try:
            ready.wait(10)
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(run, range(AT_ONCE)))


def test_one_job_whoever_asks() -> None:
    project = make_project()
    tag = make_tag(project)
    put_in_test_set(project, make_images(project, 3, [tag]))
    iteration = trained_iteration(project, [tag])
    all_at_once(lambda: ask_for_scores([iteration]))
    assert Job.objects.filter(kind="score_locked_test").count() == 1


def test_an_image_is_in_the_set_once_and_its_copies_with_it() -> None:
    project = make_project()
    images = make_images(project, 5)
    Image.objects.filter(project=project).update(perceptual_hash=3)
    changes = []
    all_at_once(lambda: changes.append(put_into_test_set(SYSTEM, project, [image.pk for image in images[:2]])))
    assert LockedTestImage.objects.count() == 5
    assert sorted((each.chosen, each.near_duplicates) for each in changes) == [(0, 0)] * 3 + [(2, 3)]
