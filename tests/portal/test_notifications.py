"""Notifications: what is posted, when, to whom, and what a deaf listener does not disturb."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.actors import SYSTEM
from portal.errors import Refusal
from portal.fetching import FetchFailed, post_json
from portal.jobs.models import Job, JobState
from portal.jobs.running import work_on
from portal.models import Project, User
from portal.notifications import ATTEMPTS, last_notification, notify_export, notify_training
from portal.projects import ProjectChange, ProjectSettings, create_project, update_project
from tests.builders import make_project, make_resource
from tests.wire.http import Api

pytestmark = pytest.mark.django_db


class Listener(ThreadingHTTPServer):
    """A program that takes posts; `status` is its next answer."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 201
        self.headers: dict[str, str] = {}
        self.got: list[tuple[str, str | None, Any]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?sig=secret"


class Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers["Content-Type"], json.loads(body)))
        self.send_response(self.server.status)
        for name, text in self.server.headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def listener(settings: Settings) -> Iterator[Listener]:
    settings.SIGHTLINE_ALLOW_PRIVATE_URLS = True
    server = Listener()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run_jobs() -> list[Job]:
    jobs = list(Job.objects.filter(kind="notify").order_by("created"))
    for job in jobs:
        work_on(job.pk, "test")
        job.refresh_from_db()
    return jobs


def notified(listener: Listener) -> Project:
    return make_project(settings=ProjectSettings(notification_uri=listener.address))


def test_a_new_address_is_sent_a_test(listener: Listener) -> None:
    project = notified(listener)
    assert listener.got == []  # not by the call, by a job
    run_jobs()
    content = {"projectId": str(project.pk)}
    message = {"version": "1.0", "type": "ConnectionTest", "Content": content}
    assert listener.got == [("/hook?sig=secret", "application/json", message)]
    last = last_notification(project)
    assert last is not None
    assert (last.kind, last.is_sent, last.failure) == ("ConnectionTest", True, "")


def test_the_test_is_sent_when_the_address_changes_and_only_then(listener: Listener) -> None:
    project = make_project()
    update_project(SYSTEM, project, ProjectChange(notification_uri=listener.address))
    update_project(SYSTEM, project, ProjectChange(description="other", notification_uri=listener.address))
    update_project(SYSTEM, project, ProjectChange(notification_uri=None))
    assert Job.objects.filter(kind="notify").count() == 1
    update_project(SYSTEM, project, ProjectChange(notification_uri=""))
    assert Project.objects.get(pk=project.pk).notification_uri == ""
    assert Job.objects.filter(kind="notify").count() == 1


@pytest.mark.parametrize(
    ("is_completed", "training", "export"),
    [(True, "TrainingCompleted", "ExportCompleted"), (False, "TrainingFailed", "ExportFailed")],
)
def test_the_end_of_trainings_and_exports_is_told(
    listener: Listener, is_completed: bool, training: str, export: str
) -> None:
    project, iteration_id = notified(listener), uuid4()
    notify_training(project, iteration_id, is_completed=is_completed)
    notify_export(project, iteration_id, is_completed=is_completed, model_uri="https://here/model.zip")
    run_jobs()
    ids = {"projectId": str(project.pk), "iterationId": str(iteration_id)}
    assert [message for _, _, message in listener.got[1:]] == [
        {"version": "1.0", "type": "Training", "Content": {**ids, "trainingStatus": training}},
        {
            "version": "1.0",
            "type": "Export",
            "Content": {**ids, "exportStatus": export, "modelUri": "https://here/model.zip"},
        },
    ]


def test_a_project_without_an_address_tells_nobody() -> None:
    notify_training(make_project(), uuid4(), is_completed=True)
    assert not Job.objects.exists()


def test_a_listener_that_fails_is_tried_again_and_then_given_up_visibly(listener: Listener) -> None:
    project = notified(listener)
    listener.status = 500
    for _ in range(ATTEMPTS + 1):
        Job.objects.update(due_at=timezone.now())
        run_jobs()
    assert len(listener.got) == ATTEMPTS
    job = Job.objects.get()
    assert (job.state, job.error) == (JobState.FAILED, "127.0.0.1 answered with status 500.")
    last = last_notification(project)
    assert last is not None
    assert "status 500" in last.failure
    client = Client()
    client.force_login(User.objects.create_superuser("boss", password="x"))
    page = client.get(f"/projects/{project.pk}/settings").content.decode()
    assert "was not taken: 127.0.0.1 answered with status 500." in page


def test_a_second_try_that_is_taken_is_the_last(listener: Listener) -> None:
    notified(listener)
    listener.status = 503
    run_jobs()
    listener.status = 200
    Job.objects.update(due_at=timezone.now())
    assert run_jobs()[0].state == JobState.SUCCEEDED
    run_jobs()
    assert len(listener.got) == 2


def test_a_redirect_is_not_followed(listener: Listener) -> None:
    listener.status, listener.headers = 307, {"Location": listener.address}
    with pytest.raises(FetchFailed, match="status 307"):
        post_json(listener.address, {}, allow_private=True)
    assert len(listener.got) == 1


def test_private_addresses_are_not_posted_to(listener: Listener, settings: Settings) -> None:
    settings.SIGHTLINE_ALLOW_PRIVATE_URLS = False
    project = notified(listener)
    assert run_jobs()[0].state == JobState.QUEUED
    assert listener.got == []
    assert last_notification(project) is not None


def test_an_address_that_nobody_could_post_to_is_refused_at_once() -> None:
    resource = make_resource()
    for field in ("notification_uri", "export_container_uri"):
        for uri in ("queue", "ftp://x/y", "https://user:secret@x/y", "https://x:99999/"):
            with pytest.raises(Refusal) as refusal:
                create_project(SYSTEM, resource, "new", project_settings=ProjectSettings(**{field: uri}))
            assert refusal.value.code == "BadRequestInvalidUri"
            assert "secret" not in refusal.value.message
    assert not Project.objects.exists()
    assert not Job.objects.exists()


def test_both_addresses_are_taken_from_the_query_as_from_the_body() -> None:
    api = Api(make_resource())
    uris = {"exportModelContainerUri": "https://blobs.example/c?sv=1", "notificationQueueUri": "https://q.example/x"}
    query = "exportModelContainerUri=https%3A%2F%2Fblobs.example%2Fc%3Fsv%3D1&notificationQueueUri=https://q.example/x"
    for made in (api.post("/projects?name=a", uris), api.post(f"/projects?name=b&{query}")):
        settings = made.json()["settings"]
        assert {name: settings[name] for name in uris} == uris


def test_a_page_changes_the_address(listener: Listener) -> None:
    project = make_project()
    client = Client()
    client.force_login(User.objects.create_superuser("boss", password="x"))
    address = f"/projects/{project.pk}/settings"
    form = {"name": project.name, "description": "", "notification_uri": listener.address}
    assert client.post(address, form).status_code == 302
    assert Project.objects.get(pk=project.pk).notification_uri == listener.address
    run_jobs()
    assert "The last one, ConnectionTest, was taken" in client.get(address).content.decode()
    answer = client.post(address, {**form, "notification_uri": "nowhere"})
    assert answer.status_code == 422
    assert "must start with http://" in answer.content.decode()
