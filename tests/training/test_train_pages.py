"""The Train dialog, the progress button and the running training."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from labeling.boxes import Box
from labeling.models import Image, Tag
from labeling.regions import ImageBox, add_regions
from portal.domains import GENERAL_DETECTION
from portal.jobs.models import Job, JobState
from portal.models import Membership, Project, User
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_iteration, make_project, make_tag
from training.models import Iteration, IterationState, TrainingType
from training.starting import TrainingRequest, train_project

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def project_with(**counts: int) -> Project:
    project = make_project()
    for name, count in counts.items():
        make_images(project, count, [make_tag(project, name)])
    return project


def browser(project: Project, role: Role = Role.TRAINER) -> Client:
    user = User.objects.create_user(f"the {role}", password="x")
    Membership.objects.create(user=user, project=project, role=role)
    client = Client()
    client.force_login(user)
    return client


def dialog(client: Client, project: Project) -> str:
    answer = client.get(f"/projects/{project.pk}/train")
    assert answer.status_code == 200
    return answer.content.decode()


def finish(iteration: Iteration) -> None:
    Iteration.objects.filter(pk=iteration.pk).update(
        state=IterationState.COMPLETED, artifact="somewhere.onnx", artifact_sha256="0" * 64, trained=timezone.now()
    )


def test_a_press_on_train_starts_a_quick_training_and_goes_to_it() -> None:
    project = project_with(cup=5, can=5)
    answer = browser(project).post(f"/projects/{project.pk}/train", {"training_type": "Regular"}, headers=HTMX)
    iteration = Iteration.objects.get()
    assert answer.headers["HX-Redirect"] == f"/projects/{project.pk}/performance/{iteration.pk}"
    assert (iteration.training_type, iteration.state) == (TrainingType.REGULAR, IterationState.QUEUED)


def test_advanced_takes_its_budget_tags_and_e_mail_from_the_form() -> None:
    project = project_with(cup=5, can=5, lid=5)
    chosen = sorted(str(tag.pk) for tag in project.tags.exclude(name="lid"))
    form = {
        "training_type": "Advanced",
        "budget_hours": "3",
        "tags_shown": "1",
        "tag": chosen,
        "notification_email": "ana@example.com",
    }
    assert browser(project).post(f"/projects/{project.pk}/train", form, headers=HTMX).status_code == 204
    iteration = Iteration.objects.get()
    assert (iteration.training_type, iteration.budget_hours) == (TrainingType.ADVANCED, 3)
    assert iteration.notification_email == "ana@example.com"
    assert iteration.snapshot.image_count == 10


def test_a_tag_with_too_few_images_is_named_with_both_ways_round() -> None:
    project = project_with(cup=4, can=5, lid=6)
    client = browser(project)
    shown = dialog(client, project)
    assert "cup (4)" in shown
    assert "Train without cup" in shown
    assert f'href="/projects/{project.pk}/images?tagging=untagged"' in shown
    without = {"training_type": "Regular", "without": f"{project.tags.get(name='cup').pk},"}
    assert client.post(f"/projects/{project.pk}/train", without, headers=HTMX).status_code == 204
    assert Iteration.objects.get().snapshot.image_count == 11


def test_two_tags_of_which_one_is_short_cannot_train_without_it() -> None:
    project = project_with(cup=4, can=5)
    assert "Train without" not in dialog(browser(project), project)


def test_nothing_changed_offers_to_train_anyway() -> None:
    project = project_with(cup=5, can=5)
    finish(train_project(key_actor(project), project, TrainingRequest()))
    client = browser(project)
    assert "Train anyway" in dialog(client, project)
    refused = client.post(f"/projects/{project.pk}/train", {"training_type": "Regular"}, headers=HTMX)
    assert refused.status_code == 422
    assert Iteration.objects.count() == 1
    forced = {"training_type": "Regular", "is_forced": "1"}
    assert client.post(f"/projects/{project.pk}/train", forced, headers=HTMX).status_code == 204
    assert Iteration.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("notification_email", "not an address", "not an e-mail address"),
        ("budget_hours", "500", "0 to 96 hours"),
    ],
)
def test_a_form_that_is_refused_comes_back_with_the_reason_and_what_was_typed(
    field: str, value: str, words: str
) -> None:
    project = project_with(cup=5, can=5)
    form = {"training_type": "Advanced", "budget_hours": "2", field: value}
    answer = browser(project).post(f"/projects/{project.pk}/train", form, headers=HTMX)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert f'value="{value}"' in answer.content.decode()
    assert Iteration.objects.count() == 0


def test_a_detection_project_says_how_many_boxes_it_needs() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    assert "at least one tag with boxes on 15 images" in dialog(browser(project), project)


def boxed(project: Project, name: str, count: int) -> Tag:
    tag = make_tag(project, name)
    images = make_images(project, count)
    add_regions(key_actor(project), project, [ImageBox(each.pk, Box(tag.pk, 0.1, 0.1, 0.3, 0.3)) for each in images])
    return tag


def test_a_detection_project_counts_boxes_background_and_what_is_left_out() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    boxed(project, "cup", 15)
    make_images(project, 2, [make_tag(project, "lid")])
    Image.objects.filter(pk__in=[image.pk for image in make_images(project, 3)]).update(has_no_objects=True)
    page = dialog(browser(project), project)
    assert "15 boxes on 15 images, and 3 images without objects as background" in page
    assert "2 images have a tag but no box, and are left out" in page
    assert "no boxes, left out" in page
    assert "Train without" not in page


def test_a_detector_can_be_trained_without_a_short_tag() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    cup, can = boxed(project, "cup", 15), boxed(project, "can", 14)
    client = browser(project)
    page = dialog(client, project)
    assert "too few have: can (14)" in page
    assert f'name="without" value="{can.pk},"' in page
    assert "Train without can" in page
    client.post(f"/projects/{project.pk}/train", {"without": f"{can.pk},", "training_type": "Regular"}, headers=HTMX)
    iteration = Iteration.objects.get()
    assert list(iteration.snapshot.tags.values_list("tag_id", flat=True)) == [cup.pk]


def test_an_image_with_two_tags_is_one_labeled_image() -> None:
    project = make_project(settings=ProjectSettings(classification_type="Multilabel"))
    make_images(project, 6, [make_tag(project, "cup"), make_tag(project, "lid")])
    assert "6 labeled images" in dialog(browser(project), project)


def test_the_button_shows_the_running_training_and_tells_the_page_when_it_is_over() -> None:
    project = project_with(cup=5, can=5)
    iteration = train_project(key_actor(project), project, TrainingRequest())
    Job.objects.filter(pk=iteration.job_id).update(percent=41.0, stage="Learning")
    client = browser(project, Role.READER)
    address = f"/projects/{project.pk}/train/button?was={iteration.pk}"
    running = client.get(address)
    assert "Training 41%" in running.content.decode()
    assert "HX-Trigger" not in running.headers
    finish(iteration)
    over = client.get(address)
    assert json.loads(over.headers["HX-Trigger"])["training-ended"]["words"] == "Iteration 1 is trained."
    assert "Training 41%" not in over.content.decode()


def test_progress_says_stage_time_left_and_place_in_the_queue() -> None:
    first, second = project_with(cup=5, can=5), project_with(cup=5, can=5)
    running = train_project(key_actor(first), first, TrainingRequest())
    waiting = train_project(key_actor(second), second, TrainingRequest())
    Job.objects.filter(pk=running.job_id).update(stage="Learning", percent=64.2, seconds_left=181.0)
    answer = browser(first).get(f"/projects/{first.pk}/iterations/{running.pk}/progress").content.decode()
    assert "Learning" in answer
    assert "64%" in answer
    assert "About 3 min left" in answer
    answer = browser_named("second", second).get(f"/projects/{second.pk}/iterations/{waiting.pk}/progress")
    assert "Waiting: 1 training before this one" in answer.content.decode()


def test_advanced_has_a_place_for_its_curve_and_draws_what_the_engine_told() -> None:
    project = project_with(cup=5, can=5)
    iteration = train_project(key_actor(project), project, TrainingRequest(training_type=TrainingType.ADVANCED))
    client = browser(project, Role.READER)
    address = f"/projects/{project.pk}/iterations/{iteration.pk}/progress"
    assert "The curve begins with the first epoch" in client.get(address).content.decode()
    points = [{"series": "Fold 1 of 5", "epoch": epoch, "epochs": 8, "loss": 1 / epoch} for epoch in (1, 2)]
    Iteration.objects.filter(pk=iteration.pk).update(curve=points)
    shown = client.get(address).content.decode()
    assert "Loss by epoch: 0.500 after epoch 2 of 8" in shown
    assert "style=" not in shown


def browser_named(name: str, project: Project) -> Client:
    user = User.objects.create_user(name, password="x")
    Membership.objects.create(user=user, project=project, role=Role.READER)
    client = Client()
    client.force_login(user)
    return client


def test_a_reader_watches_and_a_trainer_may_cancel() -> None:
    project = project_with(cup=5, can=5)
    iteration = train_project(key_actor(project), project, TrainingRequest())
    progress = f"/projects/{project.pk}/iterations/{iteration.pk}/progress"
    assert "Cancel training" not in browser(project, Role.READER).get(progress).content.decode()
    trainer = browser(project, Role.TRAINER)
    assert "Cancel training" in trainer.get(progress).content.decode()
    trainer.post(f"/projects/{project.pk}/iterations/{iteration.pk}/cancel", headers=HTMX)
    job = Job.objects.get(pk=iteration.job_id)
    assert job.state == JobState.CANCELLED or job.cancel_requested_at is not None


def test_the_page_of_an_ended_training_loads_again() -> None:
    iteration = make_iteration(make_project())
    client = browser(iteration.project, Role.READER)
    answer = client.get(f"/projects/{iteration.project_id}/iterations/{iteration.pk}/progress", headers=HTMX)
    assert answer.headers["HX-Refresh"] == "true"
