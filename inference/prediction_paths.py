"""The prediction URL, taken apart."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl
from uuid import UUID

from portal.errors import Refusal

APPLY_THRESHOLDS = "applythresholds"
# The name may hold slashes: a WSGI server hands it over decoded, so it goes up to the last /image or /url.
_PATH = re.compile(
    r"/customvision/v3\.[^/]+/prediction/(?P<project>[^/]+)/(?P<task>classify|detect)/iterations/(?P<name>.+)"
    r"/(?P<source>image|url)(?P<nostore>/nostore)?/?",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class PredictionPath:
    """One of the eight prediction operations. `project_id` is None where the path holds no UUID."""

    project_id: UUID | None
    is_classification: bool
    published_name: str
    has_url: bool
    is_stored: bool


def parse_path(path_info: str) -> PredictionPath | None:
    """The operation of a WSGI PATH_INFO (latin-1, as WSGI has it), or None for any other path."""
    match = _PATH.fullmatch(path_info)
    if match is None:
        return None
    try:
        project_id = UUID(match["project"])
    except ValueError:
        project_id = None
    return PredictionPath(
        project_id=project_id,
        is_classification=match["task"].lower() == "classify",
        published_name=match["name"].encode("latin-1").decode("utf-8", "replace").strip(),
        has_url=match["source"].lower() == "url",
        is_stored=match["nostore"] is None,
    )


def read_application(query: str) -> str:
    """The `application` parameter of a query string; empty where there is none."""
    if not query:
        return ""
    return next((value for name, value in parse_qsl(query) if name.lower() == "application"), "")


def wants_thresholds(query: str) -> bool:
    """Whether the query string has `applyThresholds=true`. Raises Refusal `BadRequest` for other than true or false."""
    if not query or APPLY_THRESHOLDS not in query.lower():
        return False
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name.lower() == APPLY_THRESHOLDS:
            word = value.strip().lower()
            if word not in ("true", "false"):
                raise Refusal("BadRequest", f"applyThresholds is true or false, not {value[:64]!r}.")
            return word == "true"
    return False
