"""The view: key and name by the ORM, the answer by a serializer, a stored prediction as rows and a file."""

from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from django.core.files.base import ContentFile
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.naive_service.models import Key, Published, StoredPrediction, StoredTag
from inference.runtime import Prediction, ServedModel, load_model
from portal.imaging import decode_for_model


class KeyAuthentication(BaseAuthentication):
    """Looks the key up."""

    def authenticate(self, request: Request) -> tuple[None, Key]:
        key = Key.objects.filter(key=request.headers.get("Prediction-Key", "")).first()
        if key is None:
            raise AuthenticationFailed
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return "Prediction-Key"


class BytesParser(BaseParser):
    """The body as it is."""

    media_type = "application/octet-stream"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, bytes]:
        return {"imageData": stream.read()}


class BoxSerializer(serializers.Serializer[Any]):
    left = serializers.FloatField()
    top = serializers.FloatField()
    width = serializers.FloatField()
    height = serializers.FloatField()


class TagSerializer(serializers.Serializer[Prediction]):
    tagId = serializers.UUIDField(source="id")
    tagName = serializers.CharField(source="name")
    tagType = serializers.CharField(source="type")
    probability = serializers.FloatField()
    boundingBox = BoxSerializer(source="box", allow_null=True)


class PredictionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    project = serializers.UUIDField()
    iteration = serializers.UUIDField()
    created = serializers.DateTimeField()
    predictions = TagSerializer(many=True)


class PredictView(APIView):
    """All prediction operations with an image in the body."""

    authentication_classes = [KeyAuthentication]
    parser_classes = [BytesParser, MultiPartParser]

    def post(self, request: Request, project: UUID, task: str, name: str, stored: bool) -> Response:
        published = get_object_or_404(Published, project=project, name=name, key=request.auth)
        image = request.data["imageData"]
        image = image if isinstance(image, bytes) else image.read()
        model = find_model(published.artifact)
        ranked = model.answer(decode_for_model(image, model.metadata.input_size))
        prediction_id = store(published, image, ranked).pk if stored else uuid4()
        answer = {
            "id": prediction_id,
            "project": project,
            "iteration": published.iteration,
            "created": timezone.now(),
            "predictions": ranked,
        }
        return Response(PredictionSerializer(answer).data)


@lru_cache(maxsize=16)
def find_model(artifact: str) -> ServedModel:
    """The session of an artifact, loaded once."""
    return load_model(artifact)


def store(published: Published, image: bytes, ranked: list[Prediction]) -> StoredPrediction:
    """A file, a row, and a row for each tag."""
    with transaction.atomic():
        prediction = StoredPrediction(published=published)
        prediction.image.save(f"{prediction.pk}.jpg", ContentFile(image), save=False)
        prediction.save(force_insert=True)
        StoredTag.objects.bulk_create(
            StoredTag(
                prediction=prediction,
                tag_id=each.id,
                name=each.name,
                probability=each.probability,
                box=vars(each.box) if each.box else None,
            )
            for each in ranked
        )
    return prediction
