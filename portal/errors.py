"""Refusals, in Custom Vision's codes.

Every rule that turns a request down raises :class:`Refusal`; whoever faces the caller (the API, a page, a
command) words it for that caller.
"""

STATUS_BY_PREFIX = (
    ("BadRequest", 400),
    ("Unauthorized", 401),
    ("Forbidden", 403),
    ("NotFound", 404),
    ("Conflict", 409),
    ("UnsupportedMediaType", 415),
    ("TooManyRequests", 429),
    ("ErrorPredictionServiceUnavailable", 503),
    ("ErrorPredictionStorage", 503),
)


class Refusal(Exception):
    """An act was turned down and nothing was changed.

    `code` is one of Custom Vision's error codes, `message` a sentence for a person.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return http_status(self.code)


def http_status(code: str) -> int:
    """HTTP status of a Custom Vision error code: by its prefix, 500 for all else."""
    for prefix, status in STATUS_BY_PREFIX:
        if code.startswith(prefix):
            return status
    return 500
