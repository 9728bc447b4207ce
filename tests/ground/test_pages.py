"""Signing in, the first page, and the headers of every page."""

import json
import re

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from portal.models import User
from portal.pages.fallbacks import server_fault
from portal.resources import create_default_resources
from tests.live_install import LiveInstall

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana", password=PASSWORD)


def sign_in(client: Client, password: str) -> int:
    return client.post("/sign-in", {"username": "ana", "password": password}).status_code


def test_a_stranger_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?next=/")


def test_the_right_password_opens_the_page_that_was_asked_for(client: Client, ana: User) -> None:
    form = {"username": "ana", "password": PASSWORD, "next": "/account"}
    assert client.post("/sign-in", form).headers["Location"] == "/account"
    assert "ana" in client.get("/account").content.decode()


def test_a_wrong_password_says_what_to_check(client: Client, ana: User) -> None:
    answer = client.post("/sign-in", {"username": "ana", "password": "wrong"})
    assert answer.status_code == 200
    assert "No user has that name and password." in answer.content.decode()
    assert client.get("/").status_code == 302


def test_ten_wrong_passwords_pause_that_name_and_only_that_name(client: Client, ana: User) -> None:
    User.objects.create_user("ben", password=PASSWORD)
    assert [sign_in(client, f"wrong-{number}") for number in range(9)] == [200] * 9
    assert sign_in(client, "wrong-9") == 429
    assert sign_in(client, PASSWORD) == 429
    assert "Wait 15 minutes" in client.post("/sign-in", {"username": "ana", "password": PASSWORD}).content.decode()
    assert client.post("/sign-in", {"username": "ben", "password": PASSWORD}).status_code == 302


def test_a_post_without_the_token_of_its_page_is_refused(ana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, PASSWORD) == 403


def test_signing_out_takes_a_post(client: Client, ana: User) -> None:
    sign_in(client, PASSWORD)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    assert client.get("/").status_code == 302


def test_next_does_not_lead_to_another_site(client: Client, ana: User) -> None:
    answer = client.post("/sign-in", {"username": "ana", "password": PASSWORD, "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/sign-in", "/", "/healthz", "/nowhere"])
def test_every_answer_forbids_inline_script_and_framing(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_pages_have_no_inline_script_or_style(client: Client, ana: User) -> None:
    create_default_resources()
    sign_in_page = client.get("/sign-in").content.decode()
    sign_in(client, PASSWORD)
    for page in (sign_in_page, client.get("/").content.decode()):
        assert re.search(r"<script(?![^>]*\bsrc=)", page) is None
        assert re.search(r"<style|\sstyle=|\son[a-z]+=", page) is None


def test_an_address_without_a_page_says_so_in_the_portals_frame(client: Client, ana: User) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no page at this address." in answer.content.decode()
    assert 'href="/sign-in"' in answer.content.decode()
    sign_in(client, PASSWORD)
    assert "All projects" in client.get("/nowhere").content.decode()


def test_the_icon_that_browsers_look_for_by_themselves_is_there(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["Location"].startswith("/static/mark.")) == (302, True)


def test_a_fault_is_told_without_the_database_in_the_form_that_was_asked_for(rf: RequestFactory) -> None:
    with CaptureQueriesContext(connection) as captured:
        page = server_fault(rf.get("/projects/x"))
        part = server_fault(rf.get("/projects/x", headers={"HX-Request": "true"}))
        script = server_fault(rf.get("/projects/x", headers={"Accept": "application/json"}))
        api = server_fault(rf.get("/customvision/v3.3/training/projects"))
    assert {each.status_code for each in (page, part, script, api)} == {500}
    assert "The server could not do this" in page.content.decode()
    assert part.headers["HX-Retarget"] == "#notices"
    assert json.loads(script.content)["code"] == json.loads(api.content)["code"] == "ErrorUnknown"
    assert len(captured) == 0


def test_static_files_are_served_hashed_and_compressed(live_install: LiveInstall) -> None:
    import httpx

    page = httpx.get(f"{live_install.endpoint}/sign-in")
    address = re.search(r'href="(/static/app\.[0-9a-f]{12}\.css)"', page.text)
    assert address is not None
    answer = httpx.get(live_install.endpoint + address[1])
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
