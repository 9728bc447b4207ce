"""Why an image could not be fetched."""

from typing import Literal

Reason = Literal["url", "address", "connection", "status", "redirects", "size", "timeout", "busy"]


class FetchFailed(Exception):
    """No image came from the address. `reason` is for programs, the message for people.

    `size` means that there is one and it is over the limit.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason
