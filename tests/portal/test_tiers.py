"""Tiers: limits by name, calls a second, predictions a month; and nothing of it where none is set."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import limits, prediction_quota, throttle
from portal.call_counts import OwnCounts, SharedCounts, counts_in
from portal.limits import F0, S0, CallKind, tier_named
from portal.models import PredictionUse, Resource, ResourceKind
from portal.prediction_quota import PredictionQuota
from portal.supervisor import valkey
from portal.throttle import Throttle, TooManyCalls
from tests.builders import make_project, make_resource
from tests.inference.serving import first_key, png, publish, serving
from tests.wire.http import Api, project_path

RATES = {CallKind.STORED_PREDICTION: 1, CallKind.PREDICTION: 2, CallKind.TRAIN: 1, CallKind.OTHER: 3}


@pytest.fixture
def one_second(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The throttle's clock, which stands until it is moved."""
    clock = [1000.0]
    monkeypatch.setattr(throttle, "time", SimpleNamespace(time=lambda: clock[0]))
    return clock


@pytest.fixture
def throttled(monkeypatch: pytest.MonkeyPatch, one_second: list[float]) -> Throttle:
    made = Throttle("F0", RATES, OwnCounts())
    monkeypatch.setattr(throttle, "process_throttle", made)
    return made


def test_a_tier_is_found_by_its_name() -> None:
    assert [tier_named(name) for name in ("F0", " s0 ")] == [F0, S0]
    assert tier_named("") is tier_named("none")
    with pytest.raises(ImproperlyConfigured, match="S0, F0 or none"):
        tier_named("S1")


def test_without_a_tier_the_limits_are_those_of_s0_and_nothing_is_counted() -> None:
    assert (limits.PROJECTS_PER_RESOURCE, limits.TAGS_PER_PROJECT, limits.IMAGES_PER_PROJECT) == (100, 500, 100_000)
    assert throttle.process_throttle is None
    assert prediction_quota.process_quota is None


def test_the_free_tier_is_custom_vision_s() -> None:
    assert (F0.projects, F0.tags, F0.images, F0.predictions_a_month) == (2, 50, 5000, 10_000)
    assert F0.calls_a_second == {
        CallKind.STORED_PREDICTION: 2,
        CallKind.PREDICTION: 2,
        CallKind.TRAIN: 2,
        CallKind.OTHER: 10,
    }


def admitted(made: Throttle, resource_id: object, kind: CallKind, calls: int) -> int:
    count = 0
    for _ in range(calls):
        try:
            made.admit(resource_id, kind)  # type: ignore[arg-type]
            count += 1
        except TooManyCalls:
            pass
    return count


def test_so_many_calls_of_a_kind_get_through_in_a_second(throttled: Throttle, one_second: list[float]) -> None:
    one, other = uuid4(), uuid4()
    assert admitted(throttled, one, CallKind.OTHER, 5) == 3
    assert admitted(throttled, one, CallKind.PREDICTION, 5) == 2
    assert admitted(throttled, other, CallKind.OTHER, 5) == 3
    one_second[0] += 1
    assert admitted(throttled, one, CallKind.OTHER, 5) == 3


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    socket_path = valkey.choose_socket_path(tmp_path)
    command = valkey.server_command(valkey.find_binary(), socket_path, tmp_path / "valkey")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not valkey.answers(socket_path) and time.monotonic() < deadline:
            time.sleep(0.02)
        yield valkey.broker_url(socket_path)
    finally:
        process.kill()
        process.wait()


def test_processes_count_together_in_the_broker(broker: str) -> None:
    first, second = counts_in(broker), counts_in(broker)
    assert isinstance(first, SharedCounts)
    assert [first.count("a", 5), second.count("a", 5), first.count("b", 5), first.count("a", 6)] == [1, 2, 1, 1]


def test_a_broker_that_is_away_holds_nobody_up(tmp_path: Path) -> None:
    counts = counts_in(f"redis+socket://{tmp_path}/none.sock?virtual_host=0")
    started = time.monotonic()
    assert [counts.count("a", 5) for _ in range(20)] == list(range(1, 21))
    assert time.monotonic() - started < 1
    assert isinstance(counts_in("amqp://elsewhere"), OwnCounts)


