"""Files in storage: whole or not there, whoever else writes them, whatever dies."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.storage import FileSystemStorage, default_storage

from labeling import files
from labeling.orphans import sweep_orphan_files
from tests.builders import make_project

SHA256 = "ab" * 32
# Stores, and is killed between the write and the rename; or many times in a row.
WRITER = """
import os, signal, sys
from django.core.files.storage import FileSystemStorage
from labeling import files
files.default_storage = FileSystemStorage(sys.argv[1], file_permissions_mode=0o600, directory_permissions_mode=0o700)
if sys.argv[3] == "killed":
    from pathlib import Path
    Path.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
for _ in range(20):
    files.store(sys.argv[2], b"x" * 300_000)
"""


def writer(name: str, how: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, default_storage.path(""), name, how], env=dict(os.environ))


def neighbors(name: str) -> list[Path]:
    return sorted(Path(default_storage.path(name)).parent.iterdir())


def test_a_file_is_stored_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = FileSystemStorage(tmp_path / "files", file_permissions_mode=0o600, directory_permissions_mode=0o700)
    monkeypatch.setattr(files, "default_storage", storage)
    name = files.original_name(uuid4(), SHA256, "image/png")
    files.store(name, b"first")
    files.store(name, b"of another size")
    path = Path(storage.path(name))
    assert path.read_bytes() == b"of another size"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [folder.stat().st_mode & 0o777 for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]
    assert list(path.parent.iterdir()) == [path]


def test_twenty_threads_store_the_same_bytes_while_they_are_read() -> None:
    name, data = files.original_name(uuid4(), SHA256, "image/png"), os.urandom(300_000)
    files.store(name, data)

    def store_and_read(_: int) -> bytes:
        files.store(name, data)
        with default_storage.open(name) as stored:
            return bytes(stored.read())

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(store_and_read, range(100))) == {data}
    assert [path.name for path in neighbors(name)] == [f"{SHA256}.png"]


def test_processes_store_the_same_bytes_at_once() -> None:
    name = files.original_name(uuid4(), SHA256, "image/png")
    writers = [writer(name, "whole") for _ in range(4)]
    assert [each.wait(60) for each in writers] == [0] * 4
    assert [path.read_bytes() for path in neighbors(name)] == [b"x" * 300_000]


@pytest.mark.django_db
def test_a_writer_killed_before_the_rename_leaves_no_broken_file_and_the_sweep_cleans_up() -> None:
    project = make_project()
    name = files.original_name(project.pk, SHA256, "image/png")
    assert writer(name, "killed").wait(60) == -signal.SIGKILL
    assert not default_storage.exists(name)
    assert [path.name.startswith(files.TEMPORARY_PREFIX) for path in neighbors(name)] == [True]

    assert sweep_orphan_files() == 0  # somebody may be writing it
    assert sweep_orphan_files(timedelta(seconds=-1)) == 1
    assert neighbors(name) == []


def test_a_write_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    name = files.original_name(uuid4(), SHA256, "image/png")

    def fail(descriptor: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        files.store(name, b"bytes")
    assert neighbors(name) == []
