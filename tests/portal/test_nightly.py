"""The nightly sweeps: what killed work left in storage goes, what rows name stays."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as product
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

import portal.jobs.nightly
from inference.files import original_name as prediction_name
from inference.orphans import sweep_orphan_predictions
from labeling.files import original_name
from labeling.orphans import sweep_orphan_files
from portal.celery import app
from portal.copying.files import copy_file
from portal.jobs.nightly import sweep_all
from portal.jobs.tasks import sweep_nightly
from tests.builders import make_iteration, make_project
from tests.inference.test_ingesting import files_of
from tests.inference.test_retention import EVERY_FILE, NO_FILE, stored
from training.models import Export, ExportState, Iteration
from training.orphans import sweep_orphan_models

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = timedelta(seconds=-1)


def save(name: str) -> str:
    return default_storage.save(name, ContentFile(b"left behind"))


def test_files_of_predictions_without_a_row_go_once_they_are_old(tmp_path: Path) -> None:
    project = make_project()
    (kept,) = stored(project, tmp_path, 1)
    orphans = [uuid4(), uuid4()]
    for each in orphans:
        save(prediction_name(project.pk, each, "image/png"))
    of_no_project = save(prediction_name(uuid4(), uuid4(), "image/png"))
    assert sweep_orphan_predictions() == 0  # too young to tell
    assert sweep_orphan_predictions(AT_ONCE) == 3
    assert files_of(project, kept) == EVERY_FILE
    assert [files_of(project, each) for each in orphans] == [NO_FILE, NO_FILE]
    assert not default_storage.exists(of_no_project)


def test_models_and_exports_that_nothing_names_go_once_they_are_old() -> None:
    project = make_project()
    iteration = make_iteration(project)
    folder = f"projects/{project.pk}/iterations/{iteration.pk}"
    artifact, lost = save(f"{folder}/attempt-2.onnx"), save(f"{folder}/attempt-1.onnx")
    Iteration.objects.filter(pk=iteration.pk).update(artifact=artifact)
    export, lost_export = save(f"{folder}/exports/a-1/tree.zip"), save(f"{folder}/exports/a-2/tree.zip")
    Export.objects.create(
        iteration=iteration, platform="ONNX", state=ExportState.DONE, exporter_version="1", file=export
    )
    assert sweep_orphan_models() == 0
    assert sweep_orphan_models(AT_ONCE) == 2
    there = [default_storage.exists(name) for name in (artifact, export, lost, lost_export)]
    assert there == [True, True, False, False]


def test_a_second_name_of_an_old_file_is_young() -> None:
    project, copy = make_project(), make_project()
    name = original_name(project.pk, "ab" * 32, "image/png")
    save(name)
    month_ago = Path(default_storage.path(name)).stat().st_mtime - 30 * 24 * 3600
    os.utime(default_storage.path(name), (month_ago, month_ago))
    copied = original_name(copy.pk, "ab" * 32, "image/png")
    copy_file(name, copied)
    sweep_orphan_files()
    assert default_storage.exists(copied)


def test_a_sweep_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []

    def fail(grace: timedelta) -> None:
        raise OSError("the storage is away")

    monkeypatch.setattr(portal.jobs.nightly, "_sweeps", [fail, ran.append])
    sweep_all()
    assert ran == [timedelta(hours=24)]


def test_beat_calls_the_nightly_sweep_and_the_worker_knows_it() -> None:
    schedule: dict[str, Any] = product.CELERY_BEAT_SCHEDULE
    (entry,) = [each for each in schedule.values() if each["task"] == sweep_nightly.name]
    assert entry["options"]["queue"] == "short"
    app.loader.import_default_modules()
    assert entry["task"] in app.tasks
    names = {f"{sweep.__module__}.{sweep.__qualname__}" for sweep in portal.jobs.nightly._sweeps}
    assert {
        "labeling.orphans.sweep_orphan_files",
        "labeling.orphans.sweep_upload_folders",
        "training.orphans.sweep_orphan_models",
        "inference.orphans.sweep_orphan_predictions",
    } <= names
