"""Who may copy a project, by which token, and under what name."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core.signing import dumps

from portal.actors import SYSTEM, Actor, actor_for_training_key
from portal.copying import tokens
from portal.copying.exporting import export_project
from portal.copying.importing import import_project
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import make_project, make_resource, member
from tests.portal.copies import copied, job_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        "",
        "x" * 2000,
        dumps(str(uuid4()), salt="something else"),
        dumps(str(uuid4()), salt=tokens.SALT),
        dumps(7, salt=tokens.SALT),
        "a\0b",
    ],
    ids=["nonsense", "empty", "long", "other purpose", "unknown project", "no id", "zero byte"],
)
def test_a_wrong_token_is_refused(token: str) -> None:
    resource = make_resource()
    with pytest.raises(Refusal) as refusal:
        import_project(actor_for_training_key(resource), resource, token)
    assert refusal.value.code == "BadRequestInvalidImportToken"
    assert not Project.objects.exists()


def test_a_token_ends_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    token = export_project(SYSTEM, project).token
    monkeypatch.setattr(tokens, "LIFETIME", timedelta(seconds=-1))
    with pytest.raises(Refusal) as refusal:
        import_project(SYSTEM, project.resource, token)
    assert (refusal.value.code, "older than a day" in refusal.value.message) == ("BadRequestInvalidImportToken", True)


def test_the_name_is_the_source_s_or_one_like_it_and_unique() -> None:
    project = make_project()
    assert copied(project).name == project.name
    resource = project.resource
    assert [copied(project, resource).name for _ in range(2)] == [f"{project.name} (2)", f"{project.name} (3)"]
    assert copied(project, resource, " Mine ").name == "Mine"
    for name, code in (("Mine", "BadRequestProjectNameNotUnique"), ("n" * 257, "BadRequestProjectName")):
        with pytest.raises(Refusal) as refusal:
            copied(project, resource, name)
        assert refusal.value.code == code


def test_a_long_name_keeps_within_the_limit() -> None:
    project = make_project()
    Project.objects.filter(pk=project.pk).update(name="n" * 256)
    project.refresh_from_db()
    assert copied(project, project.resource).name == "n" * 252 + " (2)"


def test_a_full_resource_takes_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.projects.PROJECTS_PER_RESOURCE", 1)
    project = make_project()
    with pytest.raises(Refusal) as refusal:
        copied(project, project.resource)
    assert refusal.value.code == "BadRequestExceedProjectLimit"


@pytest.mark.parametrize("role", list(Role))
def test_only_a_contributor_exports_and_only_an_administrator_imports(role: Role) -> None:
    project = make_project()
    actor: Actor = member(project, role)
    if role is Role.CONTRIBUTOR:
        token = export_project(actor, project).token
    else:
        with pytest.raises(Refusal) as refusal:
            export_project(actor, project)
        assert refusal.value.code == "ForbiddenUserInsufficientCapability"
        token = export_project(SYSTEM, project).token
    with pytest.raises(Refusal) as refusal:
        import_project(actor, project.resource, token)
    assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert Project.objects.count() == 1


def test_addresses_of_notifications_are_not_copied() -> None:
    wanted = ProjectSettings(notification_uri="https://hooks.example/x", export_container_uri="https://blobs.example/y")
    made = copied(make_project(settings=wanted))
    assert (made.notification_uri, made.export_container_uri) == ("", "")
    assert json.dumps(job_of(made).arguments).count("example") == 0
    assert isinstance(UUID(job_of(made).arguments["source_project_id"]), UUID)
