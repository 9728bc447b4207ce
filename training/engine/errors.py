"""The one error that a training ends with."""


class TrainingError(Exception):
    """A training cannot go on: `cause` is a plain sentence, `next_step` says what to do."""

    def __init__(self, cause: str, next_step: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step
