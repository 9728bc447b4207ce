"""The address of a comparison, read and written: iterations, thresholds, what is shown of them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from portal.errors import Refusal
from portal.models import Project
from training.comparing.choice import Choice, choose
from training.pages.gallery_query import DEFAULT_OVERLAP_PERCENT, DEFAULT_THRESHOLD_PERCENT, read_percent


@dataclass(frozen=True)
class CompareQuery:
    """What was asked for, with the iterations that it comes to; thresholds in percent."""

    choice: Choice
    threshold_percent: int
    overlap_percent: int
    shows_all: bool

    @property
    def threshold(self) -> float:
        return self.threshold_percent / 100

    @property
    def overlap(self) -> float:
        return self.overlap_percent / 100

    @property
    def is_changed(self) -> bool:
        """Whether thresholds other than the usual ones are asked for."""
        usual = (DEFAULT_THRESHOLD_PERCENT, DEFAULT_OVERLAP_PERCENT)
        return (self.threshold_percent, self.overlap_percent) != usual

    def address(self, project: Project, name: str = "compare", *arguments: Any, **more: object) -> str:
        """The page of that name for the same iterations and thresholds."""
        parameters: list[tuple[str, object]] = []
        if self.choice.compared:
            parameters += [("before", self.choice.before.pk), ("after", self.choice.after.pk)]
            parameters += [("also", each.pk) for each in self.choice.compared[2:]]
        if self.is_changed:
            parameters += [("threshold", self.threshold_percent), ("overlap", self.overlap_percent)]
        parameters += more.items()
        path = reverse(name, args=[project.pk, *arguments])
        return f"{path}?{urlencode(parameters)}" if parameters else path


def read_compare_query(project: Project, parameters: QueryDict) -> CompareQuery:
    """`?before=&after=&also=&threshold=&overlap=&all=`. Raises Refusal as `choose` does, `BadRequest`."""
    also = [_id(text) for text in parameters.getlist("also") if text]
    choice = choose(project, _given(parameters, "before"), _given(parameters, "after"), also)
    return CompareQuery(
        choice,
        threshold_percent=read_percent(parameters, "threshold", DEFAULT_THRESHOLD_PERCENT),
        overlap_percent=read_percent(parameters, "overlap", DEFAULT_OVERLAP_PERCENT),
        shows_all="all" in parameters,
    )


def _given(parameters: QueryDict, name: str) -> UUID | None:
    text = parameters.get(name, "")
    return _id(text) if text else None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refusal("BadRequest", f"{text!r} is not the id of an iteration.") from None
