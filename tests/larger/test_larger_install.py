"""PostgreSQL, Valkey over TCP, S3, two web hosts and two training workers, started as docker-compose.yml says."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import boto3
import httpx
import psutil
import psycopg
import pytest
from azure.cognitiveservices.vision.customvision.training.models import PredictionQueryToken
from celery import Celery

from tests.larger.compose import own_services
from tests.larger.jail import USER, can_jail
from tests.larger.shapes_project import IMAGES_A_TAG, completed, make_project, photo, predictor_at, trainer_at
from tests.larger.topology import HOSTS, LargerInstall
from tests.live_install import ADMIN_PASSWORD, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

IN_FORCE_SECONDS = 0.5
# Of a model that has to come from the bucket first: a new name's first answer waits for it, and a name that moves goes
# on with its former one.
LOADED_SECONDS = 1.0
TRAININGS = 4
API_TESTS = (
    "tests/wire/test_sdk_flows.py",
    "tests/wire/test_sdk_detection.py",
    "tests/wire/test_sdk_predictions.py",
    "tests/wire/test_sdk_labeling.py",
    "tests/wire/test_sdk_project_copy.py",
    "tests/wire/test_sdk_export.py",
)


def query(install: LargerInstall, words: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(install.environment["DATABASE_URL"]) as connection:
        return connection.execute(words, values).fetchall()  # type: ignore[call-overload]


def eventually(condition: Callable[[], bool], within_seconds: float = 60.0) -> float:
    """Seconds until the condition held."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < within_seconds
        time.sleep(0.01)
    return time.monotonic() - started


def test_every_host_lives_and_its_health_check_says_so(install: LargerInstall) -> None:
    parts = httpx.get(f"{install.web[1]}/readyz", timeout=10).json()["parts"]
    assert {name: parts[name]["detail"] for name in ("training", "ingester", "short")} == {
        "training": "2 alive",
        "ingester": "2 alive",
        "short": "1 alive",
    }
    for host, service in HOSTS.items():
        _, _, *arguments = own_services()[service]["healthcheck"]["test"]
        answer = install.exec(host, *arguments)
        assert (answer.returncode, answer.stdout.strip()) == (0, "alive"), (host, answer.stderr)
    assert install.exec("beat-1", "-m", "portal.health.check", "training").returncode == 1


@pytest.mark.skipif(not can_jail(), reason="needs root and Linux namespaces")
@pytest.mark.parametrize("host", HOSTS)
def test_a_host_runs_without_root_and_cannot_write_its_own_program(install: LargerInstall, host: str) -> None:
    supervisor = psutil.Process(install.processes[host].pid)
    for process in (supervisor, *supervisor.children(recursive=True)):
        status = Path(f"/proc/{process.pid}/status").read_text()
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert set(facts["Uid"].split()) == {str(USER)}
        assert (int(facts["CapEff"], 16), int(facts["CapBnd"], 16), facts["NoNewPrivs"]) == (0, 0, "1")
    writing = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('x')"
    for path in ("/mnt/app/portal/x", "/x", "/var/tmp/x"):
        assert install.exec(host, "-c", writing, path).returncode == 1
    assert install.exec(host, "-c", writing, "/tmp/x").returncode == 0


def test_memory_stays_well_below_what_compose_grants(install: LargerInstall, published: tuple[str, str]) -> None:
    units = {"m": 1 << 20, "g": 1 << 30}
    for host, service in HOSTS.items():
        supervisor = psutil.Process(install.processes[host].pid)
        family = [supervisor, *supervisor.children(recursive=True)]
        used = sum(process.memory_full_info().pss for process in family)
        granted = str(own_services()[service]["mem_limit"]).rpartition(":-")[2].rstrip("}")
        print(f"{host}: {used / 1e6:.0f} MB of {granted}")
        assert used < 0.7 * int(granted[:-1]) * units[granted[-1]]


