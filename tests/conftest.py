"""Fixtures for every test."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from xdist.scheduler import LoadScopeScheduling

from tests.live_install import ROOT, LiveInstall, running_install, told_install

# Playwright's synchronous API keeps an event loop running in the test's thread, which Django takes for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# Threads of PyTorch that wait by spinning take the cores from the tests beside them: three times the processor time.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


class OneLiveInstall(LoadScopeScheduling):
    """Files that share an install go to one process, so that there is one such install."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith("tests/e2e/"):
            return "e2e"
        return "live" if "live_install: " in (ROOT / file).read_text() else file


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--slow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="slow: pytest --slow runs it"))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    return OneLiveInstall(config, log)


@pytest.fixture(scope="session")
def live_install() -> Iterator[LiveInstall]:
    """Endpoint, keys and processes of a running install, shared by the whole session."""
    told = os.environ.get("SIGHTLINE_RUNNING_INSTALL")
    if told:
        yield told_install(json.loads(told))
        return
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
