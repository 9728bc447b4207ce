"""HTTPS under another host name: by our own certificate, and behind a proxy that holds it."""

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import trustme
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from azure.cognitiveservices.vision.customvision.training.models import ImageUrlCreateBatch, ImageUrlCreateEntry
from msrest.authentication import ApiKeyCredentials

from tests.live_install import ROOT, LiveInstall, keys, running_install
from tests.pictures import picture
from tests.proxies import ConnectProxy, ReverseProxy

SCRIPTS = ROOT / "docs" / "quickstart"
NAME = "vision.example"
PUBLIC_URL = f"https://{NAME}"


@dataclass(frozen=True)
class SecureInstall:
    """An install that clients find as vision.example, when they have this in their environment."""

    live: LiveInstall
    client_environment: dict[str, str]
    proxy: ConnectProxy


@pytest.fixture(scope="module", params=["own certificate", pytest.param("behind a proxy", marks=pytest.mark.slow)])
def install(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureInstall]:
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    certificate = authority.issue_cert(NAME)
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for piece in certificate.cert_chain_pems:
        piece.write_to_path(str(folder / "cert.pem"), append=True)
    told, options = {"SIGHTLINE_PUBLIC_URL": PUBLIC_URL}, ()
    if request.param == "own certificate":
        options = ("--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem"))
    else:
        told["SIGHTLINE_TRUSTED_PROXIES"] = "127.0.0.0/8"
    with running_install(told, *options) as live, ExitStack() as stack:
        listening = (live.data / "run" / "listening").read_text().strip()
        port = urlsplit(listening).port
        if not options:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            port = stack.enter_context(ReverseProxy([listening], context)).port
        assert port is not None
        proxy = stack.enter_context(ConnectProxy(port))
        # Each client has its own name for the same.
        trusted = dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), str(folder / "authority.pem"))
        yield SecureInstall(live, {"HTTPS_PROXY": proxy.address, "NO_PROXY": "", **trusted}, proxy)


@pytest.fixture(autouse=True)
def client_environment(install: SecureInstall, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in install.client_environment.items():
        monkeypatch.setenv(name, value)


def trainer_of(install: SecureInstall) -> CustomVisionTrainingClient:
    credentials = ApiKeyCredentials(in_headers={"Training-key": install.live.training_key})
    return CustomVisionTrainingClient(PUBLIC_URL, credentials)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_quickstart_runs_and_every_address_opens(install: SecureInstall, tmp_path: Path) -> None:
    told = keys(install.live.data, install.live.environment)
    assert told["endpoint"] == PUBLIC_URL
    (tmp_path / "keys.json").write_text(json.dumps(told))
    for script in ("make_sample_images.py", "classify.py"):
        command = [sys.executable, str(SCRIPTS / script), "samples"]
        done = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True, timeout=280)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "circles.jpg: circles" in done.stdout
    assert install.proxy.names == {f"{NAME}:443"}
    trainer = trainer_of(install)
    (project,) = [each for each in trainer.get_projects() if each.name.startswith("quickstart")]
    images = trainer.get_images(project.id, take=256)
    assert len(images) > 10
    with httpx.Client() as browser:
        for image in images:
            for address in (image.original_image_uri, image.resized_image_uri, image.thumbnail_uri):
                assert address.startswith(f"{PUBLIC_URL}/files/")
                assert browser.get(address).headers["Content-Type"].startswith("image/")


def test_an_address_of_its_own_is_taken_as_an_image(install: SecureInstall) -> None:
    trainer = trainer_of(install)
    one, other = (trainer.create_project(f"HTTPS {number}") for number in range(2))
    trainer.create_images_from_data(one.id, picture("circle", 1))
    address = trainer.get_images(one.id)[0].original_image_uri
    batch = ImageUrlCreateBatch(images=[ImageUrlCreateEntry(url=address)])
    assert trainer.create_images_from_urls(other.id, batch).is_batch_successful


def test_browsers_are_kept_to_https_and_their_cookies_are_secure(install: SecureInstall) -> None:
    with httpx.Client() as browser:
        answer = browser.get(f"{PUBLIC_URL}/sign-in")
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert "Secure" in answer.headers["Set-Cookie"]
