"""Fixtures for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.live_install import LiveInstall, running_install


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share the live install run in one process, so that there is one such install."""
    for item in items:
        if "live_install" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("live"))
            item.add_marker(pytest.mark.live)


@pytest.fixture(scope="session")
def live_install() -> Iterator[LiveInstall]:
    """Endpoint, keys and processes of a running install, shared by the whole session."""
    with running_install() as install:
        yield install


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings: Settings) -> None:
    """Each test's stored files lie in a folder of its own."""
    folder = str(tmp_path / "files")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}},
    }
