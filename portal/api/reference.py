"""The OpenAPI document, and a page to read it on."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from portal.api.operations import PREDICTION_OPERATIONS, TRAINING_OPERATIONS

MAX_AGE_SECONDS = 300


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of this version."""
    patterns = [
        path("customvision/<str:version>/training/", include(TRAINING_OPERATIONS)),
        path("customvision/<str:version>/prediction/", include(PREDICTION_OPERATIONS)),
    ]
    generator = SchemaGenerator(patterns=patterns)  # type: ignore[no-untyped-call]
    document: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return document


@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:
    """Serve the document."""
    return _cacheable(JsonResponse(document()))


@require_safe
def reference_page(request: HttpRequest) -> HttpResponse:
    """Serve the page."""
    shown = {"api": document(), "groups": _groups(), "records": _records()}
    return _cacheable(render(request, "portal/api_reference.html", shown))


def _cacheable(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = f"public, max-age={MAX_AGE_SECONDS}"
    return response


@cache
def _groups() -> dict[str, list[dict[str, Any]]]:
    """Operations by group, flattened for the page."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for address, methods in document()["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(method, address, operation))
    return groups


def _operation(method: str, address: str, operation: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": operation["operationId"],
        "summary": operation["summary"],
        "method": method.upper(),
        "path": address,
        "parameters": [parameter | _described(parameter["schema"]) for parameter in operation["parameters"]],
        "bodies": _contents(operation.get("requestBody", {})),
        "answers": [
            {"status": status, "description": answer.get("description", ""), "contents": _contents(answer)}
            for status, answer in sorted(operation["responses"].items())
        ],
    }


def _contents(holder: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"media_type": media_type} | _described(content.get("schema", {}))
        for media_type, content in holder.get("content", {}).items()
    ]


@cache
def _records() -> list[dict[str, Any]]:
    """The records that have fields, flattened for the page."""
    return [
        {
            "name": name,
            "description": schema.get("description", ""),
            "fields": [
                {"name": field, "is_required": field in schema.get("required", [])} | _described(each)
                for field, each in schema["properties"].items()
            ],
        }
        for name, schema in sorted(document()["components"]["schemas"].items())
        if "properties" in schema
    ]


def _described(schema: dict[str, Any]) -> dict[str, str]:
    """A schema in a few words, and the record that these name, if any."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        target = document()["components"]["schemas"][name]
        return _described(target) if target.get("type") == "array" else {"type": name, "record": name}
    if "anyOf" in schema:
        parts = [_described(each) for each in schema["anyOf"]]
        return {"type": " or ".join(part["type"] for part in parts), "record": parts[0]["record"]}
    if schema.get("type") == "array":
        item = _described(schema.get("items", {}))
        return {"type": f"array of {item['type']}", "record": item["record"]}
    if "enum" in schema:
        return {"type": ", ".join(str(each) for each in schema["enum"]), "record": ""}
    if "properties" in schema:
        fields = (f"{name}: {_described(each)['type']}" for name, each in schema["properties"].items())
        return {"type": ", ".join(fields), "record": ""}
    return {"type": str(schema.get("format") or schema.get("type") or "any value"), "record": ""}
