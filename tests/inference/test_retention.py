"""Stored predictions and suggestions are kept for a time, deletions cut off in the middle are finished."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as product
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

import inference.retention
import inference.stored_predictions
from inference.files import original_name, resized_name, thumbnail_name
from inference.ingesting import ingest_waiting
from inference.models import DeletedPrediction, PredictionTag, StoredPrediction, Suggestion, SuggestionTag
from inference.retention import finish_deletions, forget_old_tombstones, kept_days, remove_expired_predictions
from inference.stored_predictions import delete_predictions
from inference.tasks import sweep_predictions
from portal.celery import app
from portal.models import Project
from tests.builders import key_actor, make_images, make_iteration, make_project
from tests.inference.test_ingesting import files_of, spool_predictions
from tests.wire.http import Api, project_path

pytestmark = pytest.mark.django_db(transaction=True)

EVERY_FILE = [True, True, True]
NO_FILE = [False, False, False]


@pytest.fixture
def project() -> Project:
    return make_project()


def stored(project: Project, folder: Any, *ages_days: float) -> list[UUID]:
    """Predictions with their files, of those ages."""
    ids = spool_predictions(folder, project, len(ages_days))
    ingest_waiting(folder)
    for each, days in zip(ids, ages_days, strict=True):
        StoredPrediction.objects.filter(pk=each).update(created=timezone.now() - timedelta(days=days))
    return ids


def test_the_settings_number_of_days(project: Project, tmp_path: Any, settings: Settings) -> None:
    assert product.SIGHTLINE_PREDICTION_DAYS == 30
    old, older, young = stored(project, tmp_path, 30.01, 40, 29.99)
    settings.SIGHTLINE_PREDICTION_DAYS = 0
    sweep_predictions()
    assert StoredPrediction.objects.count() == 3
    settings.SIGHTLINE_PREDICTION_DAYS = 30
    sweep_predictions()
    assert [row.pk for row in StoredPrediction.objects.all()] == [young]
    assert [tag.prediction_id for tag in PredictionTag.objects.all()] == [young]
    assert [files_of(project, each) for each in (old, older, young)] == [NO_FILE, NO_FILE, EVERY_FILE]
    sweep_predictions()
    assert StoredPrediction.objects.count() == 1


def test_each_project_keeps_them_as_long_as_it_says(project: Project, tmp_path: Any, settings: Settings) -> None:
    settings.SIGHTLINE_PREDICTION_DAYS = 30
    shorter, longer, always = make_project(), make_project(), make_project()
    for each, days in ((shorter, 2), (longer, 60), (always, 0)):
        Project.objects.filter(pk=each.pk).update(prediction_days=days)
    kept = set()
    for each, ages in ((project, (29, 31)), (shorter, (1, 3)), (longer, (59, 61)), (always, (1000, 2000))):
        rows = stored(each, tmp_path, *ages)
        kept |= set(rows if each is always else rows[:1])
    assert remove_expired_predictions() == 3
    assert set(StoredPrediction.objects.values_list("pk", flat=True)) == kept
    settings.SIGHTLINE_PREDICTION_DAYS = 0
    Project.objects.filter(pk=always.pk).update(prediction_days=1500)
    assert remove_expired_predictions() == 1
    assert {kept_days(each) for each in Project.objects.all()} == {0, 2, 60, 1500}


def test_looking_for_what_is_old_costs_the_same_for_many_projects(project: Project) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert remove_expired_predictions() == 0
        counts.append(len(queries))
        for _ in range(5):
            make_project(project.resource)
    assert counts == [2, 2]


def test_beat_calls_the_sweep_and_the_worker_knows_it() -> None:
    (entry,) = [each for each in product.CELERY_BEAT_SCHEDULE.values() if "sweep_predictions" in each["task"]]
    assert entry["task"] == sweep_predictions.name
    assert entry["options"]["queue"] == "short"
    app.loader.import_default_modules()
    assert entry["task"] in app.tasks


def test_small_batches_of_all_projects_until_time_is_up(
    project: Project, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference.retention, "ROWS_PER_BATCH", 2)
    stored(project, tmp_path, 33, 35, 31)
    stored(make_project(), tmp_path, 34, 32)
    turns = iter([True, True, False])
    assert remove_expired_predictions(lambda: next(turns)) == 4
    # Of each project, the oldest go first.
    (left,) = StoredPrediction.objects.all()
    assert timezone.now() - left.created < timedelta(days=33)
    assert remove_expired_predictions() == 1


def test_killed_between_files_and_rows_the_next_sweep_goes_on(
    project: Project, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    (old,) = stored(project, tmp_path, 31)
    with monkeypatch.context() as patch:
        patch.setattr(StoredPrediction.objects.all().__class__, "delete", die)
        with pytest.raises(Killed):
            remove_expired_predictions()
    assert (files_of(project, old), StoredPrediction.objects.count()) == (NO_FILE, 1)
    assert remove_expired_predictions() == 1
    assert StoredPrediction.objects.count() == 0


def test_a_deletion_that_was_cut_off_is_finished(
    project: Project, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    deleted, kept = stored(project, tmp_path, 0, 0)
    with monkeypatch.context() as patch:
        patch.setattr(inference.stored_predictions, "delete_prediction_files", die)
        with pytest.raises(KeyboardInterrupt):
            delete_predictions(key_actor(project), project, [deleted])
    # Another project's tombstone has no effect.
    DeletedPrediction.objects.create(pk=kept, project_id=make_project().pk)
    assert StoredPrediction.objects.count() == 2
    assert finish_deletions() == 1
    assert [row.pk for row in StoredPrediction.objects.all()] == [kept]
    assert [files_of(project, each) for each in (deleted, kept)] == [NO_FILE, EVERY_FILE]
    assert finish_deletions() == 0


def test_old_tombstones_are_forgotten() -> None:
    old, young = (DeletedPrediction.objects.create(pk=uuid4(), project_id=uuid4()) for _ in range(2))
    DeletedPrediction.objects.filter(pk=old.pk).update(deleted=timezone.now() - timedelta(days=31))
    forget_old_tombstones()
    assert [row.pk for row in DeletedPrediction.objects.all()] == [young.pk]


def test_suggestions_are_kept_for_thirty_days(project: Project) -> None:
    iteration = make_iteration(project)
    for number, image in enumerate(make_images(project, 2)):
        created = timezone.now() - timedelta(days=29 + 2 * number)
        row = Suggestion.objects.create(
            id=uuid4(), iteration=iteration, image=image, predictions=[], uncertainty=0, created=created
        )
        SuggestionTag.objects.create(suggestion=row, iteration_id=iteration.pk, tag_id=uuid4(), probability=1)
    sweep_predictions()
    assert (Suggestion.objects.count(), SuggestionTag.objects.count()) == (1, 1)


def test_delete_prediction_through_the_api(project: Project, tmp_path: Any) -> None:
    first, second, third = stored(project, tmp_path, 0, 0, 0)
    api, path = Api(project.resource), f"{project_path(project)}/predictions"
    answer = api.delete(f"{path}?ids={first},{second},{uuid4()}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert [row.pk for row in StoredPrediction.objects.all()] == [third]
    assert [files_of(project, each) for each in (first, second, third)] == [NO_FILE, NO_FILE, EVERY_FILE]
    assert api.delete(f"{path}?ids={first}").status_code == 204
    for query, code in (
        ("", "BadRequestPredictionIdsMissing"),
        ("?ids=", "BadRequestPredictionIdsMissing"),
        ("?ids=" + ",".join(str(uuid4()) for _ in range(65)), "BadRequestPredictionIdsExceededCount"),
        ("?ids=pine", "BadRequestInvalidIds"),
    ):
        refused = api.delete(path + query)
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert Api(make_project().resource).delete(f"{path}?ids={third}").status_code == 404
    assert StoredPrediction.objects.count() == 1


def test_nothing_but_the_three_files_of_a_prediction_goes(project: Project, tmp_path: Any) -> None:
    old, young = stored(project, tmp_path, 31, 0)
    remove_expired_predictions()
    names = {original_name(project.pk, young, "image/png"), resized_name(project.pk, young)}
    assert all(default_storage.exists(name) for name in names | {thumbnail_name(project.pk, young)})
    assert not default_storage.exists(original_name(project.pk, old, "image/png"))
