"""docker-compose.yml, read as Compose reads it: its services of ours, and their environment filled in."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from tests.live_install import ROOT


def own_services() -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return {name: service for name, service in document["services"].items() if service["image"] == "sightline"}


def environment_of(service: Mapping[str, Any], told: Mapping[str, str]) -> dict[str, str]:
    """Its environment with ${NAME:-default} and ${NAME:?message} filled in. Raises ValueError for the latter."""
    return {name: filled(str(value), told) for name, value in service["environment"].items()}


def filled(text: str, told: Mapping[str, str]) -> str:
    def value(found: "re.Match[str]") -> str:
        name, kind, rest = found[1], found[2], found[3]
        if told.get(name):
            return told[name]
        if kind == ":?":
            raise ValueError(f"{name}: {rest}")
        return rest

    return re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", value, text)
