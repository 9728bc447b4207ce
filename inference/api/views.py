"""Quick test."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from rest_framework.request import Request

from inference.answers import JSON
from inference.api.records import ImagePredictionRecord, ImageUrl
from inference.image_bodies import read_image, read_url
from inference.image_urls import fetch_image
from inference.quick_test import choose_iteration, quick_test
from portal.errors import Refusal
from portal.limits import TRAINING_IMAGE_BYTES
from portal.projects import get_project
from portal.wire.operations import IMAGE_BODY, operation
from portal.wire.parameters import Flag, Id
from portal.wire.views import WireView

ITERATION = Id("iterationId", "The iteration to test; the latest trained one when it is left out.", None)
STORE = Flag("store", "Keep the image among the stored predictions.", True)
GROUP = "Project: quick test"
CODES = [
    "BadRequestIterationIsNotTrained",
    "BadRequestImageDimensions",
    "BadRequestImageFormat",
    "BadRequestImageSizeBytes",
    "BadRequestImageStream",
    "ErrorPredictionModelNotFound",
    "NotFoundIteration",
    "NotFoundProjectDefaultIteration",
]


class QuickTestImageView(WireView):
    @operation(
        "quick_test_image",
        "Predict an image with any trained iteration",
        group=GROUP,
        answers={200: ImagePredictionRecord},
        parameters=[ITERATION, STORE],
        body=IMAGE_BODY,
        codes=CODES,
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        iteration = choose_iteration(self.actor, get_project(self.actor, project_id), ITERATION.read(self.wire))
        is_stored = STORE.read(self.wire)
        try:
            image = read_image(self.wire, _length(self.wire), _content_type(self.wire), TRAINING_IMAGE_BYTES)
        except UnreadablePostError as error:
            raise Refusal("BadRequestImageStream", "The body broke off: send it again.") from error
        return _answer(quick_test(self.actor, iteration, image, is_stored=is_stored).as_json())


class QuickTestUrlView(WireView):
    @operation(
        "quick_test_image_url",
        "Predict the image behind an address with any trained iteration",
        group=GROUP,
        answers={200: ImagePredictionRecord},
        parameters=[ITERATION, STORE],
        body=ImageUrl,
        codes=[*CODES, "BadRequestImageUrl", "UnsupportedMediaType"],
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        iteration = choose_iteration(self.actor, get_project(self.actor, project_id), ITERATION.read(self.wire))
        is_stored = STORE.read(self.wire)
        try:
            url = read_url(self.wire, _length(self.wire), _content_type(self.wire))
        except UnreadablePostError as error:
            raise Refusal("BadRequest", "The body broke off: send it again.") from error
        image = fetch_image(url, TRAINING_IMAGE_BYTES)
        return _answer(quick_test(self.actor, iteration, image, is_stored=is_stored).as_json())


def _length(request: HttpRequest) -> int:
    return int(request.META.get("CONTENT_LENGTH") or 0)


def _content_type(request: HttpRequest) -> str:
    return str(request.META.get("CONTENT_TYPE", ""))


def _answer(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type=JSON)
