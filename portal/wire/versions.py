"""What the versions of the API tell apart: one answer shape serves all, but for one status."""

import re
from http import HTTPStatus

from django.http.response import HttpResponseBase

from portal.wire.records import MULTI_STATUS

FIRST_WITH_MULTI_STATUS = (3, 3)
_ADDRESS = re.compile(r"/customvision/[vV](\d+)(?:\.[^/]*)?/")
_NUMBERS = re.compile(r"[vV](\d+)\.(\d+)")


def fit_version(response: HttpResponseBase, version: str) -> HttpResponseBase:
    """The answer as clients of that version take it.

    Those older than v3.3 know no 207: they would raise, and lose what became of each image of the batch.
    """
    match = _NUMBERS.match(version)
    if response.status_code == MULTI_STATUS and match is not None and _numbers(match) < FIRST_WITH_MULTI_STATUS:
        response.status_code = HTTPStatus.OK
    return response


def version_advice(path: str) -> str:
    """What to add to "not found" where the address is of a version that is not served; empty elsewhere."""
    match = _ADDRESS.match(path)
    if match is None or match[1] == "3":
        return ""
    return (
        f": version {match[1]} of the API is not served here. Use a client of version 3: Microsoft's Python SDK from"
        " 1.0.0 on, its JavaScript SDK from 3.0.0 on, or /customvision/v3.3/training and /customvision/v3.1/prediction."
    )


def _numbers(match: re.Match[str]) -> tuple[int, int]:
    return int(match[1]), int(match[2])
