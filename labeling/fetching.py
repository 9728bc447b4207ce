"""Images that are named by their addresses: fetched side by side, a few at a time in each web process."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from django.conf import settings

from labeling.uploads import IngestStatus, Upload, spool
from portal.fetching import FetchFailed, FetchLimits, ImageFetcher
from portal.limits import TRAINING_IMAGE_BYTES
from portal.signed_files import read_own_file

# Whoever sends a batch waits behind the fetches of others, which end in time; predictions have places of their own.
CONCURRENT = 8


@cache
def _fetcher() -> ImageFetcher:
    return ImageFetcher(
        allow_private=settings.SIGHTLINE_ALLOW_PRIVATE_URLS,
        read_own=read_own_file,
        limits=FetchLimits(concurrent=CONCURRENT),
    )


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(CONCURRENT, thread_name_prefix="fetch")


def fetch_uploads(uploads: Sequence[Upload], folder: Path) -> None:
    """Fetch each upload's image from the address in `source_name` into a file; a failure is told in `problem`."""
    paths = [folder / str(number) for number in range(len(uploads))]
    for _ in _threads().map(_fetch, uploads, paths):
        pass


def _fetch(upload: Upload, path: Path) -> None:
    try:
        data = _fetcher().fetch(upload.source_name, TRAINING_IMAGE_BYTES)
    except FetchFailed as failed:
        upload.problem = IngestStatus.ERROR_SIZE if failed.reason == "size" else IngestStatus.ERROR_SOURCE
        upload.message = str(failed)
        return
    spool(upload, (data,), path)
