"""Images named by URL in prediction calls."""

from functools import lru_cache

from django.conf import settings

from portal.errors import Refusal
from portal.fetching import FetchFailed, ImageFetcher
from portal.limits import PREDICTION_IMAGE_BYTES
from portal.signed_files import read_own_file

MENDS = {"size": "Name a smaller image.", "busy": ""}
ANY_MEND = "Check the url: it has to open without a key and without signing in."
CODES = {"size": "BadRequestImageSizeBytes", "busy": "ErrorPredictionServiceUnavailable"}


def fetch_image(url: str, most_bytes: int = PREDICTION_IMAGE_BYTES) -> bytes:
    """The bytes behind the URL. Raises Refusal `BadRequestImageUrl`, `BadRequestImageSizeBytes`."""
    try:
        return _fetcher(settings.SIGHTLINE_ALLOW_PRIVATE_URLS).fetch(url, most_bytes)
    except FetchFailed as failed:
        message = f"{failed} {MENDS.get(failed.reason, ANY_MEND)}".rstrip()
        raise Refusal(CODES.get(failed.reason, "BadRequestImageUrl"), message) from failed


@lru_cache(maxsize=2)
def _fetcher(allow_private: bool) -> ImageFetcher:
    return ImageFetcher(allow_private=allow_private, read_own=read_own_file)
