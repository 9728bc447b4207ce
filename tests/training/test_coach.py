"""The coach's next step, from each state that a project can be in."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.models import Image, TagType
from portal.domains import GENERAL_DETECTION
from portal.models import Membership, Project, ResourceKind, User
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_iteration, make_project, make_resource, make_tag
from training.coach import CoachStep, next_step
from training.models import Iteration, IterationState
from training.publishing import publish_iteration

pytestmark = pytest.mark.django_db


def tagged(*counts: int) -> Project:
    project = make_project()
    for number, count in enumerate(counts):
        make_images(project, count, [make_tag(project, f"tag {number}")])
    return project


def published(project: Project) -> Iteration:
    iteration = make_iteration(project)
    target = make_resource(ResourceKind.PREDICTION).full_id
    publish_iteration(key_actor(project), iteration, "trees", target)
    return iteration


def test_an_empty_project_needs_images() -> None:
    step = next_step(make_project())
    assert (step.percent, step.words) == (0, "Add images: 5 for each tag are enough to start, 50 are better.")


def test_untagged_images_need_tags() -> None:
    project = make_project()
    make_images(project, 3)
    step = next_step(project)
    assert step.words == "Make two tags, then tag your images."
    assert (step.link_name, step.query) == ("images", "tagging=untagged")
    make_tag(project)
    assert next_step(project).words == "Make a tag, then tag your images."


def test_the_tag_with_too_few_images_is_named() -> None:
    step = next_step(tagged(5, 4))
    assert (step.words, step.link_words) == ("tag 1 has 4 images; 5 are needed.", "Add images")
    assert 20 < step.percent < 60


def test_more_tagged_images_are_more_percent() -> None:
    percents = [next_step(tagged(*counts)).percent for counts in ((1, 0), (3, 0), (5, 2), (5, 4), (5, 5))]
    assert percents == sorted(percents)
    assert len(set(percents)) == len(percents)


def test_enough_images_lead_to_training() -> None:
    assert next_step(tagged(5, 5)).words == "There is enough to train. Press Train."


def test_a_tag_without_images_stops_no_training() -> None:
    assert next_step(tagged(5, 5, 0)).words == "There is enough to train. Press Train."


def test_a_negative_tag_does_not_count_toward_the_two() -> None:
    project = tagged(5)
    make_images(project, 5, [make_tag(project, "nothing", TagType.NEGATIVE)])
    assert next_step(project).words == "Make a tag, then tag your images."


def test_a_detection_project_needs_15_images_of_one_tag() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    make_images(project, 2, [make_tag(project, "cup")])
    assert next_step(project).words == "cup has boxes on 2 images; boxes on 15 are needed."


def test_a_running_training_is_to_be_watched() -> None:
    project = tagged(5, 5)
    make_iteration(project, IterationState.TRAINING)
    assert next_step(project) == CoachStep(65, "A training is running.", "Watch it", "performance")


def test_a_failed_training_is_no_trained_model() -> None:
    project = tagged(5, 5)
    make_iteration(project, IterationState.FAILED)
    assert next_step(project).percent < 85


def test_a_trained_iteration_leads_to_publishing_and_a_published_one_to_its_url() -> None:
    project = tagged(5, 5)
    make_iteration(project)
    assert next_step(project).percent == 85
    published(project)
    step = next_step(project)
    assert (step.percent, step.link_words) == (100, "Get the URL")
    make_images(project, 2)
    assert "2 images are untagged" in next_step(project).words


def test_the_coach_asks_a_constant_number_of_queries() -> None:
    project = tagged(5, 5)
    with CaptureQueriesContext(connection) as few:
        next_step(project)
    for _ in range(4):
        make_images(project, 5, [make_tag(project)])
    with CaptureQueriesContext(connection) as many:
        next_step(project)
    assert len(many) == len(few)


def test_the_coachs_line_is_a_part_of_a_page() -> None:
    project = tagged(5, 4)
    make_images(project, 1)
    user = User.objects.create_user("reader", password="x")
    Membership.objects.create(user=user, project=project, role=Role.READER)
    client = Client()
    client.force_login(user)
    line = client.get(f"/projects/{project.pk}/coach").content.decode()
    assert "tag 1 has 4 images; 5 are needed." in line
    assert f'href="/projects/{project.pk}/images?tagging=untagged"' in line
    assert Image.objects.filter(project=project).count() == 10
