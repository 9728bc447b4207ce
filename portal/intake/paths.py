"""One spelling for the API's paths."""

import re

API_PATH = re.compile(r"/customvision/(v3\.[^/]+)/(training|prediction)(?=/|$)", re.IGNORECASE)


def canonical_path(path: str) -> tuple[str, str | None]:
    """The path with its fixed segments in lower case, and the API version it names (`v3.3`), None for other paths.

    Samples, portals and SDKs write `Training` and `Prediction` in either case. Nothing after them is touched:
    published names keep their case.
    """
    match = API_PATH.match(path)
    if match is None:
        return path, None
    version = match[1].lower()
    return f"/customvision/{version}/{match[2].lower()}{path[match.end() :]}", version
