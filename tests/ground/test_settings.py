"""Settings from the environment and the data folder."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live_install import ROOT, own_environment


def settings_of(data: Path, expression: str, **environment: str) -> object:
    """The value of an expression over the settings, in a process of its own."""
    program = f"import json; from portal import settings as s; print(json.dumps({expression}, default=str))"
    variables = {**own_environment(), "SIGHTLINE_DATA": str(data), **environment}
    return json.loads(subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, env=variables))


def test_the_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first, second = (settings_of(data, "s.SECRET_KEY") for _ in range(2))
    assert first == second
    assert len(str(first)) >= 50
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_a_given_secret_is_not_written_down(tmp_path: Path) -> None:
    data = tmp_path / "data"
    found = settings_of(
        data, "[s.SECRET_KEY, s.SECRET_KEY_FALLBACKS]", SIGHTLINE_SECRET_KEY="new", SIGHTLINE_SECRET_KEY_FALLBACKS="a,b"
    )
    assert found == ["new", ["a", "b"]]
    assert not (data / "secret_key").exists()


def test_sqlite_takes_the_write_lock_when_a_transaction_begins(tmp_path: Path) -> None:
    environment = own_environment()
    if "DATABASE_URL" in environment:
        pytest.skip("runs on PostgreSQL")
    found = settings_of(tmp_path / "data", "s.DATABASES['default']")
    assert isinstance(found, dict)
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]
    assert found["ATOMIC_REQUESTS"] is False


def test_storage_is_a_folder_or_a_bucket(tmp_path: Path) -> None:
    where = "[s.STORAGES['default']['BACKEND'], s.STORAGES['default']['OPTIONS']]"
    assert settings_of(tmp_path, where, SIGHTLINE_STORAGE="/srv/pictures") == [
        "django.core.files.storage.FileSystemStorage",
        {"location": "/srv/pictures", "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    ]
    backend, options = settings_of(tmp_path, where, SIGHTLINE_STORAGE="s3://bucket/some/prefix")  # type: ignore[misc]
    assert backend == "storages.backends.s3.S3Storage"
    assert (options["bucket_name"], options["location"], options["file_overwrite"]) == ("bucket", "some/prefix", False)


def test_under_https_cookies_are_secure_and_browsers_are_told_to_stay(tmp_path: Path) -> None:
    facts = "[s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, s.CSRF_TRUSTED_ORIGINS]"
    assert settings_of(tmp_path, facts, SIGHTLINE_PUBLIC_URL="https://vision.example/") == [
        True,
        True,
        True,
        ["https://vision.example"],
    ]
    assert settings_of(tmp_path, facts, SIGHTLINE_PUBLIC_URL="http://127.0.0.1:8000")[:3] == [False] * 3  # type: ignore[index]


def test_mail_is_printed_unless_a_server_is_named(tmp_path: Path) -> None:
    names = "[s.EMAIL_BACKEND.split('.')[-2], getattr(s, 'EMAIL_HOST', None), getattr(s, 'EMAIL_PORT', None)]"
    assert settings_of(tmp_path / "data", names) == ["console", None, None]
    told = settings_of(
        tmp_path / "data",
        f"{names} + [s.EMAIL_HOST_PASSWORD, s.EMAIL_USE_TLS, s.DEFAULT_FROM_EMAIL]",
        EMAIL_URL="smtp+tls://me:p%40ss@mail.example:587",
        SIGHTLINE_PUBLIC_URL="https://vision.example",
    )
    assert told == ["smtp", "mail.example", 587, "p@ss", True, "sightline@vision.example"]
