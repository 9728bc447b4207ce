"""Why an artifact cannot be exported as asked."""


class CannotExport(Exception):
    """The flavor and this model do not go together: `cause` and `next_step` are for a person to read."""

    def __init__(self, cause: str, next_step: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step
