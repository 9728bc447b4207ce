"""Stored predictions: asking for them, and deleting them."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from inference.api.records import (
    PredictionQueryResult,
    PredictionQueryTag,
    PredictionQueryToken,
    stored_prediction_record,
)
from inference.paging import DEFAULT_COUNT, PageToken
from inference.prediction_query import PredictionOrder, PredictionQuestion, TagRange, query_predictions
from inference.stored_predictions import MOST_IDS, delete_predictions
from portal.errors import Refusal
from portal.projects import get_project
from portal.wire.bodies import read_record
from portal.wire.operations import operation
from portal.wire.parameters import Ids
from portal.wire.records import answer
from portal.wire.views import WireView

GROUP = "Project: stored predictions"


class PredictionIds(Ids):
    """Ids of predictions: how many are too many is said in codes of their own, by the act."""

    def read(self, request: HttpRequest) -> tuple[UUID, ...]:
        return Ids(self.name, self.description, (), most=10**6).read(request)


IDS = PredictionIds("ids", "Ids of stored predictions.", (), is_required=True, most=MOST_IDS)


class PredictionQueryView(WireView):
    @operation(
        "query_predictions",
        "Stored predictions with their images, page by page: send the answer's token back for the next page",
        group=GROUP,
        body=PredictionQueryToken,
        answers={200: PredictionQueryResult},
        codes=(
            "BadRequestPredictionResultsExceededCount",
            "BadRequestPredictionTagsExceededCount",
            "BadRequestPredictionInvalidApplicationName",
            "BadRequestPredictionInvalidQueryParameters",
            "BadRequestInvalidIds",
            "NotFoundIteration",
            "NotFoundTag",
            "UnsupportedMediaType",
        ),
    )
    def post(self, request: Request, project_id: UUID) -> HttpResponse:
        project = get_project(self.actor, project_id)
        body = read_record(self.wire, PredictionQueryToken)
        question = _question(body)
        token = PageToken(body.session, body.continuation)
        page = query_predictions(self.actor, project, question, token, body.max_count)
        next_token = body.model_copy(
            update={
                "session": page.token.session,
                "continuation": page.token.continuation,
                "max_count": body.max_count or DEFAULT_COUNT,
                "order_by": question.order,
            }
        )
        results = [stored_prediction_record(row) for row in page.rows]
        return answer(PredictionQueryResult(token=next_token, results=results))


class PredictionsView(WireView):
    @operation(
        "delete_prediction",
        "Delete up to 64 stored predictions with their images",
        group=GROUP,
        parameters=(IDS,),
        answers={204: None},
        codes=(
            "BadRequestPredictionIdsMissing",
            "BadRequestPredictionIdsExceededCount",
            "BadRequestInvalidIds",
            "ForbiddenUserInsufficientCapability",
        ),
    )
    def delete(self, request: Request, project_id: UUID) -> HttpResponse:
        delete_predictions(self.actor, get_project(self.actor, project_id), IDS.read(self.wire))
        return HttpResponse(status=204)


def _question(body: PredictionQueryToken) -> PredictionQuestion:
    return PredictionQuestion(
        order=_order(body.order_by),
        tags=tuple(_range(each) for each in body.tags),
        iteration_id=body.iteration_id,
        start=body.start_time,
        end=body.end_time,
        application=body.application,
    )


def _order(text: str) -> PredictionOrder:
    for order in PredictionOrder:
        if order.lower() == text.strip().lower():
            return order
    if text.strip():
        words = ", ".join(PredictionOrder)
        raise Refusal("BadRequestPredictionInvalidQueryParameters", f"orderBy is one of {words}, not {text[:64]!r}.")
    return PredictionOrder.NEWEST


def _range(each: PredictionQueryTag) -> TagRange:
    if each.id is None:
        raise Refusal("BadRequestPredictionInvalidQueryParameters", "Each of the tags needs its id: add it.")
    return TagRange(each.id, each.min_threshold, each.max_threshold)
