"""Published names: who may, what they point at, what stands in the way."""

import pytest

from portal.errors import Refusal
from portal.models import AuditEntry, ResourceKind
from portal.permissions import Role
from portal.registry_version import current_registry_version
from tests.builders import key_actor, make_iteration, make_project, make_resource, member
from training.iterations import delete_iteration, project_iterations, rename_iteration
from training.models import Iteration, IterationState, PublishedName, PublishEvent
from training.publishing import publish_iteration, unpublish_iteration

pytestmark = pytest.mark.django_db


def prediction_id() -> str:
    return make_resource(ResourceKind.PREDICTION).full_id


def refused(iteration: Iteration, name: str, target: str, *, overwrite: bool = False) -> str:
    before = list(PublishedName.objects.values_list("name", "iteration_id"))
    version = current_registry_version()
    with pytest.raises(Refusal) as refusal:
        publish_iteration(key_actor(iteration.project), iteration, name, target, overwrite=overwrite)
    assert list(PublishedName.objects.values_list("name", "iteration_id")) == before
    assert current_registry_version() == version
    return refusal.value.code


def test_publishing_points_the_name_at_the_iteration_and_tells_the_web_processes() -> None:
    iteration, target = make_iteration(make_project()), prediction_id()
    version = current_registry_version()
    publish_iteration(key_actor(iteration.project), iteration, "trees", target)
    assert PublishedName.objects.get().iteration == iteration
    assert current_registry_version() == version + 1
    assert [(event.act, event.name) for event in PublishEvent.objects.all()] == [("publish", "trees")]
    assert AuditEntry.objects.filter(act="publish_iteration", object_id=str(iteration.pk)).count() == 1


def test_the_resource_id_may_differ_in_case() -> None:
    iteration, target = make_iteration(make_project()), prediction_id()
    publish_iteration(key_actor(iteration.project), iteration, "trees", target.upper())
    assert PublishedName.objects.count() == 1


@pytest.mark.parametrize("target", ["", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/subscriptions/x/accounts/y"])
def test_a_short_resource_id_is_no_target(target: str) -> None:
    assert refused(make_iteration(make_project()), "trees", target) == "BadRequestInvalidPublishTarget"


def test_a_training_resource_is_no_target() -> None:
    iteration = make_iteration(make_project())
    assert refused(iteration, "trees", iteration.project.resource.full_id) == "BadRequestInvalidPublishTarget"


@pytest.mark.parametrize("state", [state for state in IterationState if state != IterationState.COMPLETED])
def test_only_a_trained_iteration_can_be_published(state: IterationState) -> None:
    assert refused(make_iteration(make_project(), state), "trees", prediction_id()) == "BadRequestIterationIsNotTrained"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_published_iteration_must_be_unpublished_first(overwrite: bool) -> None:
    iteration, target = make_iteration(make_project()), prediction_id()
    publish_iteration(key_actor(iteration.project), iteration, "trees", target)
    assert refused(iteration, "other", target, overwrite=overwrite) == "BadRequestIterationIsPublished"


def test_a_name_in_use_moves_only_with_overwrite() -> None:
    project, target = make_project(), prediction_id()
    old, new = make_iteration(project), make_iteration(project)
    publish_iteration(key_actor(project), old, "trees", target)
    assert refused(new, "trees", target) == "BadRequestInvalidPublishName"
    publish_iteration(key_actor(project), new, "trees", target, overwrite=True)
    assert PublishedName.objects.get(name="trees").iteration == new
    assert [event.act for event in PublishEvent.objects.order_by("id")] == ["publish", "unpublish", "publish"]


def test_the_same_name_in_two_projects_is_two_names() -> None:
    target = prediction_id()
    for _ in range(2):
        iteration = make_iteration(make_project())
        publish_iteration(key_actor(iteration.project), iteration, "trees", target)
    assert PublishedName.objects.filter(name="trees").count() == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 257, "x\0", ".", " .. "])
def test_a_name_that_no_address_can_hold_is_refused(name: str) -> None:
    assert refused(make_iteration(make_project()), name, prediction_id()) == "BadRequestInvalidPublishName"


def test_unpublishing_takes_the_name_away_once() -> None:
    iteration = make_iteration(make_project())
    publish_iteration(key_actor(iteration.project), iteration, "my model/1 ä", prediction_id())
    unpublish_iteration(key_actor(iteration.project), iteration)
    assert PublishedName.objects.count() == 0
    with pytest.raises(Refusal) as refusal:
        unpublish_iteration(key_actor(iteration.project), iteration)
    assert refusal.value.code == "BadRequestIterationNotPublished"


@pytest.mark.parametrize("role", Role)
def test_roles_that_may_publish(role: Role) -> None:
    iteration, target = make_iteration(make_project()), prediction_id()
    actor = member(iteration.project, role)
    if role in {Role.CONTRIBUTOR, Role.TRAINER, Role.DEPLOYMENT}:
        publish_iteration(actor, iteration, "trees", target)
        unpublish_iteration(actor, iteration)
        assert PublishEvent.objects.count() == 2
    else:
        with pytest.raises(Refusal):
            publish_iteration(actor, iteration, "trees", target)
        with pytest.raises(Refusal):
            unpublish_iteration(actor, iteration)
        assert PublishEvent.objects.count() == 0


def test_a_published_iteration_cannot_be_deleted() -> None:
    iteration = make_iteration(make_project())
    publish_iteration(key_actor(iteration.project), iteration, "trees", prediction_id())
    with pytest.raises(Refusal) as refusal:
        delete_iteration(key_actor(iteration.project), iteration)
    assert refusal.value.code == "BadRequestIterationIsPublished"
    assert project_iterations(iteration.project).count() == 1


def test_a_deleted_iteration_is_gone_at_once_and_its_name_free() -> None:
    project = make_project()
    iteration = make_iteration(project)
    delete_iteration(key_actor(project), iteration)
    assert not project_iterations(project).exists()
    other = make_iteration(project)
    assert rename_iteration(key_actor(project), other, iteration.name).name == iteration.name


def test_an_iteration_in_training_cannot_be_deleted() -> None:
    iteration = make_iteration(make_project(), IterationState.TRAINING)
    with pytest.raises(Refusal) as refusal:
        delete_iteration(key_actor(iteration.project), iteration)
    assert refusal.value.code == "BadRequestTrainingAlreadyInProgress"


def test_two_iterations_cannot_have_one_name() -> None:
    project = make_project()
    first, second = make_iteration(project), make_iteration(project)
    with pytest.raises(Refusal) as refusal:
        rename_iteration(key_actor(project), second, first.name)
    assert refusal.value.code == "BadRequestIterationNameNotUnique"
