"""What a failed training offers, by its cause."""

import re
from html import unescape

import pytest
from django.test import Client

from portal.models import Membership, Project, User
from portal.permissions import Role
from tests.builders import make_images, make_iteration, make_project, make_tag
from training.models import Iteration, IterationState, TrainingType

pytestmark = pytest.mark.django_db


def browser(project: Project, role: Role = Role.TRAINER) -> Client:
    user = User.objects.create_user(f"the {role}", password="x")
    Membership.objects.create(user=user, project=project, role=role)
    client = Client()
    client.force_login(user)
    return client


def failed(kind: str, object_id: str = "", training_type: str = TrainingType.REGULAR) -> Iteration:
    iteration = make_iteration(make_project(), IterationState.FAILED)
    hours = 3 if training_type == TrainingType.ADVANCED else 0
    Iteration.objects.filter(pk=iteration.pk).update(
        error="Why. What to do.",
        failure_kind=kind,
        failure_object_id=object_id,
        training_type=training_type,
        budget_hours=hours,
    )
    return iteration


def acts(iteration: Iteration, role: Role = Role.TRAINER) -> list[tuple[str, str]]:
    """The buttons of the failure: words and address."""
    client = browser(iteration.project, role)
    page = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}").content.decode()
    note = page[page.index("This training failed.") :]
    note = note[: note.index("</p>")]
    return [
        (words, unescape(address))
        for address, words in re.findall(r'<(?:a|button)[^>]*(?:href|hx-get)="([^"]+)"[^>]*>([^<]+)<', note)
    ]


def test_a_tag_without_images_leads_to_its_images() -> None:
    iteration = failed("tag_without_images", "17")
    base = f"/projects/{iteration.project_id}"
    assert acts(iteration) == [
        ("Show images of this tag", f"{base}/images?tag=17"),
        ("Train again", f"{base}/train?training_type=Regular"),
    ]


def test_an_unreadable_image_is_one_press_away() -> None:
    iteration = failed("unreadable_images", "abc")
    assert acts(iteration)[0] == ("Show the image", f"/projects/{iteration.project_id}/images?image=abc")


def test_advanced_that_ran_out_of_memory_is_offered_quick() -> None:
    iteration = failed("out_of_memory", training_type=TrainingType.ADVANCED)
    again = f"/projects/{iteration.project_id}/train?training_type=Regular"
    assert acts(iteration) == [("Train again, Quick", again)]


def test_an_interrupted_training_begins_again_as_it_was_asked_for() -> None:
    iteration = failed("interrupted", training_type=TrainingType.ADVANCED)
    ((words, address),) = acts(iteration)
    assert words == "Train again"
    for name in ("cup", "can"):
        make_images(iteration.project, 5, [make_tag(iteration.project, name)])
    user = User.objects.create_superuser("admin", password="x")
    client = Client()
    client.force_login(user)
    dialog = client.get(address).content.decode()
    assert 'value="Advanced" checked' in dialog
    assert 'name="budget_hours" min="1" max="96" value="3"' in dialog


def test_who_may_not_train_sees_the_cause_and_no_button_to_train() -> None:
    assert acts(failed("interrupted"), Role.READER) == []


@pytest.mark.parametrize("hours", ["-1", "97", "soon", "9" * 30, ""])
def test_nonsense_in_the_address_of_the_dialog_gives_the_default(hours: str) -> None:
    project = make_project()
    answer = browser(project).get(f"/projects/{project.pk}/train?training_type=Advanced&budget_hours={hours}")
    assert answer.status_code == 200
    assert 'name="budget_hours" min="1" max="96" value="1"' in answer.content.decode()
