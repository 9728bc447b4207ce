"""Suggested tags and regions: asking for them, looking them up, counting them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from rest_framework.request import Request

from inference.api.suggestion_records import (
    SuggestedTagAndRegion,
    SuggestedTagAndRegionQuery,
    SuggestedTagAndRegionQueryToken,
    TagFilter,
    stored_suggestion_record,
    suggestion_record,
)
from inference.paging import DEFAULT_COUNT, PageToken
from inference.suggestion_query import SuggestionOrder, SuggestionQuestion, count_suggestions, query_suggestions
from inference.tag_suggestions import MOST_IMAGES, suggest_tags
from portal.errors import Refusal
from portal.projects import get_project
from portal.wire.bodies import read_record
from portal.wire.operations import array_of, operation
from portal.wire.parameters import Id, Ids
from portal.wire.records import answer, answer_list
from portal.wire.views import WireView

GROUP = "Project: suggested tags and regions"
ITERATION = Id("iterationId", "The trained iteration that suggests.", None, is_required=True)
IMAGE_IDS = Ids("imageIds", "Ids of untagged images.", (), is_required=True, most=MOST_IMAGES)
COUNTS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "integer"}}
CODES = (
    "BadRequestRequiredParamIsNull",
    "BadRequestInvalidIds",
    "BadRequestExceededBatchSize",
    "BadRequestIterationIsNotTrained",
    "NotFoundIteration",
)
QUERY_CODES = (*CODES, "BadRequestPredictionInvalidQueryParameters", "NotFoundTag", "UnsupportedMediaType")


class TagSuggestionsView(WireView):
    @operation(
        "suggest_tags_and_regions",
        "Have a trained iteration suggest tags, and regions in detection, for up to 64 untagged images",
        group=GROUP,
        parameters=(ITERATION, IMAGE_IDS),
        answers={200: array_of(SuggestedTagAndRegion)},
        codes=(
            *CODES,
            "NotFoundImage",
            "ErrorPredictionModelNotFound",
            "ErrorPrediction",
            "ForbiddenUserInsufficientCapability",
        ),
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        iteration_id = _iteration_id(self)
        suggestions = suggest_tags(self.actor, project, iteration_id, IMAGE_IDS.read(self.wire))
        return answer_list([suggestion_record(each) for each in suggestions])


class SuggestedImagesView(WireView):
    @operation(
        "query_suggested_images",
        "Untagged images with what an iteration suggested, page by page: send the answer's token back for the next",
        group=GROUP,
        parameters=(ITERATION,),
        body=SuggestedTagAndRegionQueryToken,
        answers={200: SuggestedTagAndRegionQuery},
        codes=(*QUERY_CODES, "BadRequestPredictionResultsExceededCount"),
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        iteration_id = _iteration_id(self)
        body = read_record(self.wire, SuggestedTagAndRegionQueryToken)
        question = SuggestionQuestion(iteration_id, tuple(body.tag_ids), body.threshold, _order(body.sort_by))
        token = PageToken(body.session, body.continuation)
        page = query_suggestions(self.actor, project, question, token, body.max_count)
        next_token = body.model_copy(
            update={
                "session": page.token.session,
                "continuation": page.token.continuation,
                "max_count": body.max_count or DEFAULT_COUNT,
                "sort_by": question.order,
            }
        )
        results = [stored_suggestion_record(each) for each in page.rows]
        return answer(SuggestedTagAndRegionQuery(token=next_token, results=results))


class SuggestedImageCountView(WireView):
    @operation(
        "query_suggested_image_count",
        "On how many untagged images an iteration suggests each tag, by the tag's id",
        group=GROUP,
        parameters=(ITERATION,),
        body=TagFilter,
        answers={200: COUNTS},
        codes=QUERY_CODES,
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        iteration_id = _iteration_id(self)
        body = read_record(self.wire, TagFilter)
        counts = count_suggestions(self.actor, project, iteration_id, body.tag_ids, body.threshold)
        return JsonResponse({str(tag_id): count for tag_id, count in counts.items()})


def _iteration_id(view: WireView) -> UUID:
    iteration_id = ITERATION.read(view.wire)
    assert iteration_id is not None  # it is required
    return iteration_id


def _order(text: str) -> SuggestionOrder:
    for order in SuggestionOrder:
        if order.lower() == text.strip().lower():
            return order
    if text.strip():
        words = " or ".join(SuggestionOrder)
        raise Refusal("BadRequestPredictionInvalidQueryParameters", f"sortBy is {words}, not {text[:64]!r}.")
    return SuggestionOrder.SUREST
