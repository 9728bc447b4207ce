"""The one error that a training ends with."""

from typing import Literal

FailureKind = Literal["", "out_of_memory", "unreadable_images", "tag_without_images"]


class TrainingError(Exception):
    """A training cannot go on: `cause` is a plain sentence, `next_step` says what to do.

    `kind` is for programs, with the id of the tag or image concerned in `object_id`; both may be empty.
    """

    def __init__(self, cause: str, next_step: str, kind: FailureKind = "", object_id: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step
        self.kind = kind
        self.object_id = object_id
