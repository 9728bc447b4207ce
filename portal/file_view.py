"""Serving stored files to whoever holds a signed address."""

import logging

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from portal.faults import fault_words
from portal.imaging.headers import MEDIA_TYPES, sniff
from portal.signed_files import InvalidAddress, verify

logger = logging.getLogger(__name__)

SNIFFED_BYTES = 16
MAX_AGE_SECONDS = 24 * 3600
DOWNLOAD = "application/octet-stream"


@require_safe
def stored_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """The bytes behind a signed address, with their sniffed type."""
    try:
        verify(name, request.GET.get("expires", ""), request.GET.get("signature", ""))
    except (InvalidAddress, ValueError) as error:
        return HttpResponse(f"{error}\n", status=403, content_type="text/plain")
    etag = quote_etag(request.GET["signature"])
    if request.headers.get("If-None-Match") == etag:
        return _cacheable(HttpResponseNotModified(), etag)
    try:
        file = default_storage.open(name, "rb")
    except SuspiciousFileOperation:  # out of storage: Django answers 400
        raise
    except FileNotFoundError:
        return HttpResponse("This file was deleted.\n", status=404, content_type="text/plain")
    except Exception as error:  # each kind of storage raises errors of its own
        logger.exception("could not open %s", name)
        words = fault_words(error)
        return HttpResponse(f"{words}\n", status=503, content_type="text/plain", headers={"Retry-After": "5"})
    media_type = sniffed_media_type(file.read(SNIFFED_BYTES))
    file.seek(0)
    response = FileResponse(file, content_type=media_type, as_attachment=media_type == DOWNLOAD)
    return _cacheable(response, etag)


def sniffed_media_type(head: bytes) -> str:
    """By magic, not by name: an image's type where a browser may show it, else a download, never HTML or SVG."""
    return MEDIA_TYPES.get(sniff(head) or "", DOWNLOAD)


def _cacheable(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response["Cache-Control"] = f"private, max-age={MAX_AGE_SECONDS}, immutable"
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # Pages of other origins may show an image that they hold an address of, as they may Custom Vision's.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
