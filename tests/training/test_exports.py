"""Exports: made once, given again, and gone with what they were made of."""

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from portal.domains import GENERAL_DETECTION
from portal.errors import Refusal
from portal.jobs.models import Job, JobState
from portal.jobs.running import work_on
from portal.models import AuditEntry, Project
from portal.notifications import NOTIFY_JOB
from portal.permissions import Role
from portal.projects import ProjectSettings
from portal.signed_files import signed_address
from tests.builders import key_actor, make_iteration, make_project, member
from tests.inference.artifacts import make_artifact, make_detector
from training import exports
from training.exporting import flavors
from training.exports import export_iteration, exports_folder, iteration_exports
from training.iterations import delete_iteration
from training.models import Export, ExportState, Iteration, IterationState

pytestmark = pytest.mark.django_db(transaction=True)

BOXES = [(0.1, 0.2, 0.5, 0.6, 0, 0.9), (0.3, 0.1, 0.9, 0.8, 1, 0.4)]


def iteration_with_model(project: Project | None = None, artifact: bytes | None = None) -> Iteration:
    iteration = make_iteration(project or make_project())
    name = f"projects/{iteration.project_id}/iterations/{iteration.pk}/attempt-1.onnx"
    iteration.artifact = default_storage.save(name, ContentFile(artifact or make_artifact()))
    iteration.save()
    return iteration


def detector_iteration() -> Iteration:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    return iteration_with_model(project, make_detector(BOXES))


def exported(iteration: Iteration, flavor: str = "") -> Export:
    """Asked for and made, as a worker does."""
    export = export_iteration(key_actor(iteration.project), iteration, "ONNX", flavor)
    assert export.job is not None
    work_on(export.job.pk, "test")
    export.refresh_from_db()
    return export


def archive_of(export: Export) -> zipfile.ZipFile:
    with default_storage.open(export.file, "rb") as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def files_of(iteration: Iteration) -> list[str]:
    base = exports_folder(iteration.project_id, iteration.pk)
    try:
        folders = default_storage.listdir(base)[0]
    except FileNotFoundError:
        return []
    paths = [f"{base}/{folder}" for folder in folders]
    return sorted(f"{path}/{name}" for path in paths for name in default_storage.listdir(path)[1])


def refusal_of(iteration: Iteration, platform: str = "ONNX", flavor: str = "") -> str:
    with pytest.raises(Refusal) as refused:
        export_iteration(key_actor(iteration.project), iteration, platform, flavor)
    return refused.value.code


@pytest.mark.parametrize("flavor", [each.name for each in flavors.FLAVORS])
@pytest.mark.parametrize("make", [iteration_with_model, detector_iteration])
def test_every_flavor_of_every_kind_is_made_and_laid_out_as_custom_visions(make: Any, flavor: str) -> None:
    iteration = make()
    export = exported(iteration, flavor)
    assert (export.state, export.error) == (ExportState.DONE, "")
    archive = archive_of(export)
    assert {"model.onnx", "labels.txt", "cvexport.manifest", "metadata_properties.json", "LICENSE"} <= set(
        archive.namelist()
    )
    assert "python/predict.py" in archive.namelist()
    assert archive.read("labels.txt").decode().split("\n") == ["red", "grün", "none"]
    manifest = json.loads(archive.read("cvexport.manifest"))
    assert manifest["Flavor"] == (flavor or None)
    assert manifest["DomainType"] == ("ObjectDetection" if make is detector_iteration else "Classification")
    assert manifest["IterationId"] == str(iteration.pk)
    assert datetime.fromisoformat(manifest["ExportedDate"].replace("0Z", "+00:00")) <= datetime.now(UTC)
    properties = json.loads(archive.read("metadata_properties.json"))
    assert properties["CustomVision.Preprocess.TargetWidth"] == "32"
    assert all(isinstance(value, str) for value in properties.values())
    assert export.size_bytes == default_storage.size(export.file)
    assert export.largest_difference is not None
    assert np.isfinite(export.largest_difference)


def test_a_repeat_is_refused_while_it_is_made_and_given_afterwards() -> None:
    iteration = iteration_with_model()
    actor = key_actor(iteration.project)
    first = export_iteration(actor, iteration, "onnx", "onnx12")
    assert (first.platform, first.flavor, first.state) == ("ONNX", "onnx12", ExportState.EXPORTING)
    assert refusal_of(iteration, flavor="ONNX12") == "BadRequestExportAlreadyInProgress"
    assert first.job is not None
    work_on(first.job.pk, "test")
    again = export_iteration(actor, iteration, "ONNX", "ONNX12")
    assert (again.pk, again.flavor, again.state) == (first.pk, "ONNX12", ExportState.DONE)
    assert Job.objects.filter(kind=exports.EXPORT_JOB).count() == 1
    assert AuditEntry.objects.filter(act="export_iteration").count() == 1
    assert [each.flavor for each in iteration_exports(actor, iteration)] == ["ONNX12"]


def test_flavors_are_exports_of_their_own() -> None:
    iteration = iteration_with_model()
    plain, half = exported(iteration), exported(iteration, "OnnxFloat16")
    assert plain.pk != half.pk
    assert [each.flavor for each in iteration_exports(key_actor(iteration.project), iteration)] == ["", "OnnxFloat16"]


