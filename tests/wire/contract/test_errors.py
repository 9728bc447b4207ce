"""`docs/errors.md` against the source, and every row of it over HTTP."""

import re
from typing import Any

import pytest

from portal import throttle
from portal.call_counts import OwnCounts
from portal.errors import http_status
from portal.limits import CallKind
from portal.throttle import Throttle
from tests.wire.contract.asker import Asker
from tests.wire.contract.conftest import House
from tests.wire.contract.error_table import CODE, MEND, OF_IMAGES, OF_PAGES, OF_THE_API, sent_by_the_source
from tests.wire.contract.models import ENUMERATIONS
from tests.wire.contract.provocations import PROVOKED
from tests.wire.contract.state import changes

pytestmark = pytest.mark.django_db


@pytest.fixture
def asker(house: House, monkeypatch: pytest.MonkeyPatch) -> Asker:
    return Asker(house, monkeypatch)


def test_the_tables_have_every_code_of_the_source_and_no_other() -> None:
    of_images = {name for name in OF_IMAGES if CODE.fullmatch(name)} | {"ErrorImageNotFound"}
    assert sent_by_the_source() == OF_THE_API.keys() | OF_PAGES.keys() | of_images
    assert set(OF_IMAGES) == set(ENUMERATIONS["ImageCreateStatus"])
    assert not OF_THE_API.keys() & OF_PAGES.keys()


# Custom Vision knows nothing like it; its SDKs hand an unknown code on as text.
OWN_CODES = {"BadRequestPublishGate"}


def test_what_the_api_says_are_words_of_custom_vision_s_but_for_our_own() -> None:
    assert OF_THE_API.keys() - set(ENUMERATIONS["CustomVisionErrorCodes"]) == OWN_CODES


def test_the_statuses_of_the_tables_are_those_of_the_codes() -> None:
    for row in (*OF_THE_API.values(), *OF_PAGES.values()):
        assert int(row.second) == http_status(row.name), row.name


def test_the_described_operations_name_codes_of_the_tables() -> None:
    from portal.api.reference import document

    described = str([each["responses"] for path in document()["paths"].values() for each in path.values()])
    named = set(re.findall(r"\b(?:BadRequest|Forbidden|NotFound|Error)[A-Z]\w*", described)) - {"ErrorDetail"}
    assert named <= OF_THE_API.keys() | OF_PAGES.keys()


@pytest.mark.parametrize("code", OF_THE_API)
def test_a_row_of_the_table(asker: Asker, house: House, untouched: dict[str, Any], code: str) -> None:
    answer = PROVOKED[code](asker)
    assert (answer.status_code, answer.json()["code"]) == (int(OF_THE_API[code].second), code)
    assert answer.json().keys() == {"code", "message"}
    check_words(answer.json()["message"])
    if asker.count == 1 and PROVOKED[code].__name__ == "<lambda>":
        assert changes(house.files, untouched) == set(), "it was checked after something was written"


def check_words(message: str) -> None:
    """A sentence with a mend, and nothing from inside the program."""
    assert 20 <= len(message) <= 400, message
    assert MEND.search(message), message
    assert not re.search(r"Traceback|\bNone\b|<class|Exception|object at 0x", message), message


@pytest.mark.parametrize("path", ["/projects", "/nothing"])
def test_the_gateway_s_answers(asker: Asker, house: House, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if path == "/nothing":
        answer = asker.top("GET", path)
        assert (answer.status_code, answer.json()) == (404, {"statusCode": 404, "message": "Resource not found"})
        return
    asker._keys = {}
    answer = asker.top("GET", path)
    assert (answer.status_code, answer.json().keys()) == (401, {"error"})
    check_words(answer.json()["error"]["message"])


def test_too_many_calls(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    none = Throttle("F0", dict.fromkeys(CallKind, 0), OwnCounts())
    monkeypatch.setattr(throttle, "process_throttle", none)
    for answer in (asker.top("GET", "/projects"), asker.image(asker.c, b"")):
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert answer.json()["error"]["code"] == "429"
        check_words(answer.json()["error"]["message"])
