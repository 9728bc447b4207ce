"""A world and clients that reach it, made once a file of tests. A test's rows are rolled back; its files stay."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from inference import front
from inference.registry import Registry, load_registry
from inference.watching import RegistryWatcher
from portal.intake import Intake
from portal.keys import reveal
from portal.models import Resource, ResourceKind
from tests.builders import make_resource
from tests.wire.contract.clients import Sdk
from tests.wire.contract.state import everything
from tests.wire.contract.world import World, make_world


class WatcherInThisThread(RegistryWatcher):
    """Looks into the database at every request, where another thread could not see what is not committed."""

    def start(self) -> None:
        """Nothing runs."""

    def stop(self) -> None:
        """Nothing runs."""

    def refresh(self) -> Registry:
        return load_registry()


def key_of(resource: Resource) -> str:
    return reveal(resource.keys.get(slot=1))


@dataclass(frozen=True)
class Tenant:
    """A training and a prediction resource with their world, and an SDK with their keys."""

    training: Resource
    prediction: Resource
    sdk: Sdk
    world: World


@dataclass(frozen=True)
class House:
    """The product in this process, with two tenants who know nothing of each other."""

    app: WSGIApplication
    ours: Tenant
    theirs: Tenant
    files: Path

    def sdk(self, training_key: str = "", prediction_key: str = "") -> Sdk:
        """An SDK with other keys."""
        return Sdk(self.app, training_key, prediction_key)


def answered_at_once(app: WSGIApplication) -> WSGIApplication:
    """The app, with its answers read to the end and closed, whoever asks."""

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        chunks = app(environ, start_response)
        try:
            return [b"".join(chunks)]
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    return call


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def one_connection() -> Iterator[None]:
    """Requests do not close the connection that they share with the test, as in Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def house(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("contract")
    storages = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder / "files")},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with (
        pytest.MonkeyPatch.context() as patch,
        override_settings(STORAGES=storages, SIGHTLINE_DATA=str(folder), ALLOWED_HOSTS=["testserver", "localhost"]),
        django_db_blocker.unblock(),
        one_connection(),
        undone(),
    ):
        patch.setattr(front, "RegistryWatcher", WatcherInThisThread)
        served = front.PredictionFront(get_wsgi_application())
        app = answered_at_once(Intake(served))
        yield House(app, _tenant(app), _tenant(app), folder)
        served.close()


@pytest.fixture(scope="module")
def untouched(house: House) -> dict[str, Any]:
    """The world as it is before every test: each one's changes are rolled back."""
    return everything(house.files)


def _tenant(app: WSGIApplication) -> Tenant:
    training, prediction = make_resource(), make_resource(ResourceKind.PREDICTION)
    sdk = Sdk(app, key_of(training), key_of(prediction))
    return Tenant(training, prediction, sdk, make_world(sdk, prediction))


@pytest.fixture(autouse=True)
def own_files() -> None:
    """The files of a world outlive one test."""
