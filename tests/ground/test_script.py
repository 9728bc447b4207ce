"""The one script."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from tests.live_install import ROOT, LiveInstall, own_environment

pytestmark = pytest.mark.skipif(not (ROOT / ".venv").exists(), reason="not set up by ./sightline")


def run(
    *arguments: str, folder: Path = ROOT, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "sightline"), *arguments]
    variables = dict(environment or own_environment())
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script as a module, to ask its functions."""
    loader = SourceFileLoader("sightline_script", str(ROOT / "sightline"))
    spec = importlib.util.spec_from_loader("sightline_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_without_a_command_it_says_what_there_is() -> None:
    answer = run()
    assert answer.returncode == 2
    assert all(f"./sightline {command}" in answer.stdout for command in ("up", "keys", "test", "bench"))
    assert run("--help").returncode == 0


def test_keys_of_a_running_install_from_another_folder(live_install: LiveInstall, tmp_path: Path) -> None:
    data = live_install.data
    (tmp_path / "link").symlink_to(data)
    told = run("keys", "--json", "--data", "link", folder=tmp_path, environment=live_install.environment)
    answer = json.loads(told.stdout)
    assert answer == {
        "endpoint": live_install.endpoint,
        "trainingKey": live_install.training_key,
        "predictionKey": live_install.prediction_key,
        "predictionResourceId": live_install.prediction_resource_id,
    }
    assert live_install.prediction_resource_id.startswith("/subscriptions/")


def test_keys_of_nothing_say_what_to_type(tmp_path: Path) -> None:
    answer = run("keys", "--json", "--data", str(tmp_path / "nothing"))
    assert answer.returncode == 1
    assert "`./sightline up` makes one" in answer.stderr


def test_bench_lists_the_benchmarks_and_refuses_others() -> None:
    listed = subprocess.run([sys.executable, "manage.py", "bench"], cwd=ROOT, capture_output=True, text=True)
    names = {line.split()[0] for line in listed.stdout.splitlines()}
    assert names == {path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py")}
    other = subprocess.run([sys.executable, "manage.py", "bench", "no"], cwd=ROOT, capture_output=True, text=True)
    assert (other.returncode, "There is no benchmark no." in other.stderr) == (1, True)


def test_a_step_is_done_again_when_its_input_changes(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(script, "ROOT", tmp_path)
    source, output = tmp_path / "source.txt", tmp_path / "output"
    source.write_text("one")
    state = script.digest_of(source)
    assert not script.is_done("step", state, output)
    output.mkdir()
    script.mark_done("step", state)
    assert script.is_done("step", state, output)
    source.write_text("two")
    assert not script.is_done("step", script.digest_of(source), output)
    output.rmdir()
    assert not script.is_done("step", state, output)


def test_a_missing_venv_module_gets_one_line_that_says_what_to_type(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(script.Stop, match=rf"Type: sudo apt-get install python{version}-venv$"):
        script.ensure_venv_module()


def test_what_runs_on_postgres_too_is_there(script: ModuleType) -> None:
    assert script.ON_POSTGRES
    assert all((ROOT / file).is_file() for file in script.ON_POSTGRES)


def test_the_database_option_is_taken_out_of_pytests_arguments(script: ModuleType) -> None:
    assert script.take_database(["--db", "postgres", "-k", "x"]) == ("postgres", ["-k", "x"])
    assert script.take_database([]) == ("sqlite", [])
    with pytest.raises(script.Stop):
        script.take_database(["--db", "oracle"])
