"""What a tier lets a prediction resource call: so many a second, so many a month. Without one nothing is counted."""

from uuid import UUID

from portal import prediction_quota, throttle
from portal.limits import CallKind


def admit(resource_id: UUID, *, is_stored: bool) -> None:
    """Count the call. Raises TooManyCalls, and Refusal `BadRequestExceededQuota`."""
    if throttle.process_throttle is not None:
        kind = CallKind.STORED_PREDICTION if is_stored else CallKind.PREDICTION
        throttle.process_throttle.admit(resource_id, kind)
    if prediction_quota.process_quota is not None:
        prediction_quota.process_quota.check(resource_id)


def note_answered(resource_id: UUID) -> None:
    """A prediction was made: it counts toward the month's."""
    if prediction_quota.process_quota is not None:
        prediction_quota.process_quota.note(resource_id)


def flush() -> None:
    """Add up what was counted; called off the request path."""
    if prediction_quota.process_quota is not None:
        prediction_quota.process_quota.flush()
