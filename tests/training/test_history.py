"""The History view: who published what and when, the way back, and the gates of the project on pages."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.errors import Refusal
from portal.models import AuditEntry, Project, User
from portal.permissions import Role
from tests.builders import key_actor, make_iteration, make_project, member
from tests.training.judged import keep_scores, lock_images, prediction_id, scored_iteration, two_tags
from training.gates import GateRule, add_gate, project_gates
from training.iterations import delete_iteration
from training.models import GateMeasure, Iteration, LockedTestScore, PublishedName, PublishEvent
from training.name_history import PERIODS_A_PAGE, name_history
from training.name_thresholds import set_thresholds
from training.publishing import publish_iteration, unpublish_iteration
from training.rollback import go_back

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def browser(project: Project, role: Role = Role.CONTRIBUTOR) -> Client:
    client = Client(headers=HTMX)
    client.force_login(User.objects.get(pk=member(project, role).id))
    return client


def words_of(content: bytes) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", content.decode()))).strip()


def moved(project: Project, count: int = 2, name: str = "trees") -> list[Iteration]:
    """Iterations that answered under the name one after the other."""
    target, iterations = prediction_id(), [make_iteration(project) for _ in range(count)]
    for iteration in iterations:
        publish_iteration(key_actor(project), iteration, name, target, overwrite=True)
    return iterations


def publishing_of(iteration: Iteration) -> PublishEvent:
    return PublishEvent.objects.filter(iteration_id=iteration.pk, act="publish").latest("pk")


def test_periods_say_from_when_until_when_newest_first() -> None:
    project = make_project()
    first, second = moved(project)
    moved(make_project())  # another project's
    other = moved(project, 1, "bushes")[0]
    _, periods = name_history(project.pk, "", None)
    assert [(each.began.name, each.iteration) for each in periods] == [
        ("bushes", other),
        ("trees", second),
        ("trees", first),
    ]
    assert [each.ended is None for each in periods] == [True, True, False]
    ended = periods[2].ended
    assert ended is not None
    assert (ended.iteration_id, ended.act) == (first.pk, "unpublish")
    assert [each.iteration for each in name_history(project.pk, "trees", None)[1]] == [second, first]
    assert name_history(project.pk, "nothing", None)[1] == []


def test_the_page_takes_as_many_queries_for_many_periods_as_for_few() -> None:
    project = make_project()
    moved(project, 2)
    client = browser(project)
    _count(client, project)  # the first look is noted
    before = _count(client, project)
    moved(project, PERIODS_A_PAGE + 3)
    assert _count(client, project) == before
    page = client.get(f"/projects/{project.pk}/performance/history").content
    assert page.count(b"Answers now") == 1
    assert "Page 1 of 2" in words_of(page)
    assert "Page 2 of 2" in words_of(client.get(f"/projects/{project.pk}/performance/history?page=2").content)


def _count(client: Client, project: Project) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/projects/{project.pk}/performance/history").status_code == 200
    return len(queries)


def test_going_back_brings_iteration_resource_and_thresholds_of_that_time() -> None:
    project, tags = two_tags()
    first, second = (scored_iteration(project, tags, [], 0) for _ in range(2))
    one, two = prediction_id(), prediction_id()
    actor = key_actor(project)
    published = publish_iteration(actor, first, "trees", one, thresholds={tags[0].pk: 0.7})
    set_thresholds(actor, published, {tags[0].pk: 0.8, tags[1].pk: 0.4})
    publish_iteration(actor, second, "trees", two, overwrite=True, thresholds={})
    now = go_back(actor, project, publishing_of(first).pk)
    assert (now.iteration, now.resource.full_id, now.name) == (first, one, "trees")
    assert now.thresholds == {str(tags[0].pk): 0.8, str(tags[1].pk): 0.4}
    assert PublishedName.objects.count() == 1
    assert AuditEntry.objects.filter(act="publish_iteration", object_id=str(first.pk)).count() == 2
    assert [event.act for event in PublishEvent.objects.order_by("pk")] == [
        "publish",
        "unpublish",
        "publish",
        "unpublish",
        "publish",
    ]


def test_thresholds_go_along_with_the_name_for_tags_that_the_next_one_knows() -> None:
    project, tags = two_tags()
    first = scored_iteration(project, tags, [], 0)
    second = scored_iteration(project, tags[:1], [], 0)
    actor, target = key_actor(project), prediction_id()
    publish_iteration(actor, first, "trees", target, thresholds={tags[0].pk: 0.7, tags[1].pk: 0.2})
    publish_iteration(actor, second, "trees", target, overwrite=True)
    assert PublishedName.objects.get().thresholds == {str(tags[0].pk): 0.7}
    unpublish_iteration(actor, second)
    publish_iteration(actor, first, "trees", target)
    assert PublishedName.objects.get().thresholds == {str(tags[0].pk): 0.7}
    for wrong in ({tags[1].pk: 1.5}, {project.pk: 0.5}, {"tag": 0.5}):
        with pytest.raises(Refusal) as refused:
            set_thresholds(actor, PublishedName.objects.get(), wrong)
        assert refused.value.code == "BadRequest"
    assert PublishedName.objects.get().thresholds == {str(tags[0].pk): 0.7}


def test_going_back_is_refused_where_something_is_gone_or_stands_elsewhere() -> None:
    project = make_project()
    first, second, third = moved(project, 3)
    actor = key_actor(project)
    publish_iteration(actor, first, "elsewhere", prediction_id())
    with pytest.raises(Refusal, match="Iteration is already published as: elsewhere"):
        go_back(actor, project, publishing_of(first).pk)
    delete_iteration(actor, second)
    with pytest.raises(Refusal) as refused:
        go_back(actor, project, publishing_of(second).pk)
    assert refused.value.message == (
        f"{second.name} was deleted, so trees cannot go back to it: choose another iteration."
    )
    with pytest.raises(Refusal) as refused:
        go_back(key_actor(other := make_project()), other, publishing_of(third).pk)
    assert refused.value.code == "NotFoundIteration"
    unpublish_iteration(actor, first)
    PublishEvent.objects.update(resource=None)
    with pytest.raises(Refusal) as refused:
        go_back(actor, project, PublishEvent.objects.filter(iteration_id=first.pk).earliest("pk").pk)
    assert refused.value.code == "NotFoundResource"
    assert PublishedName.objects.get().iteration == third


def test_one_press_goes_back_and_the_page_says_so() -> None:
    project = make_project()
    first, second = moved(project)
    client = browser(project, Role.DEPLOYMENT)
    page = client.get(f"/projects/{project.pk}/performance/history")
    assert f"trees answers with {second.name} in" in words_of(page.content)
    assert f"Back to {first.name}" in words_of(page.content)
    answer = client.post(f"/projects/{project.pk}/performance/history/{publishing_of(first).pk}/back")
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")
    assert f"trees answers with {first.name} in" in words_of(
        client.get(f"/projects/{project.pk}/performance/history").content
    )
    reader = browser(project, Role.READER)
    assert b"Back to" not in reader.get(f"/projects/{project.pk}/performance/history").content
    refused = reader.post(f"/projects/{project.pk}/performance/history/{publishing_of(second).pk}/back")
    assert refused.status_code == 403
    assert PublishedName.objects.get().iteration == first


def test_a_gate_refuses_the_way_back_until_there_is_a_reason_which_the_history_keeps() -> None:
    project, tags = two_tags()
    images = lock_images(project, tags, 40)
    worse, better = scored_iteration(project, tags, images, 4), scored_iteration(project, tags, images, 0)
    target = prediction_id()
    for iteration in (worse, better):
        publish_iteration(key_actor(project), iteration, "trees", target, overwrite=True)
    add_gate(key_actor(project), project, GateRule(GateMeasure.RECALL, most_fall_points=1))
    client = browser(project)
    back = f"/projects/{project.pk}/performance/history/{publishing_of(worse).pk}/back"
    refused = client.post(back)
    assert refused.status_code == 422
    words = words_of(refused.content)
    assert f"Back to {worse.name}" in words
    assert f"Apps that call trees still get {better.name}" in words
    assert "would fall by 10 points, from 100.0 to 90.0 on 40 images; at most 1 is allowed" in words
    assert b'name="override_reason"' in refused.content
    assert PublishedName.objects.get().iteration == better
    assert client.post(back, {"override_reason": "The new one sees cups in the dark."}).status_code == 204
    page = words_of(client.get(f"/projects/{project.pk}/performance/history").content)
    assert "Gate overridden" in page
    assert "“The new one sees cups in the dark.”" in page
    log = words_of(client.get(f"/projects/{project.pk}/settings").content)
    assert "overriding a publish gate: The new one sees cups in the dark." in log


def test_the_publish_dialog_says_what_the_gates_say_before_it_is_pressed() -> None:
    project, tags = two_tags()
    images = lock_images(project, tags, 40)
    old, new = scored_iteration(project, tags, images, 0), scored_iteration(project, tags, images, 2)
    target = prediction_id()
    publish_iteration(key_actor(project), old, "trees", target)
    client = browser(project, Role.DEPLOYMENT)
    dialog = f"/projects/{project.pk}/iterations/{new.pk}/publish"
    assert b"gate" not in client.get(dialog).content
    add_gate(key_actor(project), project, GateRule(GateMeasure.RECALL, most_fall_points=1))
    add_gate(key_actor(project), project, GateRule(GateMeasure.AVERAGE_PRECISION, most_fall_points=20))
    assert b"Looking at what the gates say" in client.get(dialog).content

    def gates(name: str) -> str:
        answer = client.get(f"{dialog}/move", {"name": name})
        assert answer.status_code == 200
        return answer.content.decode()

    said = gates("trees")
    assert "1 of 2 gates do not let it through" in words_of(said.encode())
    assert 'name="override_reason"' in said
    assert "load delay" not in said
    assert "No gate applies" in gates("bushes")
    assert f"Apps that call trees move from {old.name} to {new.name} at once" in words_of(said.encode())
    assert 'name="overwrite" value="trees"' in said
    assert "overwrite" not in gates("bushes")
    assert "override_reason" not in gates("bushes")

    LockedTestScore.objects.filter(iteration=new).delete()
    waiting = gates("trees")
    assert "load delay:2s" in waiting
    assert "40 of 80 answers" in words_of(waiting.encode())
    keep_scores(new, 2, images, 0)
    passing = gates("trees")
    assert f"Compared with {old.name}, the gates let it through" in words_of(passing.encode())
    assert "override_reason" not in passing

    LockedTestScore.objects.filter(iteration=new).delete()
    keep_scores(new, 2, images, 2)
    form = {"name": "trees", "resource": target, "overwrite": "trees"}
    refused = client.post(dialog, form)
    assert refused.status_code == 422
    assert words_of(refused.content).count("would fall by 5 points") == 1
    assert client.post(dialog, form | {"override_reason": "It must."}).status_code == 204
    assert PublishEvent.objects.latest("pk").override_reason == "It must."


def test_gates_are_set_and_removed_by_who_manages_the_project_alone() -> None:
    project, tags = two_tags()
    client, trainer = browser(project), browser(project, Role.TRAINER)
    new = f"/projects/{project.pk}/publish-gates/new"
    assert trainer.get(new).status_code == 403
    assert trainer.post(new, {"measure": "f1"}).status_code == 403
    assert b"Set the gate" in client.get(new).content
    form = {"measure": "recall", "tag": str(tags[0].pk), "threshold": "40", "points": "1,5"}
    assert client.post(new, form).status_code == 204
    (gate,) = project_gates(project.pk)
    assert (gate.measure, gate.tag_id, gate.threshold_percent, gate.most_fall_points) == (
        "recall",
        tags[0].pk,
        40,
        1.5,
    )
    words = "Recall of can at 40% may fall by at most 1.5 points"
    page = f"/projects/{project.pk}/performance/history"
    assert words in words_of(client.get(page).content)
    assert b"Remove the gate" in client.get(page).content
    assert b"Remove the gate" not in trainer.get(page).content
    for wrong in ({"points": "many"}, {"threshold": "-1"}, {"tag": "x"}, {"measure": "speed"}, {}):
        again = client.post(new, form | wrong)
        assert again.status_code == 422, wrong
    remove = f"/projects/{project.pk}/publish-gates/{gate.pk}/remove"
    assert trainer.post(remove).status_code == 403
    assert client.post(remove).status_code == 204
    assert project_gates(project.pk) == []
    assert f"removed a publish gate: {words}" in words_of(client.get(f"/projects/{project.pk}/settings").content)
