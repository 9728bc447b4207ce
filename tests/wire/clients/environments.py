"""Environments that SDK clients run in: made once under `.sightline/`, where their pinned versions change anew."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / ".sightline"
JAVASCRIPT = Path(__file__).parent / "javascript"
PYTHON_SDKS = ("1.0.0", "2.0.0", "3.0.0", "3.1.1")
JAVASCRIPT_SDKS = ("3.0.0", "4.0.0", "5.2.0")
NEWEST_JAVASCRIPT = "5.2.0"


def python_with_sdk(version: str) -> Path:
    """A Python that has this version of the SDK, and none but it."""
    packages = (f"azure-cognitiveservices-vision-customvision=={version}", "msrest==0.7.1", "setuptools<81")
    folder = CACHE / f"sdk-{version}"
    python = folder / "bin" / "python"
    if _is_done(folder, " ".join(packages)):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    _done(folder, " ".join(packages))
    return python


def javascript_with_sdk(version: str = NEWEST_JAVASCRIPT) -> Path:
    """A folder with the JavaScript programs and what they import: this version of the training SDK."""
    newest = version == NEWEST_JAVASCRIPT
    pins = JAVASCRIPT if newest else JAVASCRIPT / f"sdk-{version}"
    folder = CACHE / ("javascript-sdk" if newest else f"javascript-sdk-{version}")
    wanted = (pins / "package-lock.json").read_text()
    if not _is_done(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file in (pins / "package.json", pins / "package-lock.json", JAVASCRIPT / ".npmrc"):
            shutil.copy(file, folder)
        subprocess.run([_program("npm"), "ci", "--silent"], cwd=folder, check=True)
        _done(folder, wanted)
    for program in JAVASCRIPT.glob("*.mjs"):
        shutil.copy(program, folder)
    return folder


def node() -> str:
    return _program("node")


def _program(name: str) -> str:
    """From the PATH, or from the wheel in the tests' own environment."""
    own = Path(sys.executable).parent / name
    found = shutil.which(name) or (str(own) if own.exists() else None)
    assert found, f"{name} is missing: ./sightline test installs it"
    return found


def _is_done(folder: Path, wanted: str) -> bool:
    stamp = folder / "stamp"
    return stamp.exists() and stamp.read_text() == _hash(wanted)


def _done(folder: Path, wanted: str) -> None:
    (folder / "stamp").write_text(_hash(wanted))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
