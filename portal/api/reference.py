"""The OpenAPI document, and a page to read it on."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from portal.api.operations import TRAINING_OPERATIONS

MAX_AGE_SECONDS = 300


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of this version."""
    patterns = [path("customvision/<str:version>/training/", include(TRAINING_OPERATIONS))]
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
    return _cacheable(
        render(request, "portal/api_reference.html", {"api": document(), "groups": _groups(), "schemas": schemas()})
    )


def _cacheable(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = f"public, max-age={MAX_AGE_SECONDS}"
    return response


@cache
def _groups() -> dict[str, list[dict[str, Any]]]:
    """Operations by group, flattened for the page."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for address, methods in document()["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(
                {
                    "id": operation["operationId"],
                    "summary": operation.get("summary", ""),
                    "method": method.upper(),
                    "path": address,
                    "parameters": [
                        {**parameter, "type": _type(parameter["schema"])}
                        for parameter in operation.get("parameters", [])
                    ],
                    "bodies": _contents(operation.get("requestBody", {})),
                    "answers": [
                        {"status": status, "description": answer.get("description", ""), "contents": _contents(answer)}
                        for status, answer in sorted(operation["responses"].items())
                    ],
                }
            )
    return groups


def _contents(holder: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"media_type": media_type, "type": _type(content.get("schema", {}))}
        for media_type, content in holder.get("content", {}).items()
    ]


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"array of {_type(schema.get('items', {}))}"
    if "enum" in schema:
        return ", ".join(str(each) for each in schema["enum"])
    if schema.get("type") == "object" and "properties" in schema:
        return ", ".join(f"{name}: {_type(each)}" for name, each in schema["properties"].items())
    return str(schema.get("format") or schema.get("type") or "value")


@cache
def schemas() -> list[dict[str, Any]]:
    """The records, flattened for the page."""
    return [
        {
            "name": name,
            "description": schema.get("description", ""),
            "type": _type(schema) if schema.get("type") == "array" else "",
            "fields": [
                {
                    "name": field,
                    "type": _type(each),
                    "is_required": field in schema.get("required", []),
                }
                for field, each in schema.get("properties", {}).items()
            ],
        }
        for name, schema in sorted(document()["components"]["schemas"].items())
    ]
