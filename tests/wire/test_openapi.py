"""The OpenAPI document: complete, valid, and the same as last time unless someone meant to change it."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema

from inference.prediction_paths import parse_path
from portal.api.reference import document
from tests.builders import make_project, make_tag
from tests.wire.contract.operations import OPERATIONS
from tests.wire.http import Api, project_path

SNAPSHOT = Path(__file__).with_name("openapi.json")


def operations() -> dict[str, dict[str, Any]]:
    return {each["operationId"]: each for methods in document()["paths"].values() for each in methods.values()}


def test_the_contract_has_not_moved() -> None:
    """`SIGHTLINE_UPDATE_SNAPSHOTS=1` writes the document that is meant from now on."""
    now = json.dumps(document(), indent=1, sort_keys=True) + "\n"
    if os.environ.get("SIGHTLINE_UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(now)
    assert now == SNAPSHOT.read_text()


def test_the_document_is_valid() -> None:
    validate_schema(document())


def test_every_operation_is_there_and_described() -> None:
    assert operations().keys() == OPERATIONS.keys()
    for name, operation in operations().items():
        assert operation["summary"], name
        assert {"401", "400"} <= operation["responses"].keys(), name
        assert any(status.startswith("2") for status in operation["responses"]), name
        assert all(each.get("description") for each in operation["parameters"] if each["in"] == "query"), name
        if "{projectId}" in name:
            assert "404" in operation["responses"]


def test_each_operation_names_the_key_that_opens_it() -> None:
    schemes = document()["components"]["securitySchemes"]
    for path, methods in document()["paths"].items():
        for operation in methods.values():
            ((key,),) = operation["security"]
            assert schemes[key]["name"] == ("Prediction-Key" if "/prediction/" in path else "Training-Key")
            assert operation["responses"]["401"]["description"] == f"No valid {schemes[key]['name'].lower()}.".replace(
                "-", " "
            )


def test_the_prediction_operations_are_those_that_the_front_knows() -> None:
    project_id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    for path, methods in document()["paths"].items():
        if "/prediction/" not in path:
            continue
        ((method, operation),) = methods.items()
        named = path.replace("{version}", "v3.1").replace("{projectId}", project_id).replace("{publishedName}", "a")
        parsed = parse_path(named)
        assert method == "post"
        assert parsed is not None
        task = "classify" if parsed.is_classification else "detect"
        ending = ("_url" if parsed.has_url else "") + ("" if parsed.is_stored else "_with_no_store")
        assert operation["operationId"] == f"{task}_image{ending}"


def test_document_and_page_are_served_without_a_key() -> None:
    answer = Client().get("/api/openapi.json")
    assert (answer.status_code, answer.json()) == (200, json.loads(json.dumps(document())))
    page = Client().get("/api/docs")
    assert page.status_code == 200
    text = page.content.decode()
    assert all(f'id="{name}"' in text for name in operations())
    assert "http://" not in text
    assert re.findall(r"<script(.*?)>", text) == [' src="/static/first_paint.js"', ' src="/static/app.js" defer']
    assert "https://" not in text


@pytest.mark.django_db
def test_answers_have_the_fields_that_the_document_names() -> None:
    project = make_project()
    make_tag(project)
    api = Api(project.resource)
    schemas = document()["components"]["schemas"]
    assert set(api.get(project_path(project)).json()) == set(schemas["ProjectRecord"]["properties"])
    assert set(api.get(f"{project_path(project)}/tags").json()[0]) == set(schemas["TagRecord"]["properties"])
