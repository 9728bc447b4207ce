"""What the Export dialog says and does."""

import pytest
from django.test import Client

from portal.models import Membership, Project, User
from portal.permissions import Role
from tests.builders import make_iteration, make_project
from tests.training.test_exports import exported, iteration_with_model
from tests.training.test_publish_dialog import words_of
from training import exports
from training.models import Export, ExportState, Iteration, IterationState

pytestmark = pytest.mark.django_db(transaction=True)


def browser(project: Project, role: Role = Role.DEPLOYMENT) -> Client:
    user = User.objects.create_user(f"the {role}", password="x")
    Membership.objects.create(user=user, project=project, role=role)
    client = Client(headers={"HX-Request": "true"})
    client.force_login(user)
    return client


def address(iteration: Iteration, part: str = "") -> str:
    return f"/projects/{iteration.project_id}/iterations/{iteration.pk}/export{part}"


def test_from_asking_to_downloading() -> None:
    iteration = iteration_with_model()
    client = browser(iteration.project)
    dialog = client.get(address(iteration)).content.decode()
    assert dialog.count("Export<span") == 4
    assert "hx-trigger" not in dialog
    asked = client.post(address(iteration), {"flavor": "ONNX10"}).content.decode()
    assert 'aria-label="Exporting ONNX10"' in asked
    assert 'hx-trigger="load delay' in asked
    again = client.post(address(iteration), {"flavor": "onnx10"})
    assert (again.status_code, Export.objects.count()) == (200, 1)
    Export.objects.all().delete()
    export = exported(iteration, "ONNX10")
    done = client.get(address(iteration, "/flavors")).content.decode()
    assert "hx-trigger" not in done
    assert done.count("Export<span") == 3
    assert export.file in done
    answer = client.get(done.partition('href="')[2].partition('"')[0].replace("&amp;", "&"))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]


def test_a_failed_one_says_why_and_can_be_tried_again() -> None:
    iteration = iteration_with_model()
    Export.objects.create(iteration=iteration, platform="ONNX", state=ExportState.FAILED, error="The disk is full.")
    words = words_of(browser(iteration.project).get(address(iteration)).content)
    assert "The disk is full." in words
    assert "Try again ONNX" in words


def test_an_outdated_one_can_be_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    iteration = iteration_with_model()
    exported(iteration)
    monkeypatch.setattr(exports, "EXPORTER_VERSION", "next")
    assert "Export again ONNX" in words_of(browser(iteration.project).get(address(iteration)).content)


def test_what_there_is_not_is_refused_in_the_dialog() -> None:
    iteration = iteration_with_model()
    answer = browser(iteration.project).post(address(iteration), {"flavor": "ONNX99"})
    assert answer.status_code == 422
    assert "ONNX has no flavor ONNX99" in words_of(answer.content)
    assert Export.objects.count() == 0


def test_one_that_is_not_trained_has_no_dialog() -> None:
    iteration = make_iteration(make_project(), IterationState.FAILED)
    assert browser(iteration.project).get(address(iteration)).status_code == 400


@pytest.mark.parametrize(("role", "is_there"), [(Role.DEPLOYMENT, True), (Role.READER, False)])
def test_the_button_is_there_for_those_who_may_publish(role: Role, is_there: bool) -> None:
    iteration = iteration_with_model()
    page = browser(iteration.project, role).get(f"/projects/{iteration.project_id}/performance/{iteration.pk}")
    assert (address(iteration) in page.content.decode()) == is_there
    assert browser_status(iteration, role) == (200 if is_there else 403)


def browser_status(iteration: Iteration, role: Role) -> int:
    client = Client()
    client.force_login(User.objects.get(username=f"the {role}"))
    return client.get(address(iteration)).status_code
