"""Object storage that refuses, and one that takes everything and says nothing: told, and nothing is lost."""

import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest

from tests.faults.fault_proxy import HANG, PASS, REFUSE, FaultProxy, fault_proxy
from tests.faults.small_client import SmallClient, eventually
from tests.larger.servers import s3
from tests.live_install import LiveInstall, running_install
from tests.pictures import picture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KEY = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
# Two attempts of ten seconds, and a busy machine.
TOLD_WITHIN_SECONDS = 60.0


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[FaultProxy]:
    with s3(tmp_path) as port, fault_proxy(port) as faulty:
        boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", **KEY).create_bucket(Bucket="images")
        yield faulty


@pytest.fixture
def install(proxy: FaultProxy) -> Iterator[LiveInstall]:
    environment = {
        "SIGHTLINE_STORAGE": "s3://images/sightline",
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{proxy.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with running_install(environment) as running:
        yield running


@pytest.fixture
def client(install: LiveInstall) -> Iterator[SmallClient]:
    with SmallClient(install, timeout_seconds=TOLD_WITHIN_SECONDS) as small_client:
        yield small_client


def test_storage_that_is_away_is_told_and_nothing_is_lost(
    install: LiveInstall, client: SmallClient, proxy: FaultProxy
) -> None:
    client.make_project()
    stored = [client.predict().json()["id"]]
    eventually(lambda: client.stored_predictions() == stored)
    client.warm_up()
    address = client.first_image_address()
    iteration = ""
    for mode in (REFUSE, HANG):
        proxy.mode = mode
        proxy.drop()
        # New images cannot be kept, and are told so, each.
        assert client.upload(picture("circle", 700)) == ["ErrorStorage"]
        # Predictions need no storage at once: they are answered, and wait in the spool.
        started = time.monotonic()
        assert client.predict("/nostore").status_code == 200
        answer = client.predict()
        assert answer.status_code == 200
        stored.append(answer.json()["id"])
        assert time.monotonic() - started < 10
        opened = httpx.get(address, timeout=TOLD_WITHIN_SECONDS)
        assert opened.status_code == 503
        assert "storage cannot be used" in opened.text
        assert httpx.get(f"{install.endpoint}/healthz", timeout=10).status_code == 200
        if not iteration:
            iteration = client.train().raise_for_status().json()["id"]

    proxy.mode = PASS
    proxy.drop()
    eventually(lambda: sorted(client.stored_predictions()) == sorted(stored), 120)
    assert client.upload(picture("circle", 701)) == ["OK"]
    assert client.image_count() == client.uploaded
    assert httpx.get(address, timeout=TOLD_WITHIN_SECONDS).status_code == 200
    # The training was tried again, or says what it died of.
    trained = client.wait_trained(iteration, 400)
    assert trained["status"] == "Completed" or trained["trainingErrorDetails"], trained
    assert client.delete_project() == 204
    bucket = boto3.resource("s3", endpoint_url=f"http://127.0.0.1:{proxy.port}", **KEY).Bucket("images")
    eventually(lambda: list(bucket.objects.all()) == [], 120)
