"""A fault of the server's is told as far as it can be."""

import errno

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from portal.faults import ANY_FAULT, DATABASE_AWAY, DISK_FULL, STORAGE_AWAY, fault_words
from portal.models import User
from tests.builders import make_project
from tests.wire.http import Api, project_path


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite can be told to be full")
def test_a_full_database_is_told_and_works_again_once_there_is_room() -> None:
    project = make_project()
    api = Api(project.resource)
    with connection.cursor() as cursor:
        # What earlier tests left free is taken first.
        free, page_bytes = (cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
        cursor.execute("CREATE TABLE filler (content BLOB)")
        cursor.execute("INSERT INTO filler VALUES (zeroblob(%s))", [free * page_bytes])
        cursor.execute("PRAGMA max_page_count = 1")  # as few as there are
    try:
        answers = [api.post(f"{project_path(project)}/tags?name={n}&description={'x' * 1500}") for n in range(200)]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 4294967294")
            cursor.execute("DROP TABLE filler")
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert (refused.status_code, refused.json()) == (500, {"code": "ErrorUnknown", "message": DISK_FULL})
    assert api.post(f"{project_path(project)}/tags?name=after").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_page_says_that_the_database_is_away(monkeypatch: pytest.MonkeyPatch, accept: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("the connection was lost")

    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create(username="ana"))
    monkeypatch.setattr("portal.overview.projects_page.visible_projects", fail)
    answer = client.get("/", headers={"Accept": accept}, follow=True)
    assert answer.status_code == 500
    assert "database cannot be used at the moment" in answer.content.decode()


class ClientError(Exception):
    """As the library for S3 has one."""


ClientError.__module__ = "botocore.exceptions"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DISK_FULL),
        (InterfaceError("connection already closed"), DATABASE_AWAY),
        (ClientError("503"), STORAGE_AWAY),
        (OSError(errno.EACCES, "Permission denied"), ANY_FAULT),
        (KeyError("x"), ANY_FAULT),
        (None, ANY_FAULT),
    ],
)
def test_each_kind_of_fault_has_its_words(error: Exception | None, words: str) -> None:
    assert fault_words(error) == words
