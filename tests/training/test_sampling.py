"""What a published name stores: who may say so, what makes sense, and where it stands on the pages."""

from typing import Any

import pytest

from portal.errors import Refusal
from portal.models import AuditEntry, Project, ResourceKind
from portal.permissions import Role
from portal.registry_version import current_registry_version
from tests.builders import key_actor, make_iteration, make_project, make_resource, member
from tests.training.test_publish_dialog import address, browser, words_of
from training.models import Iteration, PredictionSampling, PublishedName, SamplingKind
from training.publishing import publish_iteration, unpublish_iteration
from training.sampling import Sampling, all_samplings, sampling_of, set_sampling

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> PublishedName:
    project = make_project()
    target = make_resource(ResourceKind.PREDICTION).full_id
    return publish_iteration(key_actor(project), make_iteration(project), "trees", target)


def publish(project: Project, name: str = "trees", **more: Any) -> tuple[Iteration, PublishedName]:
    iteration, target = make_iteration(project), make_resource(ResourceKind.PREDICTION).full_id
    return iteration, publish_iteration(key_actor(project), iteration, name, target, overwrite=True, **more)


def test_everything_is_stored_until_something_else_is_said(published: PublishedName) -> None:
    assert sampling_of(published.project_id, "trees") == Sampling(SamplingKind.ALL)
    assert all_samplings() == {}
    version = current_registry_version()
    wanted = Sampling(SamplingKind.DAILY, most_a_day=7)
    set_sampling(member(published.project, Role.DEPLOYMENT), published, wanted)
    assert current_registry_version() == version + 1
    assert all_samplings() == {(published.project_id, "trees"): wanted}
    entry = AuditEntry.objects.get(act="set_sampling")
    assert entry.detail == {"name": "trees", "kind": "daily", "sure_percent": 80, "most_a_day": 7}
    set_sampling(key_actor(published.project), published, wanted)
    assert AuditEntry.objects.filter(act="set_sampling").count() == 1


@pytest.mark.parametrize("role", [Role.LABELER, Role.READER])
def test_only_who_may_publish_says_what_is_stored(published: PublishedName, role: Role) -> None:
    with pytest.raises(Refusal) as refused:
        set_sampling(member(published.project, role), published, Sampling(SamplingKind.NONE))
    assert refused.value.status == 403
    client = browser(published.project, role)
    assert client.post(address(published.iteration, "sampling"), {"sampling": "none"}).status_code == 403
    page = client.get(f"/projects/{published.project_id}/performance/{published.iteration_id}").content
    assert ("and stores all predictions." in words_of(page), b"Change what" in page) == (True, False)
    assert not PredictionSampling.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        Sampling("some"),
        Sampling(SamplingKind.UNSURE, sure_percent=49),
        Sampling(SamplingKind.UNSURE, sure_percent=100),
        Sampling(SamplingKind.DAILY, most_a_day=0),
        Sampling(SamplingKind.DAILY, most_a_day=1_000_001),
    ],
)
def test_what_makes_no_sense_is_refused(published: PublishedName, wrong: Sampling) -> None:
    with pytest.raises(Refusal) as refused:
        set_sampling(key_actor(published.project), published, wrong)
    assert refused.value.code == "BadRequestSampling"
    with pytest.raises(Refusal):
        publish(published.project, "others", sampling=wrong)
    assert not PredictionSampling.objects.exists()
    assert PublishedName.objects.count() == 1


def test_it_belongs_to_the_name(published: PublishedName) -> None:
    wanted = Sampling(SamplingKind.NONE)
    set_sampling(key_actor(published.project), published, wanted)
    iteration, _ = publish(published.project)
    assert sampling_of(published.project_id, "trees") == wanted
    unpublish_iteration(key_actor(published.project), iteration)
    publish(published.project)
    assert sampling_of(published.project_id, "trees") == wanted
    publish(published.project, "bushes")
    assert sampling_of(published.project_id, "bushes") == Sampling()
    _, elsewhere = publish(make_project())
    assert sampling_of(elsewhere.project_id, "trees") == Sampling()


def test_the_dialogs(published: PublishedName) -> None:
    client = browser(published.project)
    dialog = client.get(address(published.iteration, "sampling")).content.decode()
    assert 'value="all" checked' in dialog
    answer = client.post(address(published.iteration, "sampling"), {"sampling": "unsure", "sure_percent": "70"})
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")
    assert sampling_of(published.project_id, "trees") == Sampling(SamplingKind.UNSURE, sure_percent=70)
    page = client.get(f"/projects/{published.project_id}/performance/{published.iteration_id}").content
    assert "and stores predictions no surer than 70% to 30%." in words_of(page)
    assert b'aria-label="Change what trees stores"' in page
    refused = client.post(address(published.iteration, "sampling"), {"sampling": "daily", "most_a_day": "many"})
    assert refused.status_code == 422
    assert "How many a day is 1 to 1,000,000" in words_of(refused.content)
    iteration = make_iteration(published.project)
    # The name that comes up brings its own choice; what is chosen here is the name's from then on.
    form = client.get(address(iteration, "publish")).content.decode()
    assert ('value="unsure" checked' in form, 'name="sure_percent" min="50" max="99" value="70"' in form) == (
        True,
        True,
    )
    fields = {"name": "trees", "resource": published.resource.full_id, "overwrite": "trees"}
    assert (
        client.post(address(iteration, "publish"), fields | {"sampling": "daily", "most_a_day": "9"}).status_code == 204
    )
    assert sampling_of(published.project_id, "trees") == Sampling(SamplingKind.DAILY, sure_percent=70, most_a_day=9)


def test_an_iteration_that_is_not_published_stores_nothing_to_choose() -> None:
    iteration = make_iteration(make_project())
    answer = browser(iteration.project).get(address(iteration, "sampling"))
    assert (answer.status_code, "not published" in words_of(answer.content)) == (400, True)
