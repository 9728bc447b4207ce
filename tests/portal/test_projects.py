"""Projects: made, seen, changed; by whom."""

from uuid import UUID, uuid4

import pytest

from portal.actors import SYSTEM, actor_for_training_key
from portal.domains import DOMAINS, GENERAL_CLASSIFICATION, GENERAL_DETECTION
from portal.errors import Refusal
from portal.models import AuditEntry, ClassificationType, Project
from portal.permissions import Role
from portal.projects import (
    ProjectChange,
    ProjectSettings,
    create_project,
    get_project,
    update_project,
    visible_projects,
)
from tests.builders import key_actor, make_project, make_resource, member
from tests.wire.http import Api, project_path

pytestmark = pytest.mark.django_db

FOOD = UUID("c151d5b5-dd07-472a-acc8-15d29dea8518")
RETIRED = UUID("45badf75-3591-4f26-a705-45678d3e9f5f")


def test_a_new_project_gets_custom_vision_s_defaults() -> None:
    resource = make_resource()
    project = create_project(actor_for_training_key(resource), resource, " Trees ")
    assert (project.name, project.description, project.thumbnail) == ("Trees", "", "")
    assert project.domain_id == GENERAL_CLASSIFICATION
    assert project.classification_type == ClassificationType.MULTILABEL
    entry = AuditEntry.objects.get(act="create_project", project_id=project.pk)
    assert (entry.actor_kind, entry.actor_name, entry.detail) == ("key", resource.name, {"name": "Trees"})


def test_a_detection_project_has_no_classification_type() -> None:
    assert make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION)).classification_type is None


@pytest.mark.parametrize(
    ("name", "wanted", "code"),
    [
        ("", None, "BadRequestProjectName"),
        ("n" * 257, None, "BadRequestProjectName"),
        ("taken", None, "BadRequestProjectNameNotUnique"),
        ("new", ProjectSettings(domain_id=uuid4()), "BadRequestProjectUnknownDomain"),
        ("new", ProjectSettings(domain_id=RETIRED), "BadRequestProjectUnknownDomain"),
        ("new", ProjectSettings(classification_type="Odd"), "BadRequestProjectUnknownClassification"),
        ("new", ProjectSettings(target_export_platforms=["Odd"]), "BadRequestProjectUnsupportedExportPlatform"),
    ],
)
def test_a_project_is_refused_with_the_right_code(name: str, wanted: ProjectSettings | None, code: str) -> None:
    resource = make_resource()
    actor = actor_for_training_key(resource)
    create_project(actor, resource, "taken")
    with pytest.raises(Refusal) as refusal:
        create_project(actor, resource, name, "", wanted)
    assert refusal.value.code == code
    assert [project.name for project in visible_projects(actor)] == ["taken"]


def test_names_are_unique_inside_a_resource_only() -> None:
    for resource in (make_resource(), make_resource()):
        create_project(SYSTEM, resource, "same")
    assert Project.objects.filter(name="same").count() == 2


def test_a_resource_holds_so_many_projects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.projects.PROJECTS_PER_RESOURCE", 1)
    project = make_project()
    with pytest.raises(Refusal) as refusal:
        create_project(key_actor(project), project.resource, "second")
    assert refusal.value.code == "BadRequestExceedProjectLimit"


def test_a_key_makes_projects_in_its_own_resource_alone() -> None:
    with pytest.raises(Refusal) as refusal:
        create_project(actor_for_training_key(make_resource()), make_resource(), "intruder")
    assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert not Project.objects.filter(name="intruder").exists()


def test_the_domain_changes_inside_its_type() -> None:
    project = make_project()
    actor = key_actor(project)
    assert update_project(actor, project, ProjectChange(domain_id=FOOD)).domain_id == FOOD
    with pytest.raises(Refusal) as refusal:
        update_project(actor, project, ProjectChange(name="other", domain_id=GENERAL_DETECTION))
    assert refusal.value.code == "BadRequestProjectUnsupportedDomainTypeChange"
    stored = Project.objects.get(pk=project.pk)
    assert stored.domain_id == FOOD
    assert stored.name != "other"


def test_a_change_to_a_taken_name_is_refused() -> None:
    project = make_project()
    other = make_project(project.resource)
    with pytest.raises(Refusal) as refusal:
        update_project(key_actor(project), project, ProjectChange(name=other.name))
    assert refusal.value.code == "BadRequestProjectNameNotUnique"


@pytest.mark.parametrize("role", list(Role))
def test_members_see_their_projects_and_only_some_change_them(role: Role) -> None:
    project, hidden = make_project(), make_project()
    actor = member(project, role)
    assert list(visible_projects(actor)) == [project]
    assert get_project(actor, project.pk) == project
    with pytest.raises(Refusal) as refusal:
        get_project(actor, hidden.pk)
    assert refusal.value.code == "NotFoundProject"
    if role in (Role.CONTRIBUTOR, Role.TRAINER):
        assert update_project(actor, project, ProjectChange(description="changed")).description == "changed"
        return
    with pytest.raises(Refusal) as refusal:
        update_project(actor, project, ProjectChange(description="changed"))
    assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert Project.objects.get(pk=project.pk).description == ""


def test_projects_over_http() -> None:
    api = Api(make_resource())
    made = api.post(
        f"/projects?name=Trees&description=a%20test&domainId={FOOD}&classificationType=multiclass"
        "&targetExportPlatforms=ONNX,CoreML",
        {"notificationQueueUri": "https://queue.example/q"},
    ).json()
    assert set(made) == {
        "id",
        "name",
        "description",
        "settings",
        "created",
        "lastModified",
        "thumbnailUri",
        "drModeEnabled",
        "status",
    }
    assert made["settings"] == {
        "domainId": str(FOOD),
        "classificationType": "Multiclass",
        "targetExportPlatforms": ["ONNX", "CoreML"],
        "useNegativeSet": None,
        "imageProcessingSettings": {"augmentationMethods": {}},
        "exportModelContainerUri": None,
        "notificationQueueUri": "https://queue.example/q",
    }
    assert api.get("/projects").json() == [made]
    path = f"/projects/{made['id']}"
    changed = api.patch(
        path, {"name": "Leaves", "settings": {"imageProcessingSettings": {"augmentationMethods": {"flip": True}}}}
    ).json()
    assert changed["name"] == "Leaves"
    assert changed["description"] == "a test"
    assert changed["settings"]["imageProcessingSettings"] == {"augmentationMethods": {"flip": True}}
    assert api.get(path).json() == changed
    assert api.post("/projects?name=Leaves").json()["code"] == "BadRequestProjectNameNotUnique"
    assert api.post("/projects").json()["code"] == "BadRequestRequiredParamIsNull"
    assert api.delete(path).status_code == 204
    assert api.get(path).json()["code"] == "NotFoundProject"


def test_the_picture_of_a_project_has_an_address() -> None:
    project = make_project()
    Project.objects.filter(pk=project.pk).update(thumbnail="projects/x/thumbnails/a.jpg")
    answer = Api(project.resource).get(project_path(project)).json()
    assert "/files/projects/x/thumbnails/a.jpg?expires=" in answer["thumbnailUri"]


def test_every_domain_is_a_known_one() -> None:
    assert len(DOMAINS) == 17
