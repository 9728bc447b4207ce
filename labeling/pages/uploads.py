"""Images that come in through the browser: files and addresses, each answered by what became of it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from pydantic import Field

from labeling.fetching import fetch_uploads
from labeling.image_bodies import read_image_parts
from labeling.ingest import check_batch, ingest
from labeling.ingest_plan import Ingested
from labeling.models import Image, LabelSource
from labeling.pages.header_csrf import csrf_from_header
from labeling.upload_words import may_succeed_later, upload_words
from labeling.uploads import Batch, IngestStatus, Upload, upload_folder
from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right
from portal.wire.bodies import read_record
from portal.wire.records import WireBody

MILLISECOND = timedelta(milliseconds=1)


class AddressBatch(WireBody):
    """Addresses of images, and the tags that all of them get."""

    addresses: list[str]
    tags: list[UUID] = Field(default_factory=list)


@csrf_from_header
@page(Right.EDIT_IMAGES, methods=("POST",))
def upload_images(request: PageRequest, project: Project) -> HttpResponse:
    """Files as parts of a form, each under its name; `?tag=` (repeated) names the tags that all of them get."""
    tag_ids = tuple(_tag_ids(request.GET.getlist("tag")))
    with upload_folder() as folder:
        batch = Batch(read_image_parts(request, folder), tag_ids)
        return _answer(ingest(request.actor, project, batch, LabelSource.DRAWN))


@page(Right.EDIT_IMAGES, methods=("POST",))
def upload_urls(request: PageRequest, project: Project) -> HttpResponse:
    """Images from their addresses: `{"addresses": [...], "tags": [...]}`."""
    body = read_record(request, AddressBatch)
    batch = Batch([Upload(address) for address in body.addresses], tuple(body.tags))
    check_batch(project, batch)
    with upload_folder() as folder:
        fetch_uploads(batch.uploads, folder)
        return _answer(ingest(request.actor, project, batch, LabelSource.DRAWN))


def _tag_ids(texts: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError as error:
        raise Refusal("BadRequestInvalidIds", "A tag is named by what is not an id.") from error


def _answer(results: Sequence[Ingested]) -> JsonResponse:
    """One record an image, in the order sent.

    `ageMs` is for how long an image that was here already has been: a sender that lost an answer can tell by it
    whether the image is its own.
    """
    duplicates = [result.image_id for result in results if result.status is IngestStatus.OK_DUPLICATE]
    created = dict(Image.objects.filter(pk__in=duplicates).values_list("pk", "created")) if duplicates else {}
    now = timezone.now()
    records: list[dict[str, Any]] = []
    for result in results:
        since = created.get(result.image_id) if result.image_id else None
        records.append(
            {
                "name": result.source_name,
                "status": result.status,
                "image": result.image_id,
                "words": upload_words(result),
                "isRetryable": may_succeed_later(result.status),
                "ageMs": (now - since) // MILLISECOND if since and result.status is IngestStatus.OK_DUPLICATE else None,
            }
        )
    return JsonResponse({"images": records})
