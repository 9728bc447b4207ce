"""What /healthz and /readyz say."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from portal.health.heartbeats import Heartbeat
from portal.health.readiness import EXPECTED_KINDS, process_states
from portal.health.tasks import forget_old_rows
from portal.models import ProcessHeartbeat
from tests.live_install import ROOT, LiveInstall

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
def test_a_heartbeat_from_before_the_clock_was_set_back_is_no_life() -> None:
    beat("short", age=-LONG_AGO)
    beat("reaper", age=-timedelta(seconds=2))  # another host's clock may be a little ahead
    states = {state.name: state.is_ready for state in process_states()}
    assert (states["short"], states["reaper"]) == (False, True)


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


def check(install: LiveInstall, *roles: str, **environment: str) -> tuple[int, str]:
    """What a container's health check says, and its exit code."""
    variables = {**install.environment, "SIGHTLINE_DATA": str(install.data), **environment}
    command = [sys.executable, "-m", "portal.health.check", *roles]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
    return done.returncode, done.stdout.strip()


def test_a_containers_health_check_asks_for_its_own_host(live_install: LiveInstall, tmp_path: Path) -> None:
    assert check(live_install) == (0, "alive")
    assert check(live_install, "training", "beat", SIGHTLINE_HOST_NAME="another") == (
        1,
        "training is silent; beat is silent",
    )
    nothing = {"SIGHTLINE_DATA": str(tmp_path)} | {"DATABASE_URL": "sqlite:////no/where"}
    code, words = check(live_install, "web", **nothing)
    assert code == 1
    assert words.startswith("the database does not answer: ")
    assert check(live_install, "no-such-role")[0] == 2
