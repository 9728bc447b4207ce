"""The Compare page: who may see it, what it says of figures, answers, data and scores that are still missing."""

import re
from html import unescape

import pytest
from django.utils import timezone

from labeling.models import SnapshotImage
from portal.jobs.models import Job, JobState
from portal.permissions import Role
from tests.builders import make_images, make_iteration, make_project, make_resource, make_tag
from tests.training.comparing.compare_pages import browser, chosen, page_of, row, text_of
from tests.training.comparing.compared import classified_project, classifier
from tests.training.locked_test.rows import put_in_test_set, trained_iteration
from training.models import Iteration, IterationState, LockedTestScore, LockedTestScoring, PublishedName

pytestmark = pytest.mark.django_db


def test_the_sentence_the_differences_and_the_basis() -> None:
    project, tags, images = classified_project()
    classifier(project, tags, images, range(0, 30))
    classifier(project, tags, images, range(2))
    page = page_of(project)
    names = [each.name for each in Iteration.objects.order_by("number")]
    assert 'data-verdict="better"' in page
    assert f"{names[1]} is better than {names[0]}." in text_of(page)
    assert "Locked test set, 60 images" in text_of(page)
    assert "60 of the 60 images of the locked test set count" in text_of(page)
    assert "With fewer than 100, only large differences show." in text_of(page)
    assert re.match(r" Accuracy 50\.0 96\.7 \+46\.7 .* Better ", row(page, "Accuracy"))


def test_worse_and_the_same_are_said_so() -> None:
    project, tags, images = classified_project()
    first = classifier(project, tags, images, range(2))
    second = classifier(project, tags, images, range(30))
    third = classifier(project, tags, images, range(1, 3))
    client = browser(project)
    assert 'data-verdict="worse"' in page_of(project, f"?before={first.pk}&after={second.pk}", client)
    assert 'data-verdict="cannot tell"' in page_of(project, f"?before={first.pk}&after={third.pk}", client)


def test_the_newest_is_compared_with_the_published_one_else_with_the_one_before() -> None:
    project, tags, images = classified_project(4)
    first, second, third = (classifier(project, tags, images, ()) for _ in range(3))
    client = browser(project)
    page = page_of(project, client=client)
    assert (chosen(page, "before"), chosen(page, "after")) == ([str(second.pk)], [str(third.pk)])
    PublishedName.objects.create(project=project, name="line", iteration=first, resource=make_resource())
    page = page_of(project, client=client)
    assert (chosen(page, "before"), chosen(page, "after")) == ([str(first.pk)], [str(third.pk)])
    # From the page of the published iteration itself.
    page = page_of(project, f"?after={first.pk}", client)
    assert chosen(page, "after") == [str(first.pk)]
    # Held against itself, another one is taken.
    page = page_of(project, f"?before={third.pk}&after={third.pk}", client)
    assert (chosen(page, "before"), chosen(page, "after")) == ([str(third.pk)], [str(second.pk)])


def test_an_iteration_can_be_added_and_each_is_held_against_the_first() -> None:
    project, tags, images = classified_project()
    first = classifier(project, tags, images, range(20))
    second = classifier(project, tags, images, range(2))
    third = classifier(project, tags, images, range(50))
    query = f"?before={first.pk}&after={second.pk}&also={third.pk}&also="
    page = page_of(project, query)
    assert chosen(page, "also") == [str(third.pk)]
    assert re.findall(r'data-verdict="([a-z ]+)"', page) == ["better", "worse"]
    assert re.match(r" Accuracy 66\.7 96\.7 \+30\.0 Better .*16\.7 \u221250\.0 Worse ", row(page, "Accuracy"))
    assert f"{third.name} against {first.name}" in text_of(page)


def test_only_completed_iterations_of_the_project_are_compared() -> None:
    project, tags, images = classified_project(4)
    first = classifier(project, tags, images, ())
    classifier(project, tags, images, ())
    client = browser(project)
    failed = make_iteration(project, IterationState.FAILED)
    assert str(failed.pk) not in page_of(project, client=client)
    other = make_iteration(make_project())
    for query, status in ((f"after={failed.pk}", 400), (f"before={other.pk}", 404), ("after=nonsense", 400)):
        assert client.get(f"/projects/{project.pk}/compare?{query}").status_code == status, query
    assert client.get(f"/projects/{other.project_id}/compare").status_code == 404
    many = "&".join(f"also={classifier(project, tags, images, ()).pk}" for _ in range(6))
    assert client.get(f"/projects/{project.pk}/compare?before={first.pk}&{many}").status_code == 400


