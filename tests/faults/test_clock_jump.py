"""The machine's clock jumps an hour ahead, and two back: all goes on."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import libfaketime
import pytest

from tests.faults.killing import Killer
from tests.faults.small_client import SmallClient, eventually
from tests.live_install import ADMIN_PASSWORD, LiveInstall, running_install
from tests.pictures import picture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

LIBRARY = Path(libfaketime.__file__).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
READY_WITHIN_SECONDS = 60.0
TRAINED_WITHIN_SECONDS = 400.0


class Clock:
    """The wall clock of all processes of an install; their monotonic clocks, as a kernel's, know no jumps."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.jump("+0")

    def jump(self, offset: str) -> None:
        """So far from the true time, from now on."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{offset}\n")
        draft.replace(self._file)

    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    if not LIBRARY.exists() or os.name != "posix":
        pytest.skip("libfaketime carries no library for this machine")
    return Clock(tmp_path / "clock")


@pytest.fixture
def install(clock: Clock) -> Iterator[LiveInstall]:
    with running_install(clock.environment()) as running:
        yield running


@pytest.fixture
def client(install: LiveInstall) -> Iterator[SmallClient]:
    with SmallClient(install) as small_client:
        yield small_client


@pytest.fixture
def browser(install: LiveInstall) -> Iterator[httpx.Client]:
    """Of the administrator, signed in."""
    with httpx.Client(base_url=install.endpoint, timeout=60) as person:
        person.get("/sign-in")
        form = {"username": "admin", "password": ADMIN_PASSWORD, "csrfmiddlewaretoken": person.cookies["csrftoken"]}
        assert person.post("/sign-in", data=form, headers={"Referer": install.endpoint}).status_code == 302
        yield person


def test_a_clock_that_jumps_loses_nothing(
    install: LiveInstall, client: SmallClient, clock: Clock, browser: httpx.Client
) -> None:
    client.make_project()
    stored = []
    in_training = client.train().raise_for_status().json()["id"]
    for number, (offset, direction) in enumerate((("+3600", "ahead"), ("-3600", "back"))):
        address = client.first_image_address()
        stored.append(client.predict().json()["id"])
        processes = {name: install.main_process(name).pid for name in ("web", "short", "training", "ingester")}
        clock.jump(offset)

        eventually(lambda: install.readyz().status_code == 200, READY_WITHIN_SECONDS)
        assert client.upload(picture("circle", 800 + number)) == ["OK"]
        stored.append(client.predict().json()["id"])
        eventually(lambda: client.stored_rows() == sorted(stored), READY_WITHIN_SECONDS)
        assert httpx.get(address, timeout=30).status_code == 200
        assert httpx.get(client.first_image_address(), timeout=30).status_code == 200
        assert browser.get("/").status_code == 200, "the session ended"
        client.delete_first_image()
        eventually(lambda: client.removed_rows() == 0, READY_WITHIN_SECONDS)
        print(direction, client.jobs())
        # No process was taken for dead.
        assert {name: install.main_process(name).pid for name in processes} == processes, direction

    # What was in work when the clock jumped is done.
    trained = client.wait_trained(in_training, TRAINED_WITHIN_SECONDS)
    assert trained["status"] == "Completed", trained

    # A process that dies now is seen to be dead, though its last sign of life may be from the future.
    kill = Killer(install, seed=1).kill("ingester")
    assert kill.ready_seconds < READY_WITHIN_SECONDS
    assert client.image_count() == client.uploaded