def test_a_signed_address_made_on_one_host_opens_on_the_other(
    install: LargerInstall, published: tuple[str, str]
) -> None:
    for maker, other in (install.web, install.web[::-1]):
        image = trainer_at(maker, install.keys).get_images(published[0])[0]
        for address in (image.original_image_uri, image.resized_image_uri, image.thumbnail_uri):
            assert address.startswith(install.endpoint)
            here = httpx.get(address, timeout=60)
            there = httpx.get(address.replace(install.endpoint, other), timeout=60)
            assert (here.status_code, there.status_code) == (200, 200)
            assert here.content == there.content
            forged = address[:-1] + ("0" if address[-1] != "0" else "1")
            assert httpx.get(forged.replace(install.endpoint, other), timeout=60).status_code == 403


def test_a_session_begun_on_one_host_is_valid_on_the_other(install: LargerInstall) -> None:
    one, other = install.web
    with httpx.Client(follow_redirects=True, timeout=60) as browser:
        assert browser.get(f"{one}/sign-in").status_code == 200
        form = {
            "username": "admin",
            "password": ADMIN_PASSWORD,
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        # Cookies know no ports, so that the form of the one host may be sent to the other, as behind a proxy.
        answer = browser.post(f"{other}/sign-in", data=form, headers={"Origin": install.endpoint})
        assert answer.status_code == 200
        for address in (one, other, install.endpoint):
            page = browser.get(f"{address}/account")
            assert page.url.path == "/account", page.url
            assert "Sign out" in page.text


def test_publishing_on_one_host_is_in_force_on_the_other_at_once(
    install: LargerInstall, published: tuple[str, str]
) -> None:
    project_id, iteration_id = published
    one = trainer_at(install.web[0], install.keys)
    another = one.train_project(project_id, force_train=True)
    completed(one, project_id, another.id)
    headers = {"Prediction-Key": install.keys["predictionKey"], "Content-Type": "application/octet-stream"}
    seconds: dict[str, list[float]] = {"published": [], "answered": [], "unpublished": [], "moved": []}
    with httpx.Client(headers=headers, timeout=60) as caller:

        def answer(name: str) -> httpx.Response:
            path = f"/customvision/v3.1/Prediction/{project_id}/classify/iterations/{name}/image/nostore"
            return caller.post(f"{install.web[1]}{path}", content=photo("circle", 90))

        def is_asked(name: str, status: int) -> bool:
            return answer(name).status_code == status

        def sent_and_answered(name: str) -> tuple[float, float]:
            """Seconds until a call was sent that got 200, and until it did: it waits for the model, from the bucket."""
            started = time.monotonic()
            while True:
                sent = time.monotonic() - started
                if is_asked(name, 200):
                    return sent, time.monotonic() - started
                assert sent < 60

        for number in range(5):
            name, resource = f"round{number}", install.keys["predictionResourceId"]
            assert is_asked(name, 404)
            one.publish_iteration(project_id, another.id, name, resource)
            sent, answered = sent_and_answered(name)
            seconds["published"].append(sent)
            seconds["answered"].append(answered)
            one.unpublish_iteration(project_id, another.id)
            seconds["unpublished"].append(eventually(partial(is_asked, name, 404)))
            for moved in (str(another.id), iteration_id):
                one.publish_iteration(project_id, moved, "shapes", resource, overwrite=True)
                arrived = eventually(lambda moved=moved: answer("shapes").json()["iteration"] == moved)  # type: ignore[misc]
                seconds["moved"].append(arrived)
    print({what: [round(each, 3) for each in figures] for what, figures in seconds.items()})
    # The median: what else goes on on the machine is not ours.
    assert max(median(seconds["published"]), median(seconds["unpublished"])) < IN_FORCE_SECONDS
    assert max(median(seconds["answered"]), median(seconds["moved"])) < LOADED_SECONDS


def test_stored_predictions_of_both_hosts_arrive(install: LargerInstall, published: tuple[str, str]) -> None:
    project_id = published[0]
    predictors = [predictor_at(address, install.keys) for address in install.web]
    photos = [photo("cross", number) for number in range(20)]
    answers = [predictors[each % 2].classify_image(project_id, "shapes", photos[each]) for each in range(20)]
    sent = {str(each.id) for each in answers}
    assert len(sent) == 20
    trainer = trainer_at(install.web[0], install.keys)

    def stored() -> list[Any]:
        return list(trainer.query_predictions(project_id, PredictionQueryToken(max_count=100)).results)

    eventually(lambda: len(stored()) == 20, 20)
    assert {str(each.id) for each in stored()} == sent
    assert all(httpx.get(each.original_image_uri, timeout=60).status_code == 200 for each in stored())
    for host in ("web-1", "web-2"):
        assert list((install.data(host) / "spool").rglob("*.segment")) == []


def test_deleted_images_and_projects_leave_the_bucket(install: LargerInstall) -> None:
    told = install.environment
    bucket = boto3.resource(
        "s3",
        endpoint_url=told["AWS_ENDPOINT_URL_S3"],
        region_name=told["AWS_DEFAULT_REGION"],
        aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
    ).Bucket("sightline")
    trainer = trainer_at(install.web[0], install.keys)
    project_id = make_project(trainer)

    def count() -> int:
        return sum(1 for _ in bucket.objects.filter(Prefix=f"files/projects/{project_id}/"))

    assert count() == 3 * 2 * IMAGES_A_TAG
    trainer.delete_images(project_id, [trainer.get_images(project_id)[0].id])
    eventually(lambda: count() == 3 * (2 * IMAGES_A_TAG - 1))
    trainer.delete_project(project_id)
    eventually(lambda: count() == 0)


def test_each_training_is_run_once_by_one_of_the_two_workers(install: LargerInstall) -> None:
    trainers = [trainer_at(address, install.keys) for address in install.web]
    projects = [make_project(trainers[number % 2], first=20 * number) for number in range(TRAININGS)]
    asked = [
        (trainers[number % 2], project_id, trainers[number % 2].train_project(project_id).id)
        for number, project_id in enumerate(projects)
    ]
    # Every bell is rung again and again, while they wait, run, and have ended.
    bells = Celery(broker=install.environment["BROKER_URL"])

    def ring_all() -> list[tuple[Any, ...]]:
        jobs = query(install, "SELECT id, state FROM portal_job WHERE queue = 'training'")
        for job_id, _ in jobs:
            for _ in range(3):
                bells.send_task("portal.jobs.tasks.run_job", (str(job_id),), queue="training")
        return jobs

    eventually(lambda: time.sleep(1) or all(state == "succeeded" for _, state in ring_all()), 1200)
    for trainer, project_id, iteration_id in asked:
        completed(trainer, project_id, iteration_id)
        assert len(trainer.get_iterations(project_id)) == 1
    ring_all()
    time.sleep(5)
    rows = query(
        install,
        "SELECT attempt, state, worker FROM portal_job WHERE queue = 'training' AND project_id = ANY(%s::uuid[])",
        projects,
    )
    assert [(attempt, state) for attempt, state, _ in rows] == [(1, "succeeded")] * TRAININGS
    assert {worker for _, _, worker in rows} == {"training@training-1", "training@training-2"}


@pytest.mark.parametrize("file", API_TESTS)
def test_the_api_tests_run_on_it(install: LargerInstall, file: str) -> None:
    """Behind the proxy, so that each request of a flow goes to another web host than the one before."""
    facts = {**install.keys, "data": str(install.data("web-1")), "environment": dict(install.environment)}
    environment = {**os.environ, "SIGHTLINE_RUNNING_INSTALL": json.dumps(facts)}
    environment.pop("PYTEST_CURRENT_TEST", None)
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "pytest", file, "--slow", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    print(done.stdout[-1500:])
    assert done.returncode == 0, done.stdout[-6000:]


def test_afterwards_every_job_was_done_once(install: LargerInstall) -> None:
    """Also the short ones, of all tests above; what failed or was cancelled was meant to."""
    eventually(lambda: not query(install, "SELECT 1 FROM portal_job WHERE state IN ('queued', 'running')"), 120)
    assert query(install, "SELECT kind, attempt FROM portal_job WHERE state = 'succeeded' AND attempt <> 1") == []
