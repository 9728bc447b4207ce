"""The Results view: counts that lead to images, the matrix, the table as a file, the locked test set beside it."""

import csv
import io
from typing import cast
from uuid import UUID

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import LockedTestImage, Tag, TestChoice
from portal.permissions import Role
from tests.builders import key_actor, make_images, make_tag
from tests.training.test_detection_performance import judged_iteration
from tests.training.test_performance import scored_iteration
from tests.training.test_performance_pages import browser, browser_of, page_of, slider_table, text_of
from training.confusion import confusion_record, tag_confusion
from training.judged import JudgedOn, JudgedScores, judged
from training.models import Iteration, LockedTestScore
from training.pages.performance_parts import as_text
from training.report import iteration_report
from training.right_images import right_images

pytestmark = pytest.mark.django_db


def shown_in_gallery(iteration: Iteration, query: str) -> set[UUID]:
    client = browser(iteration.project, Role.READER)
    answer = client.get(f"/projects/{iteration.project_id}/images/order?iteration={iteration.pk}&{query}")
    assert answer.status_code == 200
    return {UUID(bytes=answer.content[at : at + 16]) for at in range(0, len(answer.content), 16)}


def test_counts_lead_to_as_many_images() -> None:
    iteration = scored_iteration()
    hemlock = iteration.project.tags.get(name="hemlock")
    report = iteration_report(key_actor(iteration.project), iteration, 50)
    page = page_of(browser(iteration.project, Role.LABELER), iteration)
    row = report.rows[0]
    right = f"/projects/{iteration.project_id}/images?iteration={iteration.pk}&amp;tag={hemlock.pk}&amp;right=1"
    errors = f"/projects/{iteration.project_id}/performance/{iteration.pk}/errors?threshold=50&amp;"
    for address in (f"{right}&amp;threshold=50", f"{errors}predicted={hemlock.pk}", f"{errors}true={hemlock.pk}"):
        assert f'href="{address}"' in page, address
    assert len(shown_in_gallery(iteration, f"tag={hemlock.pk}&right=1&threshold=50")) == row.judgment.right == 1
    assert right_images(iteration, [], 0, 30) == set(judged(iteration).image_ids)


def test_right_images_of_a_detector_follow_both_thresholds() -> None:
    iteration = judged_iteration()
    tag = iteration.project.tags.get()
    assert len(right_images(iteration, [tag.pk], 50, 30)) == 2
    assert len(right_images(iteration, [tag.pk], 50, 50)) == 1
    assert right_images(iteration, [tag.pk], 95, 30) == set()


def test_the_gallery_says_what_it_shows() -> None:
    iteration = scored_iteration()
    hemlock = iteration.project.tags.get(name="hemlock")
    client = browser(iteration.project, Role.READER)
    address = f"/projects/{iteration.project_id}/images?iteration={iteration.pk}&tag={hemlock.pk}&right=1"
    text = text_of(client.get(address).content.decode())
    assert f"{iteration.name} is right about hemlock at 50%, on images that it had not seen." in text
    assert "Only right ones" in text


def test_the_page_has_the_matrix_of_the_confusion() -> None:
    iteration = scored_iteration()
    page = page_of(browser(iteration.project, Role.READER), iteration)
    cells = slider_table(page)["confusion"]
    assert cells == confusion_record(tag_confusion(cast("JudgedScores", judged(iteration))))
    assert page.count("<td></td>") == 3 * 2  # the last column has a class
    assert f'data-wrong="/projects/{iteration.project_id}/performance/{iteration.pk}/errors?"' in page


def test_too_few_images_are_told_overall_and_by_tag() -> None:
    text = text_of(page_of(browser(scored_iteration().project, Role.READER), Iteration.objects.get()))
    assert text.count("Too few images to tell") == 1
    assert text.count("too few images to tell") == 2


def test_the_table_as_a_file() -> None:
    iteration = scored_iteration()
    client = browser(iteration.project, Role.READER)
    answer = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}/tags.csv?threshold=75")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "at-75" in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["tag"] for row in rows] == ["hemlock", "cherry"]
    hemlock = rows[0]
    assert (hemlock["right"], hemlock["false"], hemlock["missed"], hemlock["judged"]) == ("1", "0", "1", "2")
    assert (hemlock["precision"], hemlock["recall"], hemlock["AP"]) == ("1.0000", "0.5000", "0.8333")
    assert float(hemlock["recall low"]) < 0.5 < float(hemlock["recall high"])


def test_a_tags_name_is_no_formula_in_a_spreadsheet() -> None:
    assert [as_text(name) for name in ("=1+1", "@a", "-x", "plain")] == ["'=1+1", "'@a", "'-x", "plain"]


def lock(iteration: Iteration, scores: list[tuple[Tag, bytes]]) -> None:
    for tag, content in scores:
        (image,) = make_images(iteration.project, 1, [tag])
        LockedTestImage.objects.create(
            image=image, project=iteration.project, choice=TestChoice.HAND, created_by="test"
        )
        LockedTestScore.objects.create(iteration=iteration, image=image, scores=content)


def locked_iteration(count: int) -> Iteration:
    iteration = scored_iteration()
    hemlock = iteration.project.tags.get(name="hemlock")
    lock(iteration, [(hemlock, np.array([0.9, 0.1], "<f4").tobytes())] * count)
    return iteration


def test_the_locked_test_set_has_figures_of_its_own() -> None:
    iteration = locked_iteration(3)
    actor = key_actor(iteration.project)
    unseen = iteration_report(actor, iteration, 50)
    locked = iteration_report(actor, iteration, 50, judged_on=JudgedOn.LOCKED)
    assert (unseen.judged_images, unseen.overall.right, unseen.overall.false) == (4, 2, 2)
    assert (locked.judged_images, locked.overall.right, locked.overall.false, locked.overall.missed) == (3, 3, 0, 0)
    client = browser(iteration.project, Role.READER)
    page = page_of(client, iteration, "?judged=locked")
    assert "3 images of the locked test set" in text_of(page)
    assert "judged=locked" in page
    assert 'id="thresholds"' not in page  # chosen on the test set, they would spoil it
    assert "Locked test set" in text_of(page_of(client, iteration))
    right = right_images(iteration, [], 50, 30, JudgedOn.LOCKED)
    address = f"/projects/{iteration.project_id}/images/order?iteration={iteration.pk}&right=1&judged=locked"
    assert len(client.get(address).content) == 16 * len(right) == 48


def test_without_a_locked_test_set_there_is_no_switch() -> None:
    iteration = scored_iteration()
    assert 'id="judged-on"' not in page_of(browser(iteration.project, Role.READER), iteration)


@pytest.mark.parametrize("query", ["", "?judged=locked"])
def test_queries_do_not_grow_with_the_test_set_and_tags(query: str) -> None:
    few, many = locked_iteration(2), locked_iteration(9)
    for _ in range(3):
        make_tag(many.project)
    counts = []
    for iteration in (few, many):
        client = browser_of(f"reader of {iteration.pk}", iteration.project)
        page_of(client, iteration, query)
        with CaptureQueriesContext(connection) as asked:
            page_of(client, iteration, query)
        counts.append(len(asked))
    assert counts[0] == counts[1]
