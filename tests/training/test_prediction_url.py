"""The Prediction URL dialog: its addresses, its key, and calls that work as pasted."""

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from django.conf import settings
from django.test import Client

from portal.domains import GENERAL_DETECTION
from portal.models import AuditEntry, Membership, ResourceKind, User
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_iteration, make_project, make_resource
from tests.e2e.projects import make_project as make_live_project
from tests.e2e.projects import publish, train
from tests.live_install import ADMIN_PASSWORD, LiveInstall
from tests.pictures import picture
from tests.wire.clients.environments import node
from training.models import Iteration
from training.prediction_examples import KEY_PLACEHOLDER
from training.publishing import publish_iteration

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


def published_iteration(name: str = "trees", domain_id: UUID | None = None) -> Iteration:
    iteration = make_iteration(make_project(settings=ProjectSettings(domain_id=domain_id)))
    target = make_resource(ResourceKind.PREDICTION).full_id
    publish_iteration(key_actor(iteration.project), iteration, name, target)
    return iteration


def browser(iteration: Iteration, role: Role | None) -> Client:
    """Somebody with that role; an administrator without one."""
    user = User.objects.create_user("someone", password="x", is_superuser=role is None)
    if role is not None:
        Membership.objects.create(user=user, project=iteration.project, role=role)
    client = Client()
    client.force_login(user)
    return client


def address(iteration: Iteration, what: str) -> str:
    return f"/projects/{iteration.project_id}/iterations/{iteration.pk}/{what}"


def examples_of(dialog: str) -> dict[str, str]:
    return {
        name: unescape(text) for name, text in re.findall(r'id="example-(\w+)"[^>]*>(.*?)</pre>', dialog, re.DOTALL)
    }


@pytest.mark.django_db
def test_a_detectors_dialog_names_the_detect_address_and_prints_boxes() -> None:
    iteration = published_iteration("forks", GENERAL_DETECTION)
    dialog = browser(iteration, None).get(address(iteration, "prediction-url")).content.decode()
    base = f"/customvision/v3.0/Prediction/{iteration.project_id}/detect/iterations/forks"
    assert f"{base}/image</code>" in dialog
    assert f"{base}/url</code>" in dialog
    assert "classify" not in dialog
    examples = examples_of(dialog)
    assert 'prediction["boundingBox"]' in examples["python"]
    assert "prediction.bounding_box" in examples["sdk"]
    assert "detect_image" in examples["sdk"]
    assert "prediction.boundingBox" in examples["javascript"]
    for name in ("python", "sdk"):
        compile(examples[name], name, "exec")


@pytest.mark.django_db
def test_the_dialog_names_both_addresses_and_no_key() -> None:
    iteration = published_iteration("oak & ash")
    dialog = browser(iteration, None).get(address(iteration, "prediction-url")).content.decode()
    base = (
        f"{settings.SIGHTLINE_PUBLIC_URL}/customvision/v3.0/Prediction/{iteration.project_id}"
        "/classify/iterations/oak%20%26%20ash"
    )
    assert f"{base}/image<" in dialog
    assert f"{base}/url<" in dialog
    assert set(examples_of(dialog)) == {"curl", "python", "sdk", "javascript"}
    assert all(KEY_PLACEHOLDER in text for text in examples_of(dialog).values())
    assert not re.search(r"\b[0-9a-f]{32}\b", dialog)


@pytest.mark.django_db
def test_showing_the_key_is_an_act_that_the_log_keeps() -> None:
    iteration = published_iteration()
    answer = browser(iteration, None).post(address(iteration, "prediction-key"), headers=JSON)
    assert re.fullmatch(r"[0-9a-f]{32}", answer.json()["key"])
    assert answer.headers["Cache-Control"] == "no-store"
    assert AuditEntry.objects.filter(act="reveal_key").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_nobody_but_an_administrator_gets_the_key(role: Role) -> None:
    iteration = published_iteration()
    client = browser(iteration, role)
    assert "data-show-key" not in client.get(address(iteration, "prediction-url")).content.decode()
    assert client.post(address(iteration, "prediction-key"), headers=JSON).status_code == 403
    assert AuditEntry.objects.filter(act="reveal_key").count() == 0


@pytest.mark.django_db
def test_an_unpublished_iteration_has_no_prediction_url() -> None:
    iteration = make_iteration(make_project())
    answer = browser(iteration, None).get(address(iteration, "prediction-url"), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequestIterationNotPublished")


@pytest.fixture(scope="module")
def pasted(live_install: LiveInstall, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with photo.jpg, and the examples with the key that the dialog shows to an administrator."""
    made = make_live_project(live_install, "Pasted calls", ("circle", "cross"), 6)
    train(live_install, made)
    publish(live_install, made, "two shapes")
    base = f"/projects/{made.id}/iterations/{made.iteration_id}"
    with httpx.Client(base_url=live_install.endpoint, timeout=30) as client:
        client.get("/sign-in")
        form = {"username": "admin", "password": ADMIN_PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        client.post("/sign-in", data=form)
        dialog = client.get(f"{base}/prediction-url").raise_for_status().text
        headers = {"X-CSRFToken": client.cookies["csrftoken"], **JSON}
        key = client.post(f"{base}/prediction-key", headers=headers).raise_for_status().json()["key"]
    folder = tmp_path_factory.mktemp("pasted")
    (folder / "photo.jpg").write_bytes(picture("circle", 40))
    return folder, {name: text.replace(KEY_PLACEHOLDER, key) for name, text in examples_of(dialog).items()}


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, env={**os.environ})
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_curl_example_works_as_pasted(pasted: tuple[Path, dict[str, str]]) -> None:
    folder, examples = pasted
    assert '"tagName":"circle"' in run(["bash", "-c", examples["curl"]], folder).replace(" ", "")


@pytest.mark.parametrize("name", ["python", "sdk"])
def test_the_python_examples_work_as_pasted(pasted: tuple[Path, dict[str, str]], name: str) -> None:
    folder, examples = pasted
    lines = run([sys.executable, "-W", "ignore", "-c", examples[name]], folder).splitlines()
    assert sorted(line.split()[0] for line in lines) == ["circle", "cross"]


def test_the_javascript_example_works_as_pasted(pasted: tuple[Path, dict[str, str]]) -> None:
    folder, examples = pasted
    (folder / "predict.mjs").write_text(examples["javascript"])
    lines = run([node(), "predict.mjs"], folder).splitlines()
    assert sorted(line.split()[0] for line in lines) == ["circle", "cross"]
