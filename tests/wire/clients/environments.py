"""Environments that SDK clients run in: made once under `.sightline/`, where their pinned versions change anew."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / ".sightline"
JAVASCRIPT = Path(__file__).parent / "javascript"
SDK_1_PACKAGES = ("azure-cognitiveservices-vision-customvision==1.0.0", "setuptools<81")


def python_with_sdk_1() -> Path:
    """A Python that has SDK 1.0.0; it excludes the SDK that the tests themselves use."""
    folder = CACHE / "sdk-1.0.0"
    python = folder / "bin" / "python"
    if _is_done(folder, " ".join(SDK_1_PACKAGES)):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *SDK_1_PACKAGES], check=True)
    _done(folder, " ".join(SDK_1_PACKAGES))
    return python


def javascript_with_sdk() -> Path:
    """A folder with the JavaScript programs and what they import."""
    folder = CACHE / "javascript-sdk"
    wanted = (JAVASCRIPT / "package-lock.json").read_text()
    if not _is_done(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(JAVASCRIPT / name, folder)
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
