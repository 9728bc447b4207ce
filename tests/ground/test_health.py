"""What /healthz and /readyz say."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.health.heartbeats import Heartbeat
from portal.health.readiness import EXPECTED_KINDS, process_states
from portal.health.tasks import forget_old_rows
from portal.models import ProcessHeartbeat
from tests.live_install import LiveInstall

LONG_AGO = timedelta(minutes=5)


def beat(kind: str, host: str = "one", age: timedelta = timedelta()) -> None:
    now = timezone.now()
    ProcessHeartbeat.objects.create(
        name=f"{kind}@{host}", kind=kind, host=host, pid=1, started=now - age, last_seen=now - age
    )


@pytest.mark.django_db
def test_a_part_that_was_never_seen_is_not_ready() -> None:
    assert {(state.name, state.is_ready, state.detail) for state in process_states()} == {
        (kind, False, "never seen") for kind in EXPECTED_KINDS
    }


@pytest.mark.django_db
def test_one_living_host_is_enough() -> None:
    beat("training", "one", age=LONG_AGO)
    beat("training", "two")
    beat("beat", age=LONG_AGO)
    states = {state.name: (state.is_ready, state.detail) for state in process_states()}
    assert states["training"] == (True, "1 alive")
    assert states["beat"] == (False, "silent for 300 s")


@pytest.mark.django_db
def test_readyz_names_what_is_missing_and_healthz_does_not_care(client: Client) -> None:
    for kind in EXPECTED_KINDS:
        beat(kind, age=LONG_AGO if kind == "reaper" else timedelta())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert [name for name, part in answer.json()["parts"].items() if not part["ready"]] == ["reaper"]
    assert client.get("/healthz").json() == {"status": "alive"}


@pytest.mark.django_db
def test_hosts_that_are_gone_are_forgotten_overnight() -> None:
    beat("short", "gone", age=timedelta(days=2))
    beat("short", "silent", age=LONG_AGO)
    forget_old_rows()
    assert [row.host for row in ProcessHeartbeat.objects.all()] == ["silent"]


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_is_written_until_it_is_stopped() -> None:
    heartbeat = Heartbeat("short")
    heartbeat._write()
    assert ProcessHeartbeat.objects.get().name == heartbeat.name
    heartbeat.start()
    heartbeat.stop()
    assert not ProcessHeartbeat.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_stuck_process_writes_nothing() -> None:
    heartbeat = Heartbeat("short", is_alive=lambda: False).start()
    heartbeat.stop()
    assert not ProcessHeartbeat.objects.exists()


def test_a_running_install_is_ready_in_every_part(live_install: LiveInstall) -> None:
    answer = live_install.readyz()
    assert answer.status_code == 200, live_install.log("web")[-4000:]
    assert list(answer.json()["parts"]) == ["web", "database", "broker", *EXPECTED_KINDS]
    assert all(part["ready"] for part in answer.json()["parts"].values())
