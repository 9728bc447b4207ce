"""Forged addresses, rebinding names and bad servers, on a network of its own with real names and real addresses."""

import json
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.fetching.forged import ANSWERS, REDIRECTS, REFUSED, TAKEN
from tests.fetching.own_network import LIMITS, PUBLIC, PUBLIC6
from tests.live_install import ROOT

NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount", "--net"]
REASONS = ("address", "url", "connection")
OUR_PUBLIC = {PUBLIC, PUBLIC6}


def has_namespaces() -> bool:
    if not all(map(shutil.which, ("unshare", "ip", "mount"))):
        return False
    return subprocess.run([*NAMESPACE, "ip", "link", "set", "lo", "up"], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    if not has_namespaces():
        pytest.skip("this machine lets nobody make a network of their own")
    command = [*NAMESPACE, sys.executable, "-m", "tests.fetching.own_network"]
    made: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    return made


@pytest.mark.parametrize("act", ["fetch", "post"])
def test_no_spelling_of_an_inner_address_is_spoken_to(found: dict[str, Any], act: str) -> None:
    wrong = {}
    for url in REFUSED:
        told = found[f"{act} {url}"]
        is_redirect = url.removeprefix("http://public.test/") in REDIRECTS
        # The public server is asked, tells where to go, and that is as far as it goes.
        reasons = ("status",) if is_redirect and act == "post" else (*REASONS, "redirects") if is_redirect else REASONS
        allowed = OUR_PUBLIC if is_redirect else set()
        if told["reason"] not in (*reasons, "status" if url.endswith("to-nothing") else "") or not allowed >= set(
            told["hits"]
        ):
            wrong[url] = told
    assert wrong == {}


@pytest.mark.parametrize("act", ["fetch", "post"])
def test_public_addresses_are_reached(found: dict[str, Any], act: str) -> None:
    for url in TAKEN:
        told = found[f"{act} {url}"]
        if act == "post" and url.endswith("/on"):
            assert told["reason"] == "status"
        else:
            assert (told["reason"], told["outcome"]) == ("", "ok" if act == "fetch" else "sent"), url
        assert set(told["hits"]) <= OUR_PUBLIC


def test_servers_that_do_badly_are_left_with_the_reason_and_in_time(found: dict[str, Any]) -> None:
    told = {name: found[f"fetch http://public.test/{name}"] for name in ANSWERS}
    assert {name: each["reason"] for name, each in told.items()} == ANSWERS
    assert max(each["seconds"] for each in told.values()) < LIMITS.total_seconds + 1


@pytest.mark.parametrize(
    "name", ["fetch http://slow.test/ok", "post http://slow.test/ok", "post http://public.test/silent",
             "post http://public.test/dribbling-head"]
)  # fmt: skip
def test_who_never_answers_costs_no_more_than_the_time_for_all(found: dict[str, Any], name: str) -> None:
    assert found[name]["reason"] == "timeout"
    assert found[name]["seconds"] < LIMITS.total_seconds + 1


def test_a_name_is_looked_up_once_and_that_address_is_spoken_to(found: dict[str, Any]) -> None:
    first, second = found["rebinding first"], found["rebinding second"]
    assert (first["reason"], first["hits"], first["asked"]) == ("", [PUBLIC], 1)
    assert (second["reason"], second["hits"], second["asked"]) == ("address", [], 2)


def test_a_name_that_changes_between_redirects_is_checked_again(found: dict[str, Any]) -> None:
    told = found["rebinding on the way"]
    assert (told["reason"], told["hits"]) == ("address", [PUBLIC])


def test_metadata_is_out_of_reach_even_where_private_addresses_are_allowed(found: dict[str, Any]) -> None:
    told = {name.removeprefix("allowed http://"): each for name, each in found.items() if name.startswith("allowed")}
    assert told.pop("10.0.0.1/ok")["outcome"] == "ok"
    assert {each["reason"] for each in told.values()} == {"address"}
    assert all(each["hits"] == [] for each in told.values())
