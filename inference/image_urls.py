"""Images named by URL in prediction calls."""

from functools import lru_cache

from django.conf import settings
from django.core.files.storage import default_storage

from portal import signed_files
from portal.errors import Refusal
from portal.fetching import FetchFailed, ImageFetcher
from portal.limits import PREDICTION_IMAGE_BYTES

CODES = {"size": "BadRequestImageSizeBytes", "busy": "ErrorPredictionServiceUnavailable"}


def fetch_image(url: str, most_bytes: int = PREDICTION_IMAGE_BYTES) -> bytes:
    """The bytes behind the URL. Raises Refusal `BadRequestImageUrl`, `BadRequestImageSizeBytes`."""
    try:
        return _fetcher(settings.SIGHTLINE_ALLOW_PRIVATE_URLS).fetch(url, most_bytes)
    except FetchFailed as failed:
        raise Refusal(CODES.get(failed.reason, "BadRequestImageUrl"), str(failed)) from failed


def read_own_file(url: str, max_bytes: int) -> bytes | None:
    """The stored file behind an address that this server signed; None for any other address."""
    try:
        name = signed_files.resolve(url)
        if name is None:
            return None
        with default_storage.open(name, "rb") as file:
            content: bytes = file.read(max_bytes + 1)
    except (signed_files.InvalidAddress, ValueError) as error:
        raise FetchFailed("address", str(error)) from error
    except FileNotFoundError as error:
        raise FetchFailed("status", "The file behind this address was deleted.") from error
    if len(content) > max_bytes:
        raise FetchFailed("size", f"The image has more than {max_bytes} bytes.")
    return content


@lru_cache(maxsize=2)
def _fetcher(allow_private: bool) -> ImageFetcher:
    return ImageFetcher(allow_private=allow_private, read_own=read_own_file)
