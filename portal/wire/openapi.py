"""Settings and last touches of the OpenAPI document. Plain data: Django's settings import it."""

import re
from typing import Any

TRAINING_VERSION, PREDICTION_VERSION = "v3.4-preview", "v3.1"
VERSION_WORDS = {
    TRAINING_VERSION: (
        "Any 3.x, such as v3.3 or v3.4-preview: all answer alike, but that before v3.3 a batch in which something"
        " failed answers 200, not 207."
    ),
    PREDICTION_VERSION: "Any 3.x, such as v3.0 or v3.1: all answer alike.",
}
_CONVERTED_NAME = re.compile(r"_([a-z])")


def finish_document(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Name path parameters as the SDKs do, and say what the version segment may be."""
    result["paths"] = {
        _camel_case(path): _named(operations, PREDICTION_VERSION if "/prediction/" in path else TRAINING_VERSION)
        for path, operations in result["paths"].items()
    }
    return result


def _named(operations: dict[str, Any], version: str) -> dict[str, Any]:
    for operation in operations.values():
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "path":
                continue
            parameter["name"] = _camel_case(parameter["name"])
            if parameter["name"] == "version":
                parameter["description"] = VERSION_WORDS[version]
                parameter["schema"] = {"type": "string", "pattern": "^v3\\.", "default": version}
            elif parameter["name"] == "publishedName":
                parameter["description"] = "The name under which an iteration is published."
                parameter["schema"] = {"type": "string", "minLength": 1}
            else:
                parameter["schema"] = {"type": "string", "format": "uuid"}
    return operations


def _camel_case(name: str) -> str:
    return _CONVERTED_NAME.sub(lambda match: match[1].upper(), name)


SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Sightline API",
    "DESCRIPTION": (
        "Custom Vision's training and prediction APIs, served by Sightline: Microsoft's SDKs of version 3.x work"
        " unchanged. Names in JSON and in the query match in any case; unknown fields and parameters are passed over."
    ),
    "VERSION": "3.4",
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_PATCH": False,
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/customvision/\{version\}/(training|prediction)",
    "PATH_CONVERTER_OVERRIDES": {"id": {"type": "string", "format": "uuid"}},
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "TrainingKey": {"type": "apiKey", "in": "header", "name": "Training-Key"},
            "PredictionKey": {"type": "apiKey", "in": "header", "name": "Prediction-Key"},
        }
    },
    "POSTPROCESSING_HOOKS": ["portal.wire.openapi.finish_document"],
}
