"""What a training ran on: versions of what it is made with, and the kind of processor."""

import hashlib
import platform
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

PACKAGES = ("numpy", "onnx", "onnxruntime", "pillow", "simplejpeg", "torch", "torchvision")
_ROOT = Path(__file__).resolve().parents[2]
_CPU_FACTS = Path("/proc/cpuinfo")


def versions() -> dict[str, str]:
    """By name. `engine` is a digest of this package's own source: two that differ may train differently."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    found = {"sightline": str(project["version"]), "engine": _engine_digest(), "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def processor() -> str:
    """The CPU in words, with the instructions that PyTorch uses on it: same words, same results."""
    return f"{_cpu_name()}, {torch.backends.cpu.get_cpu_capability()}"


def _cpu_name() -> str:
    try:
        lines = _CPU_FACTS.read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _engine_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
