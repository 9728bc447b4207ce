"""Metadata: a few pairs of text on an image."""

from collections.abc import Mapping

from portal.errors import Refusal

PAIRS = 10
KEY_CHARACTERS = 128
VALUE_CHARACTERS = 256


def checked_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """The pairs. Raises Refusal `BadRequestImageMetadataKey`, `BadRequestImageMetadataValue`, `BadRequest`."""
    if len(metadata) > PAIRS:
        raise Refusal("BadRequest", f"An image has at most {PAIRS} pairs of metadata.")
    for key, value in metadata.items():
        if not key or len(key) > KEY_CHARACTERS or "\0" in key:
            raise Refusal("BadRequestImageMetadataKey", f"A metadata key has 1 to {KEY_CHARACTERS} characters.")
        if len(value) > VALUE_CHARACTERS or "\0" in value:
            raise Refusal(
                "BadRequestImageMetadataValue", f"A metadata value has at most {VALUE_CHARACTERS} characters."
            )
    return dict(metadata)
