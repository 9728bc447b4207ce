"""Starting a training from an earlier iteration: what is refused, what the job is given, what the wire says."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from portal.actors import SYSTEM
from portal.domains import DOMAINS, GENERAL_DETECTION, DomainType
from portal.errors import Refusal
from portal.jobs.handlers import JobFailed
from portal.models import Project
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_iteration, make_project, make_resource
from tests.training.test_api import call, code_of
from tests.training.test_starting import boxed_project
from training.base_iteration import BaseReference, find_base
from training.iterations import delete_iteration, get_iteration
from training.job_folder import prepare
from training.models import Iteration, IterationState
from training.starting import TrainingRequest, train_project

pytestmark = pytest.mark.django_db


def reference(iteration: Iteration) -> BaseReference:
    return BaseReference(iteration.project_id, iteration.pk)


def refusal_of(project: Project, base: BaseReference) -> str:
    with pytest.raises(Refusal) as refusal:
        find_base(key_actor(project), project, base)
    return refusal.value.code


def with_artifact(project: Project) -> Iteration:
    iteration = make_iteration(project)
    name = default_storage.save(f"projects/{project.pk}/base.onnx", ContentFile(b"a model"))
    Iteration.objects.filter(pk=iteration.pk).update(artifact=name)
    return get_iteration(project, iteration.pk)


def test_the_base_is_an_iteration_that_exists_and_may_be_seen() -> None:
    project = boxed_project(15)
    assert refusal_of(project, BaseReference(project.pk, uuid4())) == "NotFoundIteration"
    assert refusal_of(project, BaseReference(uuid4(), uuid4())) == "NotFoundIteration"
    elsewhere = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    strangers = make_iteration(elsewhere)
    assert refusal_of(project, reference(strangers)) == "NotFoundIteration"
    assert find_base(SYSTEM, project, reference(strangers)) == strangers
    own = make_iteration(project)
    assert refusal_of(project, BaseReference(elsewhere.pk, own.pk)) == "NotFoundIteration"
    delete_iteration(SYSTEM, own)
    assert refusal_of(project, reference(own)) == "NotFoundIteration"


def test_the_base_is_completed_and_of_the_same_domain() -> None:
    project = boxed_project(15)
    failed = make_iteration(project, IterationState.FAILED)
    assert refusal_of(project, reference(failed)) == "BadRequestCustomBaseModelIterationStatusNotCompleted"
    other = next(
        each.id
        for each in DOMAINS.values()
        if each.type is DomainType.OBJECT_DETECTION and each.id != GENERAL_DETECTION
    )
    logos = make_project(project.resource, ProjectSettings(domain_id=other))
    assert refusal_of(project, reference(make_iteration(logos))) == "BadRequestCustomBaseModelDomainNotCompatible"


def test_a_classifier_has_no_base() -> None:
    project = make_project(make_resource())
    assert refusal_of(project, reference(make_iteration(project))) == "BadRequestNotSupported"


def test_another_base_makes_a_training_needed_and_the_job_gets_its_artifact(tmp_path: Path) -> None:
    project = boxed_project(15)
    base = with_artifact(project)
    iteration = train_project(key_actor(project), project, TrainingRequest(base=reference(base)))
    folder = prepare(Iteration.objects.get(pk=iteration.pk), 1, lambda: None)
    given = json.loads((folder / "job.json").read_text())["base_model"]
    assert Path(given).read_bytes() == b"a model"
    done = make_iteration(project)
    Iteration.objects.filter(pk=iteration.pk).update(
        state=IterationState.COMPLETED, artifact=done.artifact, trained=done.trained, number=done.number + 1
    )
    same = TrainingRequest(base=reference(base))
    with pytest.raises(Refusal) as refusal:
        train_project(key_actor(project), project, same)
    assert refusal.value.code == "BadRequestTrainingNotNeeded"
    without = train_project(key_actor(project), project, TrainingRequest())
    folder = prepare(Iteration.objects.get(pk=without.pk), 1, lambda: None)
    assert json.loads((folder / "job.json").read_text())["base_model"] is None


def test_a_base_that_is_deleted_meanwhile_is_not_quietly_done_without() -> None:
    project = boxed_project(15)
    base = with_artifact(project)
    iteration = train_project(key_actor(project), project, TrainingRequest(base=reference(base)))
    Iteration.objects.filter(pk=iteration.pk).update(base_iteration=None)
    with pytest.raises(JobFailed, match="was deleted"):
        prepare(Iteration.objects.get(pk=iteration.pk), 1, lambda: None)


def test_the_wire_takes_a_base_and_gives_it_back() -> None:
    project = boxed_project(15)
    base = make_iteration(project)
    unknown = {"customBaseModelInfo": {"projectId": str(project.pk), "iterationId": str(uuid4())}}
    assert code_of(call(project, "POST", "train", unknown)) == (404, "NotFoundIteration")
    information = {"projectId": str(project.pk), "iterationId": str(base.pk)}
    answer = call(project, "POST", "train", {"customBaseModelInfo": information})
    assert answer.status_code == 200
    assert answer.json()["customBaseModelInfo"] == information
    rows = call(project, "GET", "iterations").json()
    assert [row["customBaseModelInfo"] for row in rows if row["id"] == answer.json()["id"]] == [information]