@pytest.mark.parametrize(
    ("platform", "flavor", "code"),
    [
        ("CoreML", "", "BadRequestNotSupported"),
        ("tensorflow", "TensorFlowLite", "BadRequestNotSupported"),
        ("DockerFile", "Linux", "BadRequestNotSupported"),
        ("VAIDK", "", "BadRequestNotSupported"),
        ("OpenVino", "", "BadRequestNotSupported"),
        ("Nintendo", "", "BadRequestExportValidationFailed"),
        ("ONNX", "ONNX11", "BadRequestExportValidationFailed"),
    ],
)
def test_what_there_is_not_is_refused_by_name(platform: str, flavor: str, code: str) -> None:
    iteration = iteration_with_model()
    assert refusal_of(iteration, platform, flavor) == code
    assert (Export.objects.count(), Job.objects.count()) == (0, 0)


@pytest.mark.parametrize("state", [IterationState.TRAINING, IterationState.FAILED])
def test_an_iteration_that_is_not_trained_is_not_exported(state: IterationState) -> None:
    assert refusal_of(make_iteration(make_project(), state)) == "BadRequestIterationIsNotTrained"


@pytest.mark.parametrize(("role", "may"), [(Role.DEPLOYMENT, True), (Role.TRAINER, True), (Role.LABELER, False)])
def test_who_may_publish_may_export(role: Role, may: bool) -> None:
    iteration = iteration_with_model()
    actor = member(iteration.project, role)
    if may:
        assert export_iteration(actor, iteration, "ONNX").state == ExportState.EXPORTING
    else:
        with pytest.raises(Refusal):
            export_iteration(actor, iteration, "ONNX")
        assert Export.objects.count() == 0


def test_one_of_an_older_exporter_is_made_again_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    iteration = iteration_with_model()
    old = exported(iteration)
    monkeypatch.setattr(exports, "EXPORTER_VERSION", "another")
    assert exports.is_outdated(old)
    new = exported(iteration)
    assert (new.pk, new.state, exports.is_outdated(new)) == (old.pk, ExportState.DONE, False)
    assert new.file != old.file
    assert files_of(iteration) == [new.file]


def test_one_whose_file_is_gone_is_made_again() -> None:
    iteration = iteration_with_model()
    export = exported(iteration)
    default_storage.delete(export.file)
    again = exported(iteration)
    assert again.state == ExportState.DONE
    assert default_storage.exists(again.file)


def test_a_killed_attempt_leaves_nothing_once_another_has_done_it() -> None:
    iteration = iteration_with_model()
    export = export_iteration(key_actor(iteration.project), iteration, "ONNX")
    assert export.job is not None
    left = f"{exports_folder(iteration.project_id, iteration.pk)}/{export.pk}-00000000-1/new-half.zip"
    default_storage.save(left, ContentFile(b"half a file"))
    work_on(export.job.pk, "another worker")
    export.refresh_from_db()
    assert files_of(iteration) == [export.file]


def test_one_that_cannot_be_made_says_why_and_can_be_asked_for_again() -> None:
    iteration = iteration_with_model(artifact=make_artifact(properties={"sightline.resize_rule": "another"}))
    export = exported(iteration)
    assert export.state == ExportState.FAILED
    assert "resize rule" in export.error
    assert "Train the iteration again." in export.error
    assert files_of(iteration) == []
    assert export_iteration(key_actor(iteration.project), iteration, "ONNX").state == ExportState.EXPORTING


def test_an_iterations_exports_go_with_it() -> None:
    iteration = iteration_with_model()
    other = iteration_with_model(iteration.project)
    exported(iteration)
    kept = exported(other)
    running = export_iteration(key_actor(iteration.project), iteration, "ONNX", "ONNX10")
    delete_iteration(key_actor(iteration.project), iteration)
    assert running.job is not None
    running.job.refresh_from_db()
    assert running.job.state == JobState.CANCELLED
    removal = Job.objects.get(kind="delete_iteration")
    work_on(removal.pk, "test")
    assert files_of(iteration) == []
    assert list(Export.objects.values_list("pk", flat=True)) == [kept.pk]
    assert files_of(other) == [kept.file]


def test_a_file_made_for_an_iteration_that_was_deleted_meanwhile_is_not_kept() -> None:
    iteration = iteration_with_model()
    export = export_iteration(key_actor(iteration.project), iteration, "ONNX")
    Iteration.objects.filter(pk=iteration.pk).update(deleted=datetime.now(UTC))
    assert export.job is not None
    work_on(export.job.pk, "test")
    export.job.refresh_from_db()
    assert export.job.state == JobState.FAILED
    assert files_of(iteration) == []


def test_its_address_opens_without_a_header_and_saves_under_a_name_that_says_what_it_is() -> None:
    from training.api.export_records import export_record

    iteration = iteration_with_model()
    record = export_record(exported(iteration, "ONNX12"))
    assert record.download_uri.startswith("http://")
    answer = Client().get(record.download_uri)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert ".ONNX12.zip" in answer.headers["Content-Disposition"]
    assert zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).testzip() is None  # type: ignore[attr-defined]


def test_the_projects_address_is_told_how_it_ended() -> None:
    done, failed = iteration_with_model(), iteration_with_model(artifact=b"no model")
    for iteration in (done, failed):
        Project.objects.filter(pk=iteration.project_id).update(notification_uri="https://example.com/told")
        iteration.project.refresh_from_db()
    export = exported(done, "ONNX12")
    assert exported(failed).state == ExportState.FAILED
    told = [job.arguments["message"] for job in Job.objects.filter(kind=NOTIFY_JOB).order_by("created")]
    assert [each["type"] for each in told] == ["Export", "Export"]
    assert [each["Content"]["exportStatus"] for each in told] == ["ExportCompleted", "ExportFailed"]
    assert told[0]["Content"]["iterationId"] == str(done.pk)
    assert told[0]["Content"]["modelUri"] == signed_address(export.file)
    assert told[1]["Content"]["modelUri"] == ""
