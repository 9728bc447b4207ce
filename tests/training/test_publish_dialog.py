"""What the publish and unpublish dialogs say."""

import re
from html import unescape

import pytest
from django.test import Client

from labeling.snapshots import gather, write_snapshot
from portal.models import AuditEntry, Membership, Project, ResourceKind, User
from portal.permissions import Role
from tests.builders import key_actor, make_iteration, make_project, make_resource
from tests.training.test_performance import scored_iteration
from training.models import Iteration, PublishedName
from training.publishing import publish_iteration

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def browser(project: Project, role: Role = Role.DEPLOYMENT) -> Client:
    user = User.objects.create_user(f"the {role}", password="x")
    Membership.objects.create(user=user, project=project, role=role)
    client = Client(headers=HTMX)
    client.force_login(user)
    return client


def words_of(page: bytes) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", page.decode()))).strip()


def address(iteration: Iteration, act: str) -> str:
    return f"/projects/{iteration.project_id}/iterations/{iteration.pk}/{act}"


def test_a_published_iteration_is_not_offered_another_name() -> None:
    iteration = make_iteration(make_project())
    target = make_resource(ResourceKind.PREDICTION).full_id
    publish_iteration(key_actor(iteration.project), iteration, "trees", target)
    client = browser(iteration.project)
    assert f"{iteration.name} is published as trees in" in words_of(client.get(address(iteration, "publish")).content)
    again = client.post(address(iteration, "publish"), {"name": "trees", "resource": target, "overwrite": "trees"})
    assert again.status_code == 422
    assert "To give it another name, unpublish it first." in words_of(again.content)
    assert "move from" not in words_of(again.content)


def test_without_a_prediction_resource_the_dialog_says_what_is_missing() -> None:
    iteration = make_iteration(make_project())
    answer = browser(iteration.project).get(address(iteration, "publish"))
    assert "Publishing needs a prediction resource, and there is none." in words_of(answer.content)
    assert b'name="name"' not in answer.content


def test_a_refused_form_keeps_what_was_chosen_and_says_why() -> None:
    first, second = make_resource(ResourceKind.PREDICTION), make_resource(ResourceKind.PREDICTION)
    holder = make_iteration(make_project())
    publish_iteration(key_actor(holder.project), holder, "trees", first.full_id)
    iteration = make_iteration(holder.project)
    client = browser(holder.project)
    unaware = client.post(address(iteration, "publish"), {"name": "trees", "resource": second.full_id})
    assert unaware.status_code == 422
    assert "The name trees is in use: publish again to move it." in words_of(unaware.content)
    assert f'value="{second.full_id}" selected' in unaware.content.decode()
    form = {"name": "trees", "resource": "nowhere", "overwrite": "trees"}
    nowhere = client.post(address(iteration, "publish"), form)
    assert nowhere.status_code == 422
    assert "in use" not in words_of(nowhere.content)
    assert PublishedName.objects.get().iteration_id == holder.pk


def test_unpublishing_says_which_name_stops_answering_and_keeps_a_line_of_it() -> None:
    iteration = make_iteration(make_project())
    resource = make_resource(ResourceKind.PREDICTION)
    publish_iteration(key_actor(iteration.project), iteration, "trees", resource.full_id)
    client = browser(iteration.project)
    dialog = words_of(client.get(address(iteration, "unpublish")).content)
    assert f"Apps that call trees in {resource.name} get “not found” (404) from now on" in dialog
    assert PublishedName.objects.count() == 1
    assert client.post(address(iteration, "unpublish")).status_code == 204
    assert PublishedName.objects.count() == 0
    assert AuditEntry.objects.filter(act="unpublish_iteration").count() == 1


def test_a_labeler_may_not_publish() -> None:
    iteration = make_iteration(make_project())
    target = make_resource(ResourceKind.PREDICTION).full_id
    client = browser(iteration.project, Role.LABELER)
    assert client.get(address(iteration, "publish")).status_code == 403
    assert client.post(address(iteration, "publish"), {"name": "trees", "resource": target}).status_code == 403
    assert PublishedName.objects.count() == 0


def test_the_dialog_puts_suggested_thresholds_on_the_name_or_leaves_what_it_carries() -> None:
    first = scored_iteration()
    target = make_resource(ResourceKind.PREDICTION).full_id
    client = browser(first.project)
    said = client.get(address(first, "publish/thresholds"), {"thresholds": "f1", "name": "trees"})
    assert words_of(said.content).startswith("hemlock 30%, ")
    form = {"name": "trees", "resource": target, "thresholds": "f1"}
    assert client.post(address(first, "publish"), form).status_code == 204
    carried = PublishedName.objects.get().thresholds
    assert sorted(carried.values()) == [0.2, 0.3]

    second = make_iteration(first.project)
    snapshot = write_snapshot(gather(first.project))
    Iteration.objects.filter(pk=second.pk).delete()
    second.snapshot = snapshot
    second.save(force_insert=True)
    form = {"name": "trees", "resource": target, "overwrite": "trees"}
    assert "hemlock 30%, " in words_of(client.get(address(second, "publish")).content)
    assert client.post(address(second, "publish"), {**form, "thresholds": "keep"}).status_code == 204
    assert PublishedName.objects.get().thresholds == carried
    client.post(address(second, "unpublish"))
    assert client.post(address(second, "publish"), {**form, "thresholds": "none"}).status_code == 204
    assert PublishedName.objects.get().thresholds == {}


def test_a_choice_of_thresholds_that_there_is_not_is_refused() -> None:
    iteration = make_iteration(make_project())
    target = make_resource(ResourceKind.PREDICTION).full_id
    form = {"name": "trees", "resource": target, "thresholds": "all of them"}
    assert browser(iteration.project).post(address(iteration, "publish"), form).status_code in (400, 422)
    assert PublishedName.objects.count() == 0
