"""What became of an uploaded image, in words for a person."""

from labeling.ingest_plan import Ingested
from labeling.uploads import IngestStatus
from portal.limits import IMAGES_PER_PROJECT, REGIONS_PER_IMAGE, TAGS_PER_IMAGE, TRAINING_IMAGE_BYTES

MEGABYTE = 1024 * 1024
WORDS = {
    IngestStatus.OK: "Uploaded.",
    IngestStatus.OK_DUPLICATE: "It was here already; its tags were added.",
    IngestStatus.ERROR_SOURCE: "No image came from this address. Check that it opens in a browser.",
    IngestStatus.ERROR_FORMAT: "This is not a JPEG, PNG, BMP, GIF or WebP image. Save it as JPEG.",
    IngestStatus.ERROR_SIZE: f"It is over {TRAINING_IMAGE_BYTES // MEGABYTE} MB. Save it smaller, as JPEG.",
    IngestStatus.ERROR_DIMENSIONS: "Its sides are too long or too unequal. Crop it or make it smaller.",
    IngestStatus.ERROR_STORAGE: "The server could not store it. Look whether its disk is full, then retry.",
    IngestStatus.ERROR_LIMIT: f"This project is full: it holds {IMAGES_PER_PROJECT:,} images. Delete some, then retry.",
    IngestStatus.ERROR_TAG_LIMIT: f"It would have over {TAGS_PER_IMAGE} tags.",
    IngestStatus.ERROR_REGION_LIMIT: f"It would have over {REGIONS_PER_IMAGE} boxes.",
    IngestStatus.ERROR_NEGATIVE_AND_REGULAR: "It was here already, and the negative tag stands alone on an image.",
    IngestStatus.ERROR_INVALID_TAG: "A tag of this upload was deleted meanwhile. Choose the tags anew.",
    IngestStatus.ERROR_UNKNOWN: "The server failed at this image; its log says why. Retry.",
}
MAY_SUCCEED_LATER = frozenset(
    {IngestStatus.ERROR_SOURCE, IngestStatus.ERROR_STORAGE, IngestStatus.ERROR_LIMIT, IngestStatus.ERROR_UNKNOWN}
)


def upload_words(result: Ingested) -> str:
    """One or two sentences: what happened and what to do."""
    return result.message or WORDS[result.status]


def may_succeed_later(status: IngestStatus) -> bool:
    """Whether sending the same image again could help."""
    return status in MAY_SUCCEED_LATER
