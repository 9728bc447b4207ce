"""Keys stay with their bearers: whatever is called, no log, row, file, answer or address holds one."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from azure.cognitiveservices.vision.customvision.prediction.models import (
    CustomVisionErrorException as PredictionRefused,
)
from azure.cognitiveservices.vision.customvision.training.models import CustomVisionErrorException as TrainingRefused
from django.db import connection
from msrest.exceptions import HttpOperationError

from inference.registry import load_registry
from portal import projects
from portal.actors import SYSTEM, actor_for_training_key
from portal.keys import regenerate_key, reveal_key
from portal.log_lines import JsonLines
from portal.models import AuditEntry, ResourceKey
from tests.wire.contract.calls import CALLS
from tests.wire.contract.clients import ENDPOINT
from tests.wire.contract.conftest import House, key_of, undone
from tests.wire.contract.state import everything

pytestmark = pytest.mark.django_db

MISTYPED = "fedcba9876543210fedcba9876543210"


@contextmanager
def all_logs() -> Iterator[io.StringIO]:
    """Every line that any logger would write, down to DEBUG and the database's own."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    named = [each for each in root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    before = {each: (each.level, each.disabled) for each in (root, *named)}
    for each in before:
        each.setLevel(logging.DEBUG)
        each.disabled = False
    root.addHandler(handler)
    connection.force_debug_cursor = True
    try:
        yield lines
    finally:
        connection.force_debug_cursor = False
        root.removeHandler(handler)
        for each, (level, disabled) in before.items():
            each.setLevel(level)
            each.disabled = disabled


def test_keys_are_in_no_log_row_file_answer_or_address(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = (house.ours.training, house.ours.prediction)
    keys = {key_of(resource) for resource in ours} | {MISTYPED}
    wire = house.ours.sdk.wire
    answered = len(wire.exchanges)
    kept = []
    with all_logs() as lines:
        sdks = [house.ours.sdk, house.sdk(MISTYPED, MISTYPED), house.sdk(key_of(ours[1]), key_of(ours[0]))]
        for call in CALLS:
            for sdk in sdks:
                with undone():
                    try:
                        for each in (*call.before, call):
                            each.make(sdk, house.ours.world)
                    except (TrainingRefused, PredictionRefused, HttpOperationError) as error:
                        kept.append(str(error))
                    kept.append(repr(everything(house.files)) if call.operation.startswith("create") else "")
        for resource in ours:
            for slot in (1, 2):
                keys |= {regenerate_key(SYSTEM, resource, slot), reveal_key(SYSTEM, resource, slot)}
        monkeypatch.setattr(projects, "visible_projects", lambda actor: 1 / 0)
        address = f"{ENDPOINT}/customvision/v3.3/training/projects"
        with requests.Session() as session:
            session.mount("http://", wire)
            fault = session.get(address, headers={"Training-Key": key_of(ours[0])})
            assert fault.json()["code"] == "ErrorUnknown"
            in_query = session.get(f"{address}?Training-Key={MISTYPED}&subscription-key={MISTYPED}")
            assert in_query.status_code == 401
    exchanges = [each for sdk in sdks for each in sdk.wire.exchanges[answered if sdk is house.ours.sdk else 0 :]]
    assert len(exchanges) >= 3 * len(CALLS)
    told = [f"{each.path} {each.headers} {each.content!r}" for each in exchanges]
    addresses = [each.query for each in exchanges if each.query != exchanges[-1].query and MISTYPED not in each.query]
    objects = [
        repr(each) for each in (load_registry(), *ours, *ResourceKey.objects.all(), actor_for_training_key(ours[0]))
    ]
    audited = [f"{each} {each.detail} {each.actor_name}" for each in AuditEntry.objects.all()]
    files = [path.read_bytes().decode("latin-1") for path in house.files.rglob("*") if path.is_file()]
    log = lines.getvalue()
    assert '"logger": "inference.calls"' in log
    assert "ZeroDivisionError" in log
    assert "SELECT" in log
    for texts in ([log], told, addresses, objects, audited, files, kept, [repr(everything(house.files))]):
        for text in texts:
            assert not any(key in text for key in keys), text[:2000]
