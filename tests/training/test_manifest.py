"""The manifest of an iteration, and that training from it gives the same weights, whatever the clock says."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client

from labeling.files import original_name
from labeling.models import Image, ImageTag
from portal.errors import Refusal
from portal.jobs.running import work_on
from portal.models import User
from portal.permissions import Role
from tests.builders import key_actor, make_iteration, make_project, make_tag, member
from tests.training.test_detection_job import project_with_scenes
from tests.training.test_training_job import project_with_pictures
from training import job_folder
from training.manifest import iteration_manifest
from training.manifest_record import Manifest, UnreadableManifest, read_manifest
from training.model_differences import compare_models
from training.models import Iteration, IterationState
from training.retraining import CannotRetrain, retrain
from training.starting import BaseReference, TrainingRequest, train_project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]


def trained(project: Any, **request: Any) -> Iteration:
    iteration = train_project(key_actor(project), project, TrainingRequest(is_forced=True, **request))
    assert iteration.job is not None
    work_on(iteration.job.pk, "test")
    done = Iteration.objects.select_related("project", "snapshot", "base_iteration").get(pk=iteration.pk)
    assert done.state == IterationState.COMPLETED, done.error
    return done


def manifest_of(iteration: Iteration) -> Manifest:
    return iteration_manifest(key_actor(iteration.project), iteration)


def command(*arguments: Any, **options: Any) -> str:
    output = StringIO()
    call_command(*map(str, arguments), stdout=output, **options)
    return output.getvalue()


def test_a_classifier_is_trained_again_to_the_same_bytes(tmp_path: Path) -> None:
    iteration = trained(project := project_with_pictures(6))
    content = manifest_of(iteration).as_json()
    assert content == manifest_of(iteration).as_json()
    said = json.loads(content)
    assert list(said) == [
        "kind", "schema_version", "project", "iteration", "training", "data", "artifact", "measured",
    ]  # fmt: skip
    assert read_manifest(content) == manifest_of(iteration)
    assert {image["sha256"] for image in said["data"]["images"]} == set(Image.objects.values_list("sha256", flat=True))
    assert {image["fold"] for image in said["data"]["images"]} == set(range(5))
    assert said["training"]["versions"].keys() >= {
        "sightline",
        "engine",
        "python",
        "torch",
        "torchvision",
        "onnxruntime",
    }
    assert said["training"]["processor"]
    assert said["training"]["threads"] >= 1
    assert said["training"]["weights"]["sha256"] == iteration.result["weights_sha256"]
    assert said["artifact"]["sha256"] == iteration.artifact_sha256

    # Labels of today and the ids of the images are no part of it: what the manifest says is trained.
    ImageTag.objects.all().delete()
    file = tmp_path / "manifest.json"
    command("iteration_manifest", iteration.pk, file)
    assert file.read_bytes() == content
    said = command("retrain_from_manifest", file, keep=tmp_path / "again")
    assert said.endswith(f"The same model as {iteration.name}: SHA-256 {iteration.artifact_sha256}\n")
    assert "Unlike" not in said
    with default_storage.open(iteration.artifact) as first:
        assert (tmp_path / "again" / "model.onnx").read_bytes() == first.read()
    assert Iteration.objects.count() == 1

    image = Image.objects.filter(project=project).order_by("pk")[0]
    default_storage.delete(original_name(project.pk, image.sha256, image.media_type))
    with pytest.raises(CannotRetrain, match=f"image {image.sha256[:12]} is missing or damaged"):
        retrain(manifest_of(iteration), project.pk, tmp_path / "damaged", lambda _: None)
    with pytest.raises(CannotRetrain, match="12 of 12 images are not in this project"):
        retrain(manifest_of(iteration), make_project().pk, tmp_path / "elsewhere", lambda _: None)


@pytest.mark.slow
@pytest.mark.parametrize("budget_seconds", [60, 3600])
def test_an_advanced_classifier_whose_clock_settled_its_epochs(
    budget_seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_folder, "_budget_seconds", lambda iteration: budget_seconds)
    iteration = trained(project_with_pictures(6), training_type="Advanced", budget_hours=1)
    manifest = manifest_of(iteration)
    assert manifest.training.steps.larger_input == ("probe at 384 px" in iteration.result["candidates"])
    done = retrain(manifest, iteration.project_id, tmp_path / "again", lambda _: None)
    assert (done.is_same_file, done.surroundings) == (True, ())


@pytest.mark.slow
def test_a_detector_whose_clock_settled_its_steps_and_one_that_started_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_folder, "_budget_seconds", lambda iteration: 10)
    project = project_with_scenes()
    first = trained(project)
    manifest = manifest_of(first)
    assert manifest.training.steps.split_steps > 0 < manifest.training.steps.final_steps
    assert any(image.regions for image in manifest.data.images)
    assert sorted({image.fold for image in manifest.data.images}, key=str) == [0, None]
    again = retrain(manifest, project.pk, tmp_path / "first", lambda _: None)
    assert (again.is_same_file, again.surroundings) == (True, ())

    then = trained(project, base=BaseReference(project.pk, first.pk))
    manifest = manifest_of(then)
    assert manifest.iteration.base is not None
    assert manifest.iteration.base.artifact_sha256 == manifest.training.weights.sha256 == first.artifact_sha256
    assert retrain(manifest, project.pk, tmp_path / "then", lambda _: None).is_same_file
    default_storage.delete(first.artifact)
    with pytest.raises(CannotRetrain, match="which the training started from, is not here any more"):
        retrain(manifest, project.pk, tmp_path / "gone", lambda _: None)


def test_what_is_no_manifest_is_told(tmp_path: Path) -> None:
    iteration = make_iteration(make_project())
    manifest = manifest_of(iteration)
    said = json.loads(manifest.as_json())
    for content, words in (
        (b"{", "no JSON file"),
        (b"[]", "no manifest"),
        (json.dumps(said | {"kind": "other"}).encode(), "no manifest"),
        (json.dumps(said | {"schema_version": 2}).encode(), "the version 2; this Sightline reads version 1"),
        (json.dumps(said | {"artifact": {}}).encode(), "damaged: artifact.sha256"),
    ):
        with pytest.raises(UnreadableManifest, match=words):
            read_manifest(content)
    with pytest.raises(CannotRetrain, match="does not say which weights"):
        retrain(manifest, iteration.project_id, tmp_path / "a", lambda _: None)
    with pytest.raises(CommandError, match="There is no such iteration"):
        command("iteration_manifest", make_project().pk)
    with pytest.raises(CommandError, match="No such file"):
        command("retrain_from_manifest", tmp_path / "none.json")


def test_the_download_needs_the_right_to_look_and_a_trained_iteration() -> None:
    project = make_project()
    make_tag(project, "a")
    iteration = make_iteration(project)
    client = Client()
    address = f"/projects/{project.pk}/iterations/{iteration.pk}/manifest"
    assert client.get(address).status_code == 302
    client.force_login(User.objects.get(pk=member(project, Role.READER).id))
    answer = client.get(address)
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="iteration-{iteration.number}-manifest.json"'
    )
    assert answer.json()["iteration"]["name"] == iteration.name
    with pytest.raises(Refusal):
        manifest_of(make_iteration(project, IterationState.FAILED))


def test_models_are_compared_weight_by_weight(tmp_path: Path) -> None:
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper

    def model(name: str, **weights: list[float]) -> Path:
        tensors = [numpy_helper.from_array(np.array(value, np.float32), key) for key, value in weights.items()]
        graph = helper.make_graph([], "g", [], [], initializer=tensors)
        onnx.save(helper.make_model(graph), str(tmp_path / name))
        return tmp_path / name

    first = model("first.onnx", a=[1, 2], b=[3])
    assert compare_models(first, model("same.onnx", b=[3], a=[1, 2])).is_none
    other = compare_models(first, model("other.onnx", a=[1, 2.5], c=[3]))
    assert (other.unlike, other.weights, other.largest) == (("a", "b", "c"), 2, 0.5)
