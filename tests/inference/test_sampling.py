"""What a published name's policy stores: each kind, in force at once, a day's number exactly, and the same answers."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections
from pytest_django import Settings

import inference.daily_counts
import inference.front
from inference.daily_counts import OTHERS, DailyCounts
from inference.front import PredictionFront
from inference.ingesting import ingest_waiting
from inference.models import KeptCount, StoredPrediction
from inference.segments import waiting_segments
from inference.spool_folder import spool_folder
from inference.tasks import sweep_predictions
from inference.uncertainty import uncertainty_at
from portal.actors import SYSTEM
from portal.intake import Intake
from tests.inference.serving import Serving, png, publish
from training.models import PublishedName, SamplingKind
from training.publishing import unpublish_iteration
from training.sampling import Sampling, set_sampling

SURE, UNSURE = png((0, 250, 0)), png((120, 121, 119))


def say(serving: Serving, kind: SamplingKind, **numbers: int) -> None:
    """Set the policy, and wait until the front has it."""
    set_sampling(SYSTEM, PublishedName.objects.get(name="model"), Sampling(kind, **numbers))
    look(serving)


def look(serving: Serving) -> None:
    """Let the front see what the database has now."""
    serving.front._start().watcher.refresh()


def call(serving: Serving, image: bytes = SURE, application: str = "camera", source: str = "image") -> str:
    answer = serving.post(image, source=source, query=f"application={application}")
    assert answer.status == "200 OK"
    return str(answer.json["id"])


def stored(serving: Serving) -> set[str]:
    """Ids of all that is stored once the spool is empty."""
    serving.front.close()
    ingest_waiting(spool_folder())
    assert waiting_segments(spool_folder()) == []
    return {str(each) for each in StoredPrediction.objects.values_list("pk", flat=True)}


def test_the_uncertainty_of_two_tags() -> None:
    assert uncertainty_at(50) == 1
    assert uncertainty_at(80) == pytest.approx(0.4)
    assert 0 < uncertainty_at(99) < uncertainty_at(98)


def test_none_is_stored_and_answers_are_the_same_byte_for_byte(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="inference.calls")
    moment, own_id = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC), uuid4()
    monkeypatch.setattr(inference.front, "now", lambda: moment)
    monkeypatch.setattr(inference.front, "uuid4", lambda: own_id)
    before = serving.post(UNSURE, source="image")
    say(serving, SamplingKind.NONE)
    after = serving.post(UNSURE, source="image")
    assert (after.status, after.headers, after.body) == (before.status, before.headers, before.body)
    assert [getattr(record, "stored", None) for record in caplog.records] == [True, False]
    serving.front.close()
    assert len(waiting_segments(spool_folder())) == 1
    assert len(stored(serving)) == 1


def test_unsure_ones(serving: Serving) -> None:
    say(serving, SamplingKind.UNSURE, sure_percent=80)
    call(serving, SURE)
    unsure = call(serving, UNSURE)
    call(serving, UNSURE, source="image/nostore")
    say(serving, SamplingKind.UNSURE, sure_percent=99)
    # 97.9% sure: no surer than 99% to 1%.
    nearly = call(serving, png((0, 126, 0)))
    assert stored(serving) == {unsure, nearly}


def test_a_policy_is_in_force_within_half_a_second(serving: Serving) -> None:
    call(serving)
    parts = serving.front._start()
    took_seconds = []
    for kind in 2 * (SamplingKind.NONE, SamplingKind.ALL):
        set_sampling(SYSTEM, PublishedName.objects.get(name="model"), Sampling(kind))
        begun = time.monotonic()
        while parts.watcher.registry.served[serving.project.pk, "model"].sampling.kind != kind:
            time.sleep(0.01)
        took_seconds.append(time.monotonic() - begun)
    assert sorted(took_seconds)[1] < 0.5, took_seconds


def test_so_many_a_day_of_each_application(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    say(serving, SamplingKind.DAILY, most_a_day=2)
    cameras = [call(serving) for _ in range(4)]
    others = [call(serving, application="line") for _ in range(3)]
    nameless = [call(serving, application="") for _ in range(3)]
    assert stored(serving) == {*cameras[:2], *others[:2], *nameless[:2]}
    # The spool had no more than that.
    assert dict(KeptCount.objects.values_list("application", "count")) == {"camera": 2, "line": 2, "": 2}
    StoredPrediction.objects.all().delete()
    call(serving)
    assert stored(serving) == set()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(inference.front, "now", lambda: tomorrow)
    first = call(serving)
    assert stored(serving) == {first}


def test_many_processes_and_restarts_store_no_more_than_the_number(serving: Serving) -> None:
    say(serving, SamplingKind.DAILY, most_a_day=5)
    for _ in range(3):
        fronts = [PredictionFront(lambda *_: []) for _ in range(3)]
        for front in fronts:
            serving.app = Intake(front)
            for _ in range(4):
                call(serving)
        for front in fronts:
            front.close()
        ingest_waiting(spool_folder())
        assert StoredPrediction.objects.count() == 5
    assert [path for path in Path(spool_folder()).iterdir() if path.suffix == ".segment"] == []


def test_web_processes_hear_what_others_stored(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    name, now = (serving.project.pk, "model"), datetime.now(UTC)
    counts = DailyCounts()
    assert counts.take(name, "camera", 3, now)
    KeptCount.objects.create(
        project=serving.project, published_name="model", application="camera", day=now.date(), count=3
    )
    assert counts.take(name, "camera", 3, now)
    with connections["default"].execute_wrapper(_refuse):
        counts.look([])
    counts.look([name])
    assert not counts.take(name, "camera", 3, now)
    assert counts.take(name, "camera", 4, now)
    assert counts.take(name, "line", 1, now)
    assert not counts.take(name, "line", 1, now)
    assert counts.take((UUID(int=1), "model"), "camera", 3, now)
    assert counts.take(name, "camera", 3, now + timedelta(days=1))


def _refuse(*_: Any) -> Any:
    raise AssertionError("the database was asked")


def test_a_segment_that_is_ingested_twice_counts_once(serving: Serving, tmp_path: Path) -> None:
    say(serving, SamplingKind.DAILY, most_a_day=3)
    ids = {call(serving), call(serving)}
    serving.front.close()
    (segment,) = waiting_segments(spool_folder())
    again = segment.read_bytes()
    ingest_waiting(spool_folder())
    segment.write_bytes(again)
    assert stored(serving) == ids
    assert KeptCount.objects.get().count == 2
    ids.add(call(serving))
    assert stored(serving) == ids


def test_an_application_that_changes_its_name_each_time_has_one_number(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference.daily_counts, "APPLICATIONS_COUNTED", 3)
    say(serving, SamplingKind.DAILY, most_a_day=2)
    for number in range(9):
        call(serving, application=f"app-{number}")
    assert len(stored(serving)) == 5
    counted = dict(KeptCount.objects.values_list("application", "count"))
    assert counted == {"app-0": 1, "app-1": 1, "app-2": 1, OTHERS: 2}
    call(serving, application="app-1")
    assert len(stored(serving)) == 6


def test_the_policy_stays_with_the_name(serving: Serving) -> None:
    say(serving, SamplingKind.NONE)
    publish(serving.project, serving.resource)  # overwrite
    look(serving)
    call(serving)
    assert stored(serving) == set()
    unpublish_iteration(SYSTEM, PublishedName.objects.get(name="model").iteration)
    publish(serving.project, serving.resource)
    publish(serving.project, serving.resource, "another")
    look(serving)
    call(serving)
    kept = serving.post(SURE, source="image", name="another").json["id"]
    assert stored(serving) == {kept}


def test_predictions_ask_the_database_nothing(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    say(serving, SamplingKind.DAILY, most_a_day=1000)
    call(serving)
    with connections["default"].execute_wrapper(_refuse):  # this thread's, which is that of the calls
        call(serving)


def test_counts_of_past_days_are_forgotten(serving: Serving, settings: Settings) -> None:
    today = datetime.now(UTC).date()
    for days in (0, 1, 8):
        KeptCount.objects.create(project=serving.project, published_name="model", day=today - timedelta(days=days))
    sweep_predictions()
    assert {(today - each.day).days for each in KeptCount.objects.all()} == {0, 1}
