"""From spool to storage and rows: in order, once, and after every kind of death."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

import inference.ingesting
from inference.files import original_name, resized_name, thumbnail_name
from inference.ingesting import ingest_waiting
from inference.models import DeletedPrediction, PredictionTag, StoredPrediction
from inference.segments import DRAFT_SECONDS, waiting_segments
from inference.spool import Spool
from inference.spool_folder import spool_folder
from inference.stored_predictions import delete_predictions
from portal.errors import Refusal
from portal.models import AuditEntry, Project
from portal.permissions import Role
from tests.builders import key_actor, make_project, member
from tests.inference.serving import Serving, png
from tests.inference.spool_writer import facts

ROOT = Path(__file__).resolve().parent.parent.parent


def spool_predictions(folder: Path, project: Project, count: int = 1, image: bytes = b"") -> list[UUID]:
    spool = Spool(folder)
    ids = [uuid4() for _ in range(count)]
    for each in ids:
        spool.append(facts(str(each), str(project.pk)), image or png())
    spool.close()
    return ids


def files_of(project: Project, prediction_id: UUID) -> list[bool]:
    names = (
        original_name(project.pk, prediction_id, "image/png"),
        resized_name(project.pk, prediction_id),
        thumbnail_name(project.pk, prediction_id),
    )
    return [default_storage.exists(name) for name in names]


def said(answer: dict[str, Any]) -> dict[str, float]:
    return {each["tagId"]: each["probability"] for each in answer["predictions"]}


def test_a_stored_prediction_becomes_a_row_with_its_files(serving: Serving) -> None:
    answer = serving.post(png(), source="image", query="application=camera").json
    serving.front.close()
    assert ingest_waiting(spool_folder()) == 1
    row = StoredPrediction.objects.get()
    assert str(row.pk) == answer["id"]
    assert row.project == serving.project
    assert row.iteration_id == serving.iteration.pk
    assert row.resource_id == serving.resource.pk
    assert (row.published_name, row.application) == ("model", "camera")
    assert row.domain_id == serving.project.domain_id
    assert (row.media_type, row.width, row.height, row.size_bytes) == ("image/png", 50, 40, len(png()))
    assert row.predictions == answer["predictions"]
    assert row.created.isoformat(timespec="milliseconds").replace("+00:00", "Z") == answer["created"]
    first, second, _ = sorted(said(answer).values(), reverse=True)
    assert row.uncertainty == pytest.approx(1 - (first - second))
    tags = PredictionTag.objects.filter(prediction=row)
    assert {str(tag.tag_id): tag.probability for tag in tags} == {i: p for i, p in said(answer).items() if p >= 0.01}
    copied = ("project_id", "iteration_id", "application", "created", "uncertainty")
    assert set(tags.values_list(*copied)) == {tuple(getattr(row, name) for name in copied)}
    with default_storage.open(original_name(serving.project.pk, row.pk, "image/png")) as file:
        assert file.read() == png()
    assert files_of(serving.project, row.pk) == [True, True, True]
    assert waiting_segments(spool_folder()) == []
    assert ingest_waiting(spool_folder()) == 0


@pytest.mark.django_db(transaction=True)
def test_the_same_segment_twice_is_one_row(tmp_path: Path) -> None:
    project = make_project()
    ids = spool_predictions(tmp_path, project, 3)
    (path,) = waiting_segments(tmp_path)
    content = path.read_bytes()
    ingest_waiting(tmp_path)
    path.write_bytes(content)
    ingest_waiting(tmp_path)
    assert set(StoredPrediction.objects.values_list("pk", flat=True)) == set(ids)
    assert PredictionTag.objects.count() == 3
    assert waiting_segments(tmp_path) == []


def test_a_segment_that_nobody_lived_to_name_is_removed(tmp_path: Path) -> None:
    dead, fresh = tmp_path / "1-7-dead.new", tmp_path / "2-8-fresh.new"
    for draft in (dead, fresh):
        draft.touch()
    long_ago = time.time() - DRAFT_SECONDS - 1
    os.utime(dead, (long_ago, long_ago))
    assert ingest_waiting(tmp_path) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [fresh.name]


@pytest.mark.django_db(transaction=True)
def test_storage_that_is_away_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    ids = spool_predictions(tmp_path, project, 3)

    def away(name: str, content: bytes) -> None:
        raise OSError("storage is away")

    with monkeypatch.context() as patch:
        patch.setattr(inference.ingesting, "put_file", away)
        with pytest.raises(OSError, match="away"):
            ingest_waiting(tmp_path)
    assert StoredPrediction.objects.count() == 0
    ingest_waiting(tmp_path)
    assert set(StoredPrediction.objects.values_list("pk", flat=True)) == set(ids)


@pytest.mark.django_db(transaction=True)
def test_a_half_written_file_is_replaced(tmp_path: Path) -> None:
    project = make_project()
    (prediction_id,) = spool_predictions(tmp_path, project)
    name = original_name(project.pk, prediction_id, "image/png")
    path = Path(default_storage.path(name))
    path.parent.mkdir(parents=True)
    path.write_bytes(png()[:10])
    ingest_waiting(tmp_path)
    assert path.read_bytes() == png()


@pytest.mark.django_db(transaction=True)
def test_predictions_of_a_deleted_project_leave_nothing(tmp_path: Path) -> None:
    gone, living = make_project(), make_project()
    (first,) = spool_predictions(tmp_path, gone)
    (second,) = spool_predictions(tmp_path, living)
    Project.objects.filter(pk=gone.pk).update(deleted=timezone.now())
    ingest_waiting(tmp_path)
    assert [row.pk for row in StoredPrediction.objects.all()] == [second]
    assert files_of(gone, first) == [False, False, False]


@pytest.mark.django_db(transaction=True)
def test_a_damaged_image_does_not_hold_up_the_rest(tmp_path: Path) -> None:
    project = make_project()
    spool_predictions(tmp_path, project, image=png()[:50])
    (whole,) = spool_predictions(tmp_path, project)
    ingest_waiting(tmp_path)
    assert [row.pk for row in StoredPrediction.objects.all()] == [whole]
    assert waiting_segments(tmp_path) == []


@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_before_it_is_ingested_stays_deleted(tmp_path: Path) -> None:
    project = make_project()
    deleted, kept = spool_predictions(tmp_path, project, 2)
    delete_predictions(key_actor(project), project, [deleted])
    ingest_waiting(tmp_path)
    assert [row.pk for row in StoredPrediction.objects.all()] == [kept]
    assert files_of(project, deleted) == [False, False, False]
    assert files_of(project, kept) == [True, True, True]


@pytest.mark.django_db(transaction=True)
def test_a_deletion_in_the_middle_of_ingesting_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    (deleted,) = spool_predictions(tmp_path, project)
    insert = inference.ingesting._insert

    def insert_then_delete(rows: list[StoredPrediction], most_a_day: Mapping[UUID, int]) -> set[UUID]:
        kept = insert(rows, most_a_day)
        DeletedPrediction.objects.create(pk=deleted, project_id=project.pk)
        return kept

    monkeypatch.setattr(inference.ingesting, "_insert", insert_then_delete)
    ingest_waiting(tmp_path)
    assert StoredPrediction.objects.count() == 0
    assert files_of(project, deleted) == [False, False, False]


@pytest.mark.django_db(transaction=True)
def test_another_projects_tombstone_has_no_effect(tmp_path: Path) -> None:
    project, other = make_project(), make_project()
    (prediction_id,) = spool_predictions(tmp_path, project)
    delete_predictions(key_actor(other), other, [prediction_id])
    ingest_waiting(tmp_path)
    delete_predictions(key_actor(other), other, [prediction_id])
    assert [row.pk for row in StoredPrediction.objects.all()] == [prediction_id]


@pytest.mark.django_db(transaction=True)
def test_deleting_removes_row_and_files_and_writes_an_audit_line(tmp_path: Path) -> None:
    project = make_project()
    first, second = spool_predictions(tmp_path, project, 2)
    ingest_waiting(tmp_path)
    delete_predictions(member(project, Role.LABELER), project, [first, uuid4()])
    assert [row.pk for row in StoredPrediction.objects.all()] == [second]
    assert [tag.prediction_id for tag in PredictionTag.objects.all()] == [second]
    assert files_of(project, first) == [False, False, False]
    assert files_of(project, second) == [True, True, True]
    assert AuditEntry.objects.get(act="delete_predictions").detail == {"count": 1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", [Role.READER, Role.DEPLOYMENT])
def test_who_may_only_look_deletes_nothing(tmp_path: Path, role: Role) -> None:
    project = make_project()
    ids = spool_predictions(tmp_path, project)
    ingest_waiting(tmp_path)
    with pytest.raises(Refusal) as refusal:
        delete_predictions(member(project, role), project, ids)
    assert refusal.value.code == "ForbiddenUserInsufficientCapability"
    assert StoredPrediction.objects.count() == 1
    assert DeletedPrediction.objects.count() == 0


@pytest.mark.django_db
def test_deleting_has_its_limits() -> None:
    project = make_project()
    for ids, code in (([], "BadRequestPredictionIdsMissing"), ([uuid4()] * 65, "BadRequestPredictionIdsExceededCount")):
        with pytest.raises(Refusal) as refusal:
            delete_predictions(key_actor(project), project, ids)
        assert refusal.value.code == code


@pytest.mark.django_db(transaction=True)
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path, settings: Settings) -> None:
    """Writers are killed in the middle of writing, ingesters in the middle of ingesting."""
    if connection.vendor != "sqlite":
        pytest.skip("the ingester's process is given the SQLite file of this test")
    project = make_project()
    image = tmp_path / "image.png"
    image.write_bytes(png(size=(400, 300)))
    folder = tmp_path / "spool" / "predictions"
    chance = random.Random(5)
    acknowledged: set[str] = set()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "SIGHTLINE_DATA": str(tmp_path),
        "SIGHTLINE_STORAGE": str(tmp_path / "files"),
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
    }
    for _ in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-m", "tests.inference.spool_writer", str(folder), str(project.pk), str(image)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        for _ in range(chance.randrange(20, 60)):
            acknowledged.add(writer.stdout.readline().strip())
        writer.send_signal(signal.SIGKILL)
        rest, _ = writer.communicate()
        acknowledged |= {line.strip() for line in rest.splitlines(keepends=True) if line.endswith("\n")}
    for _ in range(3):
        ingester = subprocess.Popen([sys.executable, "manage.py", "ingest"], cwd=ROOT, env=environment)
        started, before = time.monotonic(), StoredPrediction.objects.count()
        while StoredPrediction.objects.count() == before and time.monotonic() - started < 20:
            time.sleep(0.01)
        time.sleep(chance.random() * 0.05)
        ingester.send_signal(signal.SIGKILL)
        ingester.wait()
    ingest_waiting(folder)
    found = {str(pk) for pk in StoredPrediction.objects.values_list("pk", flat=True)}
    assert len(acknowledged) > 80
    assert acknowledged - found == set()
    assert waiting_segments(folder) == []
    for row in StoredPrediction.objects.all()[:200]:
        with default_storage.open(original_name(project.pk, row.pk, "image/png")) as file:
            assert file.read() == image.read_bytes()
        assert files_of(project, row.pk) == [True, True, True]
