"""Parameters of a training, and tags and iterations that clients send back whole."""

from typing import Any
from uuid import uuid4

import pytest

from labeling.models import Region
from portal.domains import GENERAL_DETECTION
from portal.models import Project
from portal.projects import ProjectSettings
from tests.builders import make_images, make_iteration, make_project, make_tag
from tests.wire.http import Api, project_path
from training.models import Iteration, IterationState

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    """Three tags of five images each."""
    made = make_project()
    for name in ("ash", "elm", "fir"):
        make_images(made, 5, [make_tag(made, name)])
    return made


@pytest.fixture
def boxed() -> Project:
    """A detection project with one tag on fifteen images."""
    made = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    tag = make_tag(made, "can")
    Region.objects.bulk_create(
        Region(image=image, tag=tag, left=0.1, top=0.1, width=0.2, height=0.2, created_by="test")
        for image in make_images(made, 15, [tag])
    )
    return made


def train(project: Project, query: str = "", body: Any = None) -> Any:
    """The iteration, or the code that it was refused with."""
    answer = Api(project.resource).post(f"{project_path(project)}/train?{query}", body).json()
    return answer.get("code", answer)


@pytest.mark.parametrize(
    ("query", "kind", "hours"),
    [
        ("", "Regular", 0),
        ("reservedBudgetInHours=0&forceTrain=false", "Regular", 0),
        ("trainingType=regular&reservedBudgetInHours=5", "Regular", 0),
        ("trainingType=Advanced&reservedBudgetInHours=5", "Advanced", 5),
        ("TrainingType=advanced&notificationEmailAddress=ana%40example.com", "Advanced", 0),
    ],
)
def test_training_type_and_budget_come_back(project: Project, query: str, kind: str, hours: int) -> None:
    iteration = train(project, query)
    assert (iteration["trainingType"], iteration["reservedBudgetInHours"]) == (kind, hours)
    assert iteration["status"] == "Training"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("trainingType=Slow", "BadRequest"),
        ("reservedBudgetInHours=-1", "BadRequest"),
        ("reservedBudgetInHours=97", "BadRequest"),
        ("reservedBudgetInHours=soon", "BadRequest"),
        ("forceTrain=maybe", "BadRequest"),
        ("notificationEmailAddress=ana", "BadRequestInvalidEmailAddress"),
    ],
)
def test_parameters_that_make_no_sense_start_nothing(project: Project, query: str, code: str) -> None:
    assert train(project, query) == code
    assert not Iteration.objects.exists()


def test_force_train_trains_what_has_not_changed(project: Project) -> None:
    first = Iteration.objects.get(pk=train(project)["id"])
    assert train(project, "forceTrain=true") == "BadRequestTrainingAlreadyInProgress"
    Iteration.objects.filter(pk=first.pk).update(
        state=IterationState.COMPLETED, artifact="a.onnx", trained="2026-01-01T00:00Z"
    )
    assert train(project) == "BadRequestTrainingNotNeeded"
    assert train(project, "forceTrain=true")["name"] == "Iteration 2"


def test_selected_tags_train_a_subset(project: Project) -> None:
    api = Api(project.resource)
    tags = {tag["name"]: tag["id"] for tag in api.get(f"{project_path(project)}/tags").json()}
    iteration = train(project, body={"selectedTags": [tags["ash"], tags["fir"]], "customBaseModelInfo": None})
    frozen = api.get(f"{project_path(project)}/tags?iterationId={iteration['id']}").json()
    assert {tag["name"]: tag["imageCount"] for tag in frozen} == {"ash": 5, "fir": 5}


@pytest.mark.parametrize("body", [None, {}, {"selectedTags": None}, {"SelectedTags": []}])
def test_no_selection_means_all_tags(project: Project, body: Any) -> None:
    iteration = train(project, body=body)
    path = f"{project_path(project)}/images/tagged/count?iterationId={iteration['id']}"
    assert Api(project.resource).get(path).json() == 15


