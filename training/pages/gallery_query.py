"""A gallery's address, read and written: every filter is in its query."""

from uuid import UUID

from django.http import QueryDict

from labeling.selection import TaggingStatus
from portal.errors import Refusal
from training.gallery_set import GalleryQuery, TestSetPart
from training.judged import JudgedOn

TAGGING = {"tagged": TaggingStatus.TAGGED, "untagged": TaggingStatus.UNTAGGED, "all": TaggingStatus.ALL}
DEFAULT_THRESHOLD_PERCENT = 50
DEFAULT_OVERLAP_PERCENT = 30


def read_query(parameters: QueryDict) -> GalleryQuery:
    """The filters of `?tagging=&tag=&iteration=&name=&order=&test=&wrong=&right=&judged=&threshold=&overlap=`.

    Raises Refusal `BadRequest`.
    """
    tag_ids = tuple(dict.fromkeys(_id("tag", text) for text in parameters.getlist("tag")))
    tagging = TAGGING.get(parameters.get("tagging", "all"), TaggingStatus.ALL)
    iteration = parameters.get("iteration", "")
    test = parameters.get("test", "")
    return GalleryQuery(
        tagging=tagging,
        tag_ids=() if tagging is TaggingStatus.UNTAGGED else tag_ids,
        iteration_id=_id("iteration", iteration) if iteration else None,
        name_part=parameters.get("name", "").strip().replace("\0", ""),
        is_oldest_first=parameters.get("order") == "oldest",
        test_set=TestSetPart(test) if test in list(TestSetPart) else TestSetPart.ANY,
        is_only_wrong="wrong" in parameters and parameters["wrong"] not in ("0", "false"),
        threshold_percent=read_percent(parameters, "threshold", DEFAULT_THRESHOLD_PERCENT),
        overlap_percent=read_percent(parameters, "overlap", DEFAULT_OVERLAP_PERCENT),
        is_only_right=bool(iteration) and "right" in parameters,
        is_right_first=parameters.get("right") == "top",
        judged_on=JudgedOn.LOCKED if parameters.get("judged") == JudgedOn.LOCKED else JudgedOn.UNSEEN,
    )


def query_record(query: GalleryQuery) -> dict[str, object]:
    """The filters for the page's script (`GalleryFilter` in static/src/gallery/types.ts)."""
    return {
        "tagging": query.tagging.lower(),
        "tags": [str(tag_id) for tag_id in query.tag_ids],
        "iteration": str(query.iteration_id or ""),
        "name": query.name_part,
        "testSet": query.test_set,
        "order": "oldest" if query.is_oldest_first else "newest",
        "isOnlyWrong": query.is_only_wrong,
        "threshold": query.threshold_percent,
    }


def read_percent(parameters: QueryDict, name: str, default: int) -> int:
    """A whole percentage of the address. Raises Refusal `BadRequest`."""
    text = parameters.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text) <= 100):
        raise Refusal("BadRequest", f"{name} is a number from 0 to 100.")
    return int(text)


def _id(name: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refusal("BadRequest", f"{text!r} is not the id of a {name}.") from None
