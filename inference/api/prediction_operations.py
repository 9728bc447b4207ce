"""The prediction URL as the OpenAPI document describes it. The front (inference.front) answers it, before Django."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.views import APIView

from inference.api.records import ImagePredictionRecord, ImageUrl
from portal.wire.errors import unknown_route_answer
from portal.wire.operations import IMAGE_BODY, PREDICTION_KEY, operation
from portal.wire.parameters import Flag, Text

GROUP = "Prediction"
APPLICATION = Text("application", "A name by which the stored prediction can be asked for.", "")
APPLY_THRESHOLDS = Flag(
    "applyThresholds",
    "Leave out predictions below the threshold that the published name carries for their tag. Without it, and where"
    " the name carries none, the answer is whole. What is stored is whole always.",
    False,
)
CODES = (
    "BadRequest",
    "BadRequestImageDimensions",
    "BadRequestImageFormat",
    "BadRequestImageSizeBytes",
    "BadRequestImageStream",
    "BadRequestNotSupported",
    "BadRequestPredictionInvalidApplicationName",
    "NotFoundIteration",
    "NotFoundProject",
    "ErrorPrediction",
    "ErrorPredictionModelNotFound",
    "ErrorPredictionServiceUnavailable",
    "ErrorPredictionStorage",
)
URL_CODES = ("BadRequestImageUrl", "UnsupportedMediaType")
DONE = {"classify": "Tell which tags", "detect": "Find which objects"}
PROJECT = "<uuid:project_id>"
Body = type[BaseModel] | dict[str, Any]
SOURCES: Mapping[str, tuple[str, Body, Sequence[str]]] = {
    "image": ("an image has", IMAGE_BODY, ()),
    "url": ("the image behind an address has", ImageUrl, URL_CODES),
}


def _described(operation_id: str, summary: str, body: Body, codes: Sequence[str]) -> type[APIView]:
    class Described(APIView):
        @operation(
            operation_id,
            summary,
            group=GROUP,
            key=PREDICTION_KEY,
            parameters=(APPLICATION, APPLY_THRESHOLDS),
            body=body,
            answers={200: ImagePredictionRecord},
            codes=codes,
        )
        def post(self, request: Request, **_: Any) -> HttpResponse:
            return unknown_route_answer()

    return Described


def _operations(task: str, source: str) -> list[URLPattern]:
    what, body, codes = SOURCES[source]
    name = f"{task}_image" if source == "image" else f"{task}_image_url"
    summary = f"{DONE[task]} {what}, by the iteration published under a name"
    address = f"{PROJECT}/{task}/iterations/<str:published_name>/{source}"
    kept = _described(name, f"{summary}; image and answer are kept", body, (*CODES, *codes))
    unkept = _described(f"{name}_with_no_store", f"{summary}; nothing is kept", body, (*CODES, *codes))
    return [path(address, kept.as_view()), path(f"{address}/nostore", unkept.as_view())]


# Paths below `customvision/v3.x/prediction/`; only the document reads them.
described_patterns = [entry for task in DONE for source in SOURCES for entry in _operations(task, source)]