def test_a_selection_of_unknown_or_too_few_tags_is_refused(project: Project) -> None:
    assert train(project, body={"selectedTags": [str(uuid4())]}) == "NotFoundTag"
    assert train(project, body={"selectedTags": ["ash"]}) == "BadRequestInvalidIds"
    one = str(project.tags.all()[0].pk)
    assert train(project, body={"selectedTags": [one]}) == "BadRequestClassificationTrainingValidationFailed"


def test_a_base_model_comes_back_in_the_iteration(boxed: Project) -> None:
    base = make_iteration(boxed)
    reference = {"projectId": str(boxed.pk), "iterationId": str(base.pk)}
    assert train(boxed, body={"customBaseModelInfo": reference})["customBaseModelInfo"] == reference


def test_a_base_model_that_will_not_do_is_refused(boxed: Project, project: Project) -> None:
    def refused(project_id: object, iteration_id: object, trained: Project = boxed) -> Any:
        body = {"customBaseModelInfo": {"projectId": str(project_id), "iterationId": str(iteration_id)}}
        return train(trained, body=body)

    base = make_iteration(boxed)
    unfinished = make_iteration(boxed, IterationState.FAILED)
    other = make_iteration(make_project(boxed.resource))
    assert refused(boxed.pk, uuid4()) == "NotFoundIteration"
    assert refused(boxed.pk, unfinished.pk) == "BadRequestCustomBaseModelIterationStatusNotCompleted"
    assert refused(other.project_id, other.pk) == "BadRequestCustomBaseModelDomainNotCompatible"
    assert refused(project.pk, make_iteration(project).pk) == "NotFoundIteration"  # another resource's
    assert refused(boxed.pk, base.pk, project) == "BadRequestNotSupported"
    assert train(boxed, body={"customBaseModelInfo": {"projectId": str(boxed.pk)}}) == "BadRequestRequiredParamIsNull"


def test_an_iteration_sent_back_whole_changes_its_name_alone(project: Project) -> None:
    iteration = make_iteration(project)
    api = Api(project.resource)
    path = f"{project_path(project)}/iterations/{iteration.pk}"
    before = api.get(path).json()
    sent = before | {
        "id": str(uuid4()),
        "name": "better",
        "status": "Failed",
        "publishName": "stolen",
        "trainingType": "Advanced",
        "created": "2001-01-01T00:00:00.000Z",
        "isDefault": True,
    }
    after = api.patch(path, sent).json()
    assert after == before | {"name": "better", "lastModified": after["lastModified"]}
    assert api.patch(path, after).json()["name"] == "better"  # nothing changed is no error
    make_iteration(project)
    other = api.get(f"{project_path(project)}/iterations").json()[0]
    assert api.patch(path, {"name": other["name"]}).json()["code"] == "BadRequestIterationNameNotUnique"
    assert api.patch(path, {"name": None}).json()["code"] == "BadRequestRequiredParamIsNull"
    assert api.patch(path, {"name": " "}).json()["code"] == "BadRequestIterationName"


def test_a_tag_sent_back_whole_changes_what_can_be_changed(project: Project) -> None:
    api = Api(project.resource)
    base = f"{project_path(project)}/tags"
    before = api.get(base).json()[0]
    path = f"{base}/{before['id']}"
    sent = before | {"id": str(uuid4()), "imageCount": 99, "name": "oak", "description": "a tree", "type": "Negative"}
    after = api.patch(path, sent).json()
    assert after == before | {"name": "oak", "description": "a tree", "type": "Negative"}
    assert api.patch(path, after).json() == after
    assert api.patch(path, {"description": "only this"}).json() == after | {"description": "only this"}
    second = api.get(base).json()[1]
    second_path = f"{base}/{second['id']}"
    assert api.patch(second_path, second | {"name": "oak"}).json()["code"] == "BadRequestTagNameNotUnique"
    assert api.patch(second_path, second | {"type": "Negative"}).json()["code"] == "BadRequestMultipleNegativeTag"
    assert api.patch(second_path, second | {"type": "Round"}).json()["code"] == "BadRequestTagType"
    assert api.get(second_path).json() == second
