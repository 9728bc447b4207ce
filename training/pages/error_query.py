"""The address of the Errors view, read and written."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from portal.errors import Refusal
from training.errors.error_list import ANYTHING, NOTHING, ErrorQuery
from training.errors.mistakes import ErrorKind
from training.judged import JudgedOn
from training.pages.gallery_query import DEFAULT_OVERLAP_PERCENT, DEFAULT_THRESHOLD_PERCENT, read_percent

# Beside the four kinds of mistakes: the queue of likely label errors.
LABELS = "labels"
NOTHING_WORD, ANYTHING_WORD = "none", "any"
TAG_OF_WORD = {NOTHING_WORD: NOTHING, ANYTHING_WORD: ANYTHING}
WORD_OF_TAG = {tag_id: word for word, tag_id in TAG_OF_WORD.items()}
TILES_ON_A_PAGE = 60


@dataclass(frozen=True)
class ErrorAddress:
    """`query` is what of the address the list depends on; `is_labels` where it is the queue of label errors."""

    query: ErrorQuery
    is_labels: bool
    page: int

    def parameters(self, **changes: object) -> str:
        """The address's query with some parameters changed, without those that are as they are by themselves."""
        query = self.query
        own: dict[str, object] = {
            "kind": LABELS if self.is_labels else query.kind or "",
            "true": _tag_word(query.true_tag),
            "predicted": _tag_word(query.predicted_tag),
            "threshold": "" if query.threshold_percent == DEFAULT_THRESHOLD_PERCENT else query.threshold_percent,
            "overlap": "" if query.overlap_percent == DEFAULT_OVERLAP_PERCENT else query.overlap_percent,
            "judged": query.judged_on.value if query.judged_on is JudgedOn.LOCKED else "",
            "order": "unsure" if query.is_least_sure_first else "",
        } | changes
        return urlencode({name: str(value) for name, value in own.items() if value not in ("", None)})


def read_address(parameters: QueryDict) -> ErrorAddress:
    """`?kind=&true=&predicted=&threshold=&overlap=&judged=&order=&page=`. Raises Refusal `BadRequest`."""
    kind = parameters.get("kind", "")
    page = parameters.get("page", "1")
    return ErrorAddress(
        ErrorQuery(
            kind=ErrorKind(kind) if kind in list(ErrorKind) else None,
            true_tag=_read_tag(parameters, "true"),
            predicted_tag=_read_tag(parameters, "predicted"),
            threshold_percent=read_percent(parameters, "threshold", DEFAULT_THRESHOLD_PERCENT),
            overlap_percent=read_percent(parameters, "overlap", DEFAULT_OVERLAP_PERCENT),
            judged_on=JudgedOn.LOCKED if parameters.get("judged") == JudgedOn.LOCKED else JudgedOn.UNSEEN,
            is_least_sure_first=parameters.get("order") == "unsure",
        ),
        is_labels=kind == LABELS,
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 else 1,
    )


def _read_tag(parameters: QueryDict, name: str) -> UUID | None:
    text = parameters.get(name, "")
    if text in TAG_OF_WORD:
        return TAG_OF_WORD[text]
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Refusal("BadRequest", f"{text!r} is not the id of a tag.") from None


def _tag_word(tag_id: UUID | None) -> str:
    return WORD_OF_TAG.get(tag_id, str(tag_id)) if tag_id else ""
