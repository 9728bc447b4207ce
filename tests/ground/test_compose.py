"""docker-compose.yml and the Dockerfile, as far as they can be checked without Docker."""

import ast
import fnmatch
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.credentials import EnvProvider

from portal.health.check import KINDS_OF
from portal.management.commands.up import Command
from portal.supervisor.plans import ROLES
from tests.ground.test_settings import settings_of
from tests.larger.compose import environment_of, own_services
from tests.live_install import ROOT

SERVICES = own_services()


def options_of(service: dict[str, Any]) -> dict[str, Any]:
    """Its command, read by the parser that will read it."""
    return vars(Command().create_parser("manage.py", "up").parse_args(service["command"]))


def dockerfile() -> list[str]:
    """Its instructions, one a line."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    return re.sub(r"\\\n", "", text).splitlines()


def test_it_follows_the_schema_of_compose() -> None:
    command = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, "docker-compose.yml"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_services_together_are_every_role() -> None:
    roles = [role for service in SERVICES.values() for role in options_of(service)["only"]]
    assert sorted(roles) == sorted(ROLES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["user"] == "10001:10001"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "mem_limit", "pids_limit", "restart"} <= set(service)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_asked_for_its_own_roles(name: str) -> None:
    *command, module = SERVICES[name]["healthcheck"]["test"][:4]
    assert (command, module) == (["CMD", "python", "-m"], "portal.health.check")
    roles = SERVICES[name]["healthcheck"]["test"][4:]
    assert roles == options_of(SERVICES[name])["only"]
    assert set(roles) <= set(KINDS_OF) == set(ROLES)


def test_every_name_in_the_environment_is_one_that_is_read() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "portal").rglob("*.py"))
    read = set(re.findall(r'["\']([A-Z][A-Z0-9_]+)["\']', sources))
    read |= {EnvProvider.ACCESS_KEY, EnvProvider.SECRET_KEY, "AWS_DEFAULT_REGION"}
    for service in SERVICES.values():
        assert set(service["environment"]) <= read


def test_the_settings_make_of_it_what_is_meant(tmp_path: Path) -> None:
    environment = environment_of(SERVICES["web"], {"SIGHTLINE_SECRET_KEY": "a secret for tests"})
    told = settings_of(
        tmp_path,
        "[s.DATABASES['default']['ENGINE'], s.DATABASES['default']['HOST'], s.CELERY_BROKER_URL,"
        " s.STORAGES['default']['OPTIONS'], s.SIGHTLINE_TRUSTED_PROXIES, s.EMAIL_BACKEND]",
        **environment,
    )
    assert isinstance(told, list)
    assert told[:3] == ["django.db.backends.postgresql", "postgres", "redis://valkey:6379/0"]
    assert (told[3]["bucket_name"], told[3]["endpoint_url"]) == ("sightline", "http://storage:7070")
    assert told[4:] == [[], "django.core.mail.backends.console.EmailBackend"]


def test_without_a_secret_it_does_not_start() -> None:
    with pytest.raises(ValueError, match="SIGHTLINE_SECRET_KEY: set it to a long random value"):
        environment_of(SERVICES["web"], {})


def test_services_and_volumes_that_are_named_are_there() -> None:
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    for service in document["services"].values():
        assert set(service.get("depends_on", {})) <= set(document["services"])
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in document["volumes"]
    hosts = re.findall(r"//(?:[^@/\s]*@)?([a-z]+)[:/]", json.dumps(SERVICES["web"]["environment"]))
    assert set(hosts) - {"sightline", "localhost"} == {"postgres", "valkey", "storage"} & set(document["services"])


def test_the_dockerfile_copies_what_is_there_and_not_kept_out() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = [line.split()[1:-1] for line in dockerfile() if line.startswith("COPY ") and "--from" not in line]
    assert copied
    for source in (name for names in copied for name in names if name != "."):
        assert (ROOT / source).exists()
        assert not any(fnmatch.fnmatch(source, pattern) for pattern in ignored)
    assert {".env", "*.pem", "var"} <= set(ignored)  # secrets
    for needed in ("manage.py", "portal", "templates", "static", "requirements.txt"):
        assert (ROOT / needed).exists()
        assert needed not in ignored


def test_the_dockerfile_runs_python_that_can_run() -> None:
    (program,) = re.findall(r'python -c "(.*?)"', "\n".join(dockerfile()))
    names = {
        (node.module, alias.name)
        for node in ast.walk(ast.parse(program))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert names == {("portal.supervisor.preparation", "ensure_static")}
    (entry,) = (json.loads(line.removeprefix("ENTRYPOINT ")) for line in dockerfile() if line.startswith("ENTRYPOINT "))
    assert entry[:3] == ["python", "manage.py", "up"]
    assert options_of({"command": [*entry[3:], "--host", "0.0.0.0"]})["show_logs"] is True