@pytest.mark.django_db
def test_the_api_tells_when_to_come_back(throttled: Throttle, one_second: list[float]) -> None:
    project = make_project()
    api = Api(project.resource)
    answers = [api.get(project_path(project)) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].headers["Retry-After"] == "1"
    error = answers[3].json()["error"]
    assert error["code"] == "429"
    assert (
        error["message"] == "Too many calls: the tier F0 lets a resource make 3 calls a second. Try again in 1 second."
    )
    trainings = [api.post(f"{project_path(project)}/train") for _ in range(2)]
    assert [answer.status_code for answer in trainings] == [400, 429]
    assert Api(make_resource()).get("/projects").status_code == 200
    one_second[0] += 1
    assert api.get(project_path(project)).status_code == 200


@pytest.mark.django_db
def test_a_call_without_a_valid_key_counts_for_nobody(throttled: Throttle) -> None:
    project = make_project()
    api = Api(project.resource)
    stranger = Api(project.resource)
    stranger.key = "0" * 32
    assert [stranger.get("/projects").status_code for _ in range(5)] == [401] * 5
    assert api.get("/projects").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_prediction_url_tells_when_to_come_back(throttled: Throttle) -> None:
    with serving() as served:
        answers = [served.post(png()) for _ in range(3)]
        assert [answer.status for answer in answers] == ["200 OK", "200 OK", "429 Too Many Requests"]
        assert answers[2].headers["Retry-After"] == "1"
        assert answers[2].json["error"]["code"] == "429"
        assert "2 predictions a second" in answers[2].json["error"]["message"]
        assert answers[2].left == b""
        stored = [served.post(png(), source="image").status[:3] for _ in range(2)]
        assert stored == ["200", "429"]


def count_becomes(resource: Resource, expected: int) -> bool:
    """Whether the front's own thread writes that count soon."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if PredictionUse.objects.filter(resource=resource, count=expected).exists():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.django_db(transaction=True)
def test_a_month_has_so_many_predictions_for_each_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    quota = PredictionQuota("F0", 3)
    monkeypatch.setattr(prediction_quota, "process_quota", quota)
    monkeypatch.setattr(prediction_quota, "LOOK_EVERY_SECONDS", 0.1)
    other = make_resource(ResourceKind.PREDICTION)
    with serving() as served:
        assert [served.post(png()).status[:3] for _ in range(2)] == ["200", "200"]
        assert served.post(b"not an image").status[:3] == "400"
        assert count_becomes(served.resource, 2)
        assert served.post(png()).status[:3] == "200"
        refused = served.post(png())
        assert (refused.status[:3], refused.json["code"]) == ("400", "BadRequestExceededQuota")
        assert "3 predictions of this month (tier F0)" in refused.json["message"]
        assert count_becomes(served.resource, 3)
        assert served.post(png()).json["code"] == "BadRequestExceededQuota"
        publish(served.project, other, name="other")
        key = {"HTTP_PREDICTION_KEY": first_key(other)}
        assert served.post(png(), name="other", headers=key).status[:3] == "200"


@pytest.mark.django_db
def test_what_another_process_counted_is_heard_of_and_last_month_is_over() -> None:
    resource = make_resource(ResourceKind.PREDICTION)
    PredictionUse.objects.create(resource=resource, month="2020-01", count=50)
    ours, theirs = PredictionQuota("F0", 5), PredictionQuota("F0", 5)
    for quota in (ours, theirs):
        for _ in range(3):
            quota.note(resource.pk)
    ours.flush()
    ours.check(resource.pk)
    theirs.flush()
    ours._looked_at = -1000
    ours.flush()
    assert PredictionUse.objects.filter(resource=resource).exclude(month="2020-01").get().count == 6
    for quota in (ours, theirs):
        with pytest.raises(Exception, match="tier F0"):
            quota.check(resource.pk)


@pytest.mark.django_db
def test_use_of_a_deleted_resource_is_forgotten() -> None:
    quota = PredictionQuota("F0", 5)
    quota.note(uuid4())
    quota.flush()
    assert not PredictionUse.objects.exists()
