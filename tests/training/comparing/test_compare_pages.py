"""The Compare page: who may see it, what it says of figures, answers, data and scores that are still missing."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.models import Image, ImageTag, SnapshotImage
from portal.jobs.models import Job, JobState
from portal.models import Membership, Project, User
from portal.permissions import Role
from tests.builders import make_images, make_iteration, make_project, make_resource, make_tag
from tests.training.comparing.compared import boxed_project, classified_project, classifier, detector
from tests.training.locked_test.rows import put_in_test_set, trained_iteration
from training.models import Iteration, IterationState, LockedTestScore, LockedTestScoring, PublishedName

pytestmark = pytest.mark.django_db


def browser(project: Project, role: Role = Role.READER) -> Client:
    user = User.objects.create_user(f"the {role}", password="x")
    Membership.objects.create(user=user, project=project, role=role)
    client = Client()
    client.force_login(user)
    return client


def page_of(project: Project, query: str = "", client: Client | None = None, path: str = "") -> str:
    answer = (client or browser(project)).get(f"/projects/{project.pk}/compare{path}{query}")
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def chosen(page: str, name: str) -> list[str]:
    """The ids of the chosen options of the selects of that name."""
    selects = re.findall(rf'<select[^>]*name="{name}">(.*?)</select>', page)
    return [value for each in selects for value in re.findall(r'value="([^"]*)" selected', each) if value]


def row(page: str, measure: str) -> str:
    found = re.search(rf'<tr data-measure="{measure}">(.*?)</tr>', page, re.DOTALL)
    assert found is not None, measure
    return text_of(found[1])


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


def test_changed_answers_are_told_with_their_pictures_and_lead_on() -> None:
    project, tags, images = classified_project(40)
    classifier(project, tags, images, range(0, 12, 2))
    second = classifier(project, tags, images, (1,))
    client = browser(project)
    page = page_of(project, client=client)
    text = text_of(page)
    assert "Now right 6 images" in text
    assert "Now wrong 1 image" in text
    assert text.count("bottle, was can") == 4
    assert "bottle instead of can" in text
    everything = page_of(project, f"?kind=now-right&of={second.pk}", client, "/images")
    assert text_of(everything).count("bottle, was can") == 6
    image = page_of(project, f"?kind=now-right&of={second.pk}", client, f"/images/{images[0].pk}")
    assert "bottle, was can" in text_of(image)
    assert re.search(r"bottle yes 10\.0% missed 90\.0%", text_of(image))
    assert client.get(f"/projects/{project.pk}/compare/images?kind=nonsense").status_code == 404
    stranger = make_images(project, 1, tags[:1])[0]
    assert client.get(f"/projects/{project.pk}/compare/images/{stranger.pk}").status_code == 404


def test_a_detectors_changed_answers_draw_truth_and_false_boxes() -> None:
    project, tags, images = boxed_project(40)
    detector(project, tags, images, range(5))
    second = detector(project, tags, images, (39,))
    client = browser(project)
    page = page_of(project, client=client)
    assert "can found" in text_of(page)
    assert "can missed" in text_of(page)
    assert 'data-look="truth"' in page
    assert "Measure, at 50%" in page
    assert "mAP" in page
    assert "Accuracy" not in page
    # Nothing is found at 95%.
    high = page_of(project, "?threshold=95", client)
    assert "Now right 0 images" in text_of(high)
    one = page_of(project, f"?kind=now-wrong&of={second.pk}", client, f"/images/{images[39].pk}")
    assert "can missed" in text_of(one)
    assert "missed 1, 0 false" in text_of(one)
    assert "all right" in text_of(one)


def test_tags_that_differ_are_shown_and_all_on_request() -> None:
    project, tags, images = classified_project()
    classifier(project, tags, images, range(0, 50, 2))
    classifier(project, tags, images, ())
    client = browser(project)
    page = page_of(project, client=client)
    assert 'data-measure="Recall, bottle"' in page
    assert 'data-measure="Recall, can"' not in page
    assert "All measures of all tags:" in page
    every = page_of(project, "?all=1", client)
    assert 'data-measure="Recall, can"' in every
    assert "Only the tags that differ" in every


def test_what_changed_in_the_data_leads_to_the_images() -> None:
    project, tags, images = classified_project(4)
    classifier(project, tags, images, ())
    second = classifier(project, tags, images, ())
    client = browser(project)
    page = page_of(project, client=client)
    assert "4 images added" in text_of(page)
    assert "4 images removed" in text_of(page)
    added = page_of(project, f"?kind=added&of={second.pk}", client, "/images")
    own = set(map(str, SnapshotImage.objects.filter(snapshot_id=second.pk).values_list("image_id", flat=True)))
    assert set(re.findall(r"[?;]image=([0-9a-f-]{36})", added)) == own
    # One that was deleted since is looked at as the iteration knew it.
    Image.objects.filter(pk=min(own)).update(removed=timezone.now())
    added = page_of(project, f"?kind=added&of={second.pk}", client, "/images")
    assert f"iteration={second.pk}&amp;image={min(own)}" in added


def test_recipe_and_cost_show_what_differs() -> None:
    project, tags, images = classified_project(4)
    first, second = (classifier(project, tags, images, ()) for _ in range(2))
    LockedTestScoring.objects.filter(iteration=second).update(image_milliseconds=58)
    Iteration.objects.filter(pk=first.pk).update(result={"input_size": 320, "backbone": "b0", "seed": 7})
    Iteration.objects.filter(pk=second.pk).update(result={"input_size": 480, "backbone": "b0", "seed": 7})
    page = page_of(project)
    assert re.search(r"Input size</th><td class=\"num\">320 px</td><td class=\"num strong\">480 px</td>", page)
    assert re.search(r"Seed</th><td class=\"num\">7</td><td class=\"num\">7</td>", page)
    assert re.search(r"Time for one image here</th><td class=\"num\">31 ms</td><td class=\"num strong\">58 ms", page)
    assert "14.2 MB" in page


@pytest.mark.parametrize(("role", "publishes"), [(Role.READER, False), (Role.DEPLOYMENT, True)])
def test_the_after_iteration_can_be_published_by_whom_may(role: Role, publishes: bool) -> None:
    project, tags, images = classified_project(4)
    classifier(project, tags, images, ())
    second = classifier(project, tags, images, ())
    page = page_of(project, client=browser(project, role))
    assert (f"/iterations/{second.pk}/publish" in page) == publishes


def test_queries_do_not_grow_with_iterations_images_and_tags() -> None:
    project, tags, images = classified_project(30)
    iterations = [classifier(project, tags, images, range(wrong)) for wrong in (10, 5)]
    client = browser(project)
    query = f"?before={iterations[0].pk}&after={iterations[1].pk}&all=1"
    page_of(project, query, client)
    with CaptureQueriesContext(connection) as few:
        page_of(project, query, client)
    more = make_images(project, 20, tags[:1])
    put_in_test_set(project, more)
    iterations += [classifier(project, tags, [*images, *more], range(20, 40)) for _ in range(3)]
    for iteration in iterations[:2]:
        LockedTestScore.objects.bulk_create(
            LockedTestScore(iteration=iteration, image=image, scores=bytes(8)) for image in more
        )
    ImageTag.objects.bulk_create(ImageTag(image=more[0], tag=make_tag(project), created_by="test") for _ in range(3))
    query += "".join(f"&also={each.pk}" for each in iterations[2:])
    page_of(project, query, client)
    with CaptureQueriesContext(connection) as many:
        page = page_of(project, query, client)
    assert len(re.findall("data-verdict", page)) == 4
    assert len(many) == len(few)
