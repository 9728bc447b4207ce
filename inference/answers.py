"""Prediction answers: bytes on the wire."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from inference.runtime import BoundingBox, Prediction
from portal.errors import http_status
from portal.throttle import RETRY_AFTER_SECONDS
from portal.wire.records import wire_date

JSON = "application/json; charset=utf-8"
TAG_TYPES = {"regular": "Regular", "negative": "Negative", "general_product": "GeneralProduct"}
Headers = list[tuple[str, str]]


class Reply:
    """Status, body and Custom Vision's code (empty for a success); seconds to wait before the next try, if any."""

    __slots__ = ("body", "code", "reason", "retry_after", "status")

    def __init__(self, status: int, body: bytes, code: str = "", reason: str = "", retry_after: int = 0) -> None:
        self.status = status
        self.body = body
        self.code = code
        self.reason = reason or HTTPStatus(status).phrase
        self.retry_after = retry_after

    def headers(self, request_id: str) -> Headers:
        """Headers of the answer."""
        waiting = [("Retry-After", str(self.retry_after))] if self.retry_after else []
        return [
            *waiting,
            ("Content-Type", JSON),
            ("Content-Length", str(len(self.body))),
            ("X-Request-Id", request_id),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ]


def predictions_json(ranked: Sequence[Prediction]) -> bytes:
    """The JSON array `predictions`, in the given order. Raises ValueError for what is no probability."""
    parts = []
    for entry in ranked:
        if not 0.0 <= entry.probability <= 1.0:  # also refuses NaN, which JSON cannot hold
            raise ValueError(f"{entry.probability} is not a probability")
        box = "null" if entry.box is None else _box(entry.box)
        parts.append(f'{_fragment(entry.id, entry.name, entry.type)}{box},"probability":{entry.probability!r}}}')
    return ("[" + ",".join(parts) + "]").encode()


def at_or_above(ranked: Sequence[Prediction], thresholds: Mapping[str, float]) -> list[Prediction]:
    """Those that reach their tag's threshold; a tag without one always does."""
    return [entry for entry in ranked if entry.probability >= thresholds.get(entry.id, 0.0)]


def prediction_json(
    prediction_id: str, project_id: str, iteration_id: str, created: datetime, predictions: bytes
) -> bytes:
    """An ImagePrediction; `predictions` as from `predictions_json`."""
    head = (
        f'{{"id":"{prediction_id}","project":"{project_id}","iteration":"{iteration_id}"'
        f',"created":"{wire_date(created)}","predictions":'
    )
    return head.encode() + predictions + b"}"


def now() -> datetime:
    """The moment of a prediction, to the millisecond, as the wire shows it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def error_reply(code: str, message: str) -> Reply:
    """`{"code", "message"}` with the code's HTTP status."""
    return Reply(http_status(code), _json({"code": code, "message": message}), code)


def access_denied_reply(message: str) -> Reply:
    """401 in the shape of the gateway, which names the likely cause."""
    body = _json({"error": {"code": "401", "message": message}})
    return Reply(401, body, "401", "Access Denied")


def too_many_calls_reply(message: str) -> Reply:
    """429 in the shape of the gateway."""
    body = _json({"error": {"code": "429", "message": message}})
    return Reply(429, body, "429", retry_after=RETRY_AFTER_SECONDS)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@lru_cache(maxsize=4096)
def _fragment(tag_id: str, name: str, kind: str) -> str:
    """A prediction up to its box: names need escaping once, not at every call."""
    tag = {"tagId": tag_id, "tagName": name, "tagType": TAG_TYPES.get(kind, kind)}
    return json.dumps(tag, ensure_ascii=False, separators=(",", ":"))[:-1] + ',"boundingBox":'


def _box(box: BoundingBox) -> str:
    return f'{{"left":{box.left!r},"top":{box.top!r},"width":{box.width!r},"height":{box.height!r}}}'