def test_with_one_completed_iteration_the_page_says_what_it_will_be() -> None:
    project = make_project()
    make_iteration(project)
    assert "There is one so far: train again" in text_of(page_of(project))


def test_without_a_test_set_cross_validated_figures_stand_alone() -> None:
    project, tags = make_project(), []
    tags = [make_tag(project), make_tag(project)]
    for _ in range(2):
        trained_iteration(project, tags, make_images(project, 2, tags))
    page = page_of(project)
    assert "There is no locked test set yet" in page
    assert "data-verdict" not in page
    assert 'id="differences"' not in page
    assert re.search(r'hx-get="[^"]*/compare/cross-validated\?[^"]*" hx-trigger="load"', page)


def test_images_that_an_iteration_was_trained_on_are_left_out_and_counted() -> None:
    project, tags, images = classified_project(40)
    classifier(project, tags, images, ())
    second = classifier(project, tags, images, ())
    SnapshotImage.objects.bulk_create(SnapshotImage(snapshot_id=second.pk, image=image) for image in images[:3])
    put_in_test_set(project, make_images(project, 2))
    text = text_of(page_of(project))
    assert "37 of the 42 images of the locked test set count" in text
    assert "3 are left out, since one of them, or one that it started from, was trained on them" in text
    assert "2 are not labeled yet" in text
    assert "Locked test set, 37 images" in text


def test_too_few_images_give_figures_without_a_verdict() -> None:
    project, tags, images = classified_project(10)
    classifier(project, tags, images, range(8))
    classifier(project, tags, images, ())
    page = page_of(project)
    assert 'data-verdict="too few"' in page
    assert "Too few images to judge: 10 images. 30 are wanted for a verdict, 100 for a good one." in text_of(page)


def test_nothing_left_says_why() -> None:
    project, tags, images = classified_project(5)
    classifier(project, tags, images, ())
    second = classifier(project, tags, images, ())
    SnapshotImage.objects.bulk_create(SnapshotImage(snapshot_id=second.pk, image=image) for image in images)
    page = page_of(project)
    assert 'data-verdict="nothing"' in page
    assert "5 of the 5 images of the locked test set are left out" in text_of(page)


def test_missing_scores_are_asked_for_watched_and_lead_back_to_the_page() -> None:
    project, tags, images = classified_project(40)
    classifier(project, tags, images, ())
    second = classifier(project, tags, images, ())
    LockedTestScore.objects.filter(iteration=second, image__in=images[:30]).delete()
    client = browser(project)
    page = page_of(project, client=client)
    assert "data-verdict" not in page
    address = re.search(r'id="compare-scores"[^>]* hx-post="([^"]*)" hx-trigger="load"', page)
    assert address is not None
    asked = client.post(unescape(address[1]))
    job = LockedTestScoring.objects.get(iteration=second).job
    assert job is not None
    assert not job.is_finished
    assert LockedTestScoring.objects.get(iteration=second.project.iterations.exclude(pk=second.pk).get()).job is None
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, token=job.pk, lease_until=timezone.now(), seconds_left=40
    )
    answer = client.get(unescape(address[1])).content.decode()
    assert "Scoring the locked test set" in answer
    assert "hx-get" in answer
    assert 'value="62"' in answer
    assert "50 of 80 answers are there, about 40 s left" in text_of(answer)
    assert asked.status_code == 200
    LockedTestScore.objects.bulk_create(
        LockedTestScore(iteration=second, image=image, scores=bytes(8)) for image in images[:30]
    )
    Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED, finished=timezone.now())
    done = client.get(unescape(address[1])).content.decode()
    assert 'hx-target="#compare"' in done
    assert "progress" not in done
    assert "data-verdict" in page_of(project, client=client)


def test_a_scoring_that_failed_says_why_and_what_is_there_is_shown() -> None:
    project, tags, images = classified_project(40)
    classifier(project, tags, images, ())
    second = classifier(project, tags, images, ())
    LockedTestScore.objects.filter(iteration=second, image__in=images[:5]).delete()
    job = Job.objects.create(
        kind="score_locked_test", queue="short", state=JobState.FAILED, started_by="test", due_at=timezone.now(),
        finished=timezone.now(), error="The model cannot be read.",
    )  # fmt: skip
    LockedTestScoring.objects.filter(iteration=second).update(job=job)
    page = page_of(project, client=browser(project, Role.TRAINER))
    assert f"{second.name} could not be scored. The model cannot be read." in text_of(page)
    assert "5 could not be scored." in text_of(page)
    assert "data-verdict" in page
    assert "Try again" in page
