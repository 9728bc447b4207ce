"""Signed addresses: whom they let in, for how long, and how their files are served."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from portal import signed_files
from portal.fetching import FetchFailed
from portal.signed_files import InvalidAddress, read_own_file, resolve, signed_address
from tests.pictures import picture

NAME = "projects/some id/images/aa/file & name.png"


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)


def test_an_address_is_the_same_all_day_and_ends_a_day_later(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-03-01T00:00:00")
    address = signed_address(NAME)
    at(monkeypatch, "2026-03-01T23:59:59")
    assert signed_address(NAME) == address
    at(monkeypatch, "2026-03-02T23:59:59")
    assert signed_address(NAME) != address
    assert resolve(address) == NAME
    at(monkeypatch, "2026-03-03T00:00:00")
    with pytest.raises(InvalidAddress):
        resolve(address)


def test_addresses_are_made_from_the_public_url(settings: object) -> None:
    settings.SIGHTLINE_PUBLIC_URL = "https://labels.example:8443/sub"
    address = signed_address(NAME)
    assert address.startswith(
        "https://labels.example:8443/sub/files/projects/some%20id/images/aa/file%20%26%20name.png?"
    )
    assert resolve(address) == NAME
    settings.SIGHTLINE_PUBLIC_URL = "https://labels.example"
    assert resolve(signed_address(NAME).replace("labels.example", "labels.example:443")) == NAME


@pytest.mark.parametrize(
    "change",
    [
        lambda address: address.replace("aa/", "ab/"),
        lambda address: address.replace("expires=1", "expires=2"),
        lambda address: address[:-1],
        lambda address: address.partition("?")[0],
        lambda address: address.replace("signature=", "signature=\u00e9"),
    ],
)
def test_a_changed_address_is_refused(change: object) -> None:
    address = change(signed_address(NAME))
    with pytest.raises(InvalidAddress):
        resolve(address)
    parts = urlsplit(address)
    assert Client().get(f"{parts.path}?{parts.query}").status_code == 403


@pytest.mark.parametrize(
    "address", ["http://elsewhere.example/files/a", "https://127.0.0.1:1/files/a", "not an address", ""]
)
def test_other_addresses_are_not_ours(address: str) -> None:
    assert resolve(address) is None
    assert read_own_file(address, 100) is None


def test_an_old_secret_keeps_its_addresses_alive(settings: object) -> None:
    address = signed_address(NAME)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new " * 12, [settings.SECRET_KEY]
    assert resolve(address) == NAME
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidAddress):
        resolve(address)


def get(address: str, **headers: str) -> object:
    parts = urlsplit(address)
    return Client().get(f"{parts.path}?{parts.query}", headers=headers)


def test_an_image_is_served_with_its_own_type_and_can_be_cached() -> None:
    data = picture("circle", 1)
    default_storage.save(NAME, ContentFile(data))
    answer = get(signed_address(NAME))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == data
    assert answer.headers["Content-Type"] == "image/jpeg"  # by its bytes, whatever its name says
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "max-age=86400" in answer.headers["Cache-Control"]
    again = get(signed_address(NAME), **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "data", [b"<html><script>alert(1)</script></html>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", b"PK\3\4"]
)
def test_what_is_no_image_is_only_downloaded(data: bytes) -> None:
    default_storage.save("some/page.html", ContentFile(data))
    answer = get(signed_address("some/page.html"))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content) == data


def test_a_file_that_was_deleted_is_not_found() -> None:
    assert get(signed_address("projects/gone.jpg")).status_code == 404
    with pytest.raises(FetchFailed) as failed:
        read_own_file(signed_address("projects/gone.jpg"), 100)
    assert failed.value.reason == "status"


def test_a_signature_does_not_lead_out_of_storage() -> None:
    answer = get(signed_address("../../../etc/passwd"))
    assert answer.status_code in (400, 404)


def test_own_files_are_read_within_the_limit() -> None:
    default_storage.save(NAME, ContentFile(b"12345"))
    assert read_own_file(signed_address(NAME), 5) == b"12345"
    with pytest.raises(FetchFailed) as failed:
        read_own_file(signed_address(NAME), 4)
    assert failed.value.reason == "size"


def test_the_secret_itself_is_no_signing_key() -> None:
    assert signed_files._signature("secret", NAME, 1) != signed_files._signature("secret2", NAME, 1)
