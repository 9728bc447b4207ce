"""The pieces of a backup: what is copied, what is not, and in which state."""

import sqlite3
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from pytest_django import Settings

from inference.segments import read_records
from inference.spool import Spool
from portal.backup.database import BackupFailed, dump, load
from portal.backup.stored_files import copy_in, copy_out
from portal.backup.whole import back_up_spool
from portal.models import User

NAMES = ("projects/one/images/ab/abcd.jpg", "projects/one/iterations/model.onnx", "projects/two/images/cd/cdef.png")


def store(name: str, content: bytes = b"content") -> None:
    assert default_storage.save(name, ContentFile(content)) == name


def below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_files_come_out_once_and_go_in_elsewhere(settings: Settings, tmp_path: Path) -> None:
    for name in NAMES:
        store(name, name.encode())
    Path(default_storage.path("projects/one/images/ab/new-0123")).write_bytes(b"half of som")
    assert copy_out(tmp_path / "backup") == 3
    assert below(tmp_path / "backup") == set(NAMES)
    assert copy_out(tmp_path / "backup") == 0
    store("projects/three/images/ef/ef.jpg")
    assert copy_out(tmp_path / "backup") == 1

    elsewhere = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "other"}}
    settings.STORAGES = {**settings.STORAGES, "default": elsewhere}
    assert (copy_in(tmp_path / "backup"), copy_in(tmp_path / "backup")) == (4, 0)
    for name in NAMES:
        assert (tmp_path / "other" / name).read_bytes() == name.encode()
        assert (tmp_path / "other" / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "other" / "projects").stat().st_mode & 0o777 == 0o700


def test_a_file_that_was_cut_off_is_copied_again(tmp_path: Path) -> None:
    store(NAMES[0])
    copy_out(tmp_path)
    (tmp_path / NAMES[0]).write_bytes(b"con")
    assert copy_out(tmp_path) == 1
    assert (tmp_path / NAMES[0]).read_bytes() == b"content"


def test_a_file_that_is_deleted_meanwhile_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store(NAMES[0])
    monkeypatch.setattr("portal.backup.stored_files._stored", lambda: iter([("gone.jpg", 7), (NAMES[0], 7)]))
    assert copy_out(tmp_path / "backup") == 1
    assert below(tmp_path / "backup") == {NAMES[0]}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has its own program for it")
def test_the_database_is_one_moment_while_others_write(tmp_path: Path) -> None:
    User.objects.create_user("before")
    with sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE portal_user SET username = 'not yet'")
        dump(tmp_path)
        writer.execute("ROLLBACK")
    writer.close()
    with sqlite3.connect(tmp_path / "database.sqlite") as copy:
        assert copy.execute("SELECT username FROM portal_user").fetchall() == [("before",)]
    copy.close()
    assert (tmp_path / "database.sqlite").stat().st_mode & 0o777 == 0o600
    assert below(tmp_path) == {"database.sqlite"}


@pytest.mark.django_db(transaction=True)
def test_nothing_is_restored_over_something_or_from_nothing(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="it is no backup of this kind of database"):
        load(tmp_path)
    for name in ("database.sqlite", "database.dump"):
        (tmp_path / name).touch()
    with pytest.raises(BackupFailed, match="The database is not empty"):
        load(tmp_path)


def test_a_spool_that_is_being_written_is_copied_up_to_its_last_whole_record(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    for number in range(3):
        spool.append(b'{"number": %d}' % number, b"image")
    for _ in range(2):  # the second in place of the first
        back_up_spool(tmp_path / "backup", tmp_path / "spool")
    (segment,) = (tmp_path / "backup").rglob("*.segment")
    with segment.open("rb") as file:
        assert [record.facts["number"] for record in read_records(file)] == [0, 1, 2]
    spool.close()
