"""Why an image is turned down."""

from typing import Literal

Reason = Literal["format", "size", "dimensions", "aspect"]


class ImageRejected(Exception):
    """The bytes are not an image that Sightline takes. `reason` is for programs, the message for people."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason
