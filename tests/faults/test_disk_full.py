"""A data folder on a disk that fills up: each call is told why, and all goes on once there is room."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.small_client import SmallClient, eventually
from tests.live_install import LiveInstall, running_install
from tests.pictures import picture

pytestmark = [pytest.mark.slow]

SIZE_MEGABYTES = 600


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MEGABYTES}m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here: that needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def install(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveInstall]:
    temporary = small_disk / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    with running_install({"TMPDIR": str(temporary)}) as running:
        yield running


def fill(disk: Path, left_bytes: int) -> Path:
    """A file that takes all room but so much."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 1_000_000)
        except OSError:
            pass
        file.truncate(max(0, file.tell() - left_bytes))
    return ballast


@pytest.fixture
def client(install: LiveInstall) -> Iterator[SmallClient]:
    with SmallClient(install) as small_client:
        yield small_client


def test_a_full_disk_is_told_and_survived(install: LiveInstall, client: SmallClient, small_disk: Path) -> None:
    client.make_project()
    kept = client.predict().json()["id"]
    eventually(lambda: client.stored_predictions() == [kept])

    # Little room: predictions are answered, but none is stored.
    ballast = fill(small_disk, 100_000_000)
    refused = client.predict()
    assert (refused.status_code, refused.json()["code"]) == (503, "ErrorPredictionStorage")
    assert "disk is full" in refused.json()["message"]
    assert client.predict("/nostore").status_code == 200
    assert client.upload(picture("circle", 500))[0] == "OK"

    # None at all.
    ballast.unlink()
    ballast = fill(small_disk, 0)
    answers = {}
    for name, call in client.writing_calls().items():
        answer = call()
        answers[name] = (answer.status_code, answer.text)
        assert answer.status_code in (200, 207, 500, 503), (name, answer.text)
    print(answers)
    assert client.predict("/nostore").status_code == 200
    assert httpx.get(f"{install.endpoint}/healthz").status_code == 200
    time.sleep(20)  # long enough for heartbeats, leases and the broker to have missed something

    ballast.unlink()
    eventually(lambda: install.readyz().status_code == 200, 30)
    assert client.upload(picture("circle", 501))[0] == "OK"
    assert client.predict().status_code == 200
    eventually(lambda: len(client.stored_predictions()) == 2)
    assert client.image_count() == client.uploaded
    assert client.delete_project() == 204
