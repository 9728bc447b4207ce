"""Asking for stored predictions through the training API."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inference.paging import PageToken, Place, token_after
from inference.prediction_query import PredictionQuestion, TagRange, query_predictions
from inference.uncertainty import box_uncertainty, tag_uncertainty
from labeling.models import SnapshotTag
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Role
from portal.wire.records import wire_date
from tests.builders import make_iteration, make_project, make_resource, make_tag, member
from tests.inference.stored_rows import START, predicted, store_row
from tests.wire.http import Api, project_path

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def ask(project: Project, **token: Any) -> Any:
    answer = Api(project.resource).post(f"{project_path(project)}/predictions/query", token)
    assert answer.status_code == 200, answer.content
    return answer.json()


def found(project: Project, **token: Any) -> list[UUID]:
    return [UUID(each["id"]) for each in ask(project, **token)["results"]]


def all_pages(project: Project, **token: Any) -> list[UUID]:
    """As clients loop: the token goes back until a page is empty; one more stays empty."""
    ids, token = [], dict(token)
    while True:
        content = ask(project, **token)
        token = content["token"]
        if not content["results"]:
            assert ask(project, **token) == content
            return ids
        ids += [UUID(each["id"]) for each in content["results"]]


def refused(project: Project, **token: Any) -> tuple[int, str]:
    answer = Api(project.resource).post(f"{project_path(project)}/predictions/query", token)
    return answer.status_code, answer.json()["code"]


def test_everything_about_a_stored_prediction(project: Project) -> None:
    pine, fir = make_tag(project, "pine"), make_tag(project, "fir")
    iteration_id = uuid4()
    said = [predicted(pine, 0.75, (0.25, 0.5, 0.125, 0.25)), predicted(fir, 0.125)]
    row_id = store_row(project, said, 1, iteration_id)
    content = ask(project)
    (result,) = content["results"]
    for name, ending in (("resized", "-resized.jpg"), ("thumbnail", "-thumbnail.jpg")):
        address = result.pop("resizedImageUri" if name == "resized" else "thumbnailUri")
        assert address.startswith("http")
        assert f"{row_id}{ending}?expires=" in address
    assert f"{row_id}.png?expires=" in result.pop("originalImageUri")
    assert result == {
        "domain": str(project.domain_id),
        "id": str(row_id),
        "project": str(project.pk),
        "iteration": str(iteration_id),
        "created": wire_date(START + timedelta(minutes=1)),
        "predictions": said,
    }
    token = content["token"]
    assert token.pop("session")
    assert token == {
        "continuation": "",
        "maxCount": 50,
        "orderBy": "Newest",
        "tags": [],
        "iterationId": None,
        "startTime": None,
        "endTime": None,
        "application": "",
    }


@pytest.mark.parametrize("order", ["Newest", "oldest", "SUGGESTED", ""])
@pytest.mark.parametrize("count", [2, 11, 12])
def test_pages_hold_each_prediction_once_in_order(project: Project, order: str, count: int) -> None:
    tag = make_tag(project)
    # Several at the same moment and as uncertain as one another.
    sure = [0.9, 0.9, 0.5, 0.7, 0.7, 0.7, 0.5, 0.9, 0.9, 0.9, 0.6]
    ids = [store_row(project, {tag: each}, number // 3) for number, each in enumerate(sure)]
    if order == "SUGGESTED":
        expected = sorted(zip(map(tag_uncertainty, [[each] for each in sure]), ids, strict=True), reverse=True)
    else:
        expected = sorted(((number // 3, each) for number, each in enumerate(ids)), reverse=order != "oldest")
    assert all_pages(project, orderBy=order, maxCount=count) == [each for _, each in expected]


@pytest.mark.parametrize("order", ["Newest", "Oldest", "Suggested"])
def test_pages_stay_as_they_are_while_predictions_come_in(project: Project, order: str) -> None:
    tag = make_tag(project)
    ids = {store_row(project, {tag: each / 10}, each) for each in range(1, 9)}
    content = ask(project, orderBy=order, maxCount=3)
    seen = [UUID(each["id"]) for each in content["results"]]
    later = (timezone.now() - START).total_seconds() / 60 + 1
    fresh = {store_row(project, {tag: each / 10}, later) for each in range(1, 9)}
    while content["results"]:
        content = ask(project, **content["token"])
        seen += [UUID(each["id"]) for each in content["results"]]
    assert len(seen) == len(ids)
    assert set(seen) == ids
    assert fresh.isdisjoint(seen)


@pytest.mark.parametrize("order", ["Newest", "Oldest", "Suggested"])
def test_those_dated_ahead_are_there_when_a_clock_was_set_back(project: Project, order: str) -> None:
    tag = make_tag(project)
    ahead = (timezone.now() - START).total_seconds() / 60 + 60
    ids = {store_row(project, {tag: each / 10}, ahead + each) for each in range(1, 6)}
    ids |= {store_row(project, {tag: each / 10}, each) for each in range(1, 6)}
    found = all_pages(project, orderBy=order, maxCount=3)
    assert len(found) == len(ids)
    assert set(found) == ids


def test_tags_by_their_probability(project: Project) -> None:
    pine, fir = make_tag(project, "pine"), make_tag(project, "fir")
    first = store_row(project, {pine: 0.75, fir: 0.25}, 1)
    second = store_row(project, {pine: 0.5, fir: 0.5}, 2)
    third = store_row(project, {fir: 0.875, pine: 0.005}, 3)
    unknown = store_row(project, {fir: 0.125}, 4)

    def by(*tags: tuple[Any, float | None, float | None], **more: Any) -> list[UUID]:
        names = ("minThreshold", "maxThreshold")
        return all_pages(
            project, tags=[{"id": str(tag.pk), **dict(zip(names, ends, strict=True))} for tag, *ends in tags], **more
        )

    assert by((pine, 0.5, 1)) == [second, first]
    assert by((pine, 0.5, 0.5)) == [second]
    assert by((pine, 0.51, None)) == [first]
    assert by((pine, 0.76, 1)) == []
    # Without the tag, and below 1%, is a probability of 0.
    assert by((pine, None, 0.5)) == [unknown, third, second]
    assert by((pine, None, 0)) == [unknown, third]
    assert by((pine, 0.001, 1)) == [second, first]
    assert by((pine, None, None)) == [unknown, third, second, first]
    # Both have to match.
    assert by((pine, 0.3, 0.8), (fir, 0.3, 0.8)) == [second]
    assert by((pine, 0.3, 0.8), (fir, None, 0.3)) == [first]
    assert by((fir, None, 0.3), (pine, None, 0.3)) == [unknown]
    assert by((pine, 0.3, 0.8), (pine, 0.6, 1)) == [first]
    # A page at a time, in every order.
    assert by((fir, 0.2, 0.9), maxCount=1) == [third, second, first]
    assert by((fir, 0.2, 0.9), maxCount=1, orderBy="Oldest") == [first, second, third]
    uncertain = by((fir, 0.2, 0.9), maxCount=1, orderBy="Suggested")
    assert uncertain == [second, first, third]


def test_a_detectors_tag_counts_by_its_most_probable_box(project: Project) -> None:
    pine = make_tag(project)
    box = (0.0, 0.0, 0.5, 0.5)
    store_row(project, [predicted(pine, 0.75, box), predicted(pine, 0.25, box)])
    nothing = store_row(project, [], 1)
    tag = {"id": str(pine.pk)}
    assert len(found(project, tags=[tag | {"minThreshold": 0.7, "maxThreshold": 0.8}])) == 1
    assert found(project, tags=[tag | {"minThreshold": 0.2, "maxThreshold": 0.3}]) == []
    assert found(project, tags=[tag | {"maxThreshold": 0.3}]) == [nothing]


@pytest.mark.parametrize("with_tag", [False, True])
def test_by_iteration_time_and_application(project: Project, with_tag: bool) -> None:
    tag = make_tag(project)
    tags = [{"id": str(tag.pk), "minThreshold": 0.1}] if with_tag else []
    iteration_id = make_iteration(project).pk
    first = store_row(project, {tag: 0.5}, 1, iteration_id, "shop")
    second = store_row(project, {tag: 0.75}, 2, iteration_id)
    third = store_row(project, {tag: 0.75}, 3, application="shop")
    assert found(project, tags=tags) == [third, second, first]
    assert found(project, tags=tags, iterationId=str(iteration_id)) == [second, first]
    assert found(project, tags=tags, iterationId=str(iteration_id), application="shop") == [first]
    assert found(project, tags=tags, application="shop") == [third, first]
    assert found(project, tags=tags, application="Shop") == []
    assert found(project, tags=tags, startTime="2026-03-01T12:02:00.000Z") == [third, second]
    assert found(project, tags=tags, endTime="2026-03-01T14:02:00+02:00", orderBy="Oldest") == [first, second]
    assert found(project, tags=tags, startTime="2026-03-01T12:02:00", endTime="2026-03-01T12:02:00.5Z") == [second]
    assert found(project, tags=tags, startTime="2026-03-01T12:03:00.001Z", orderBy="Suggested") == []
    everything = {
        "iterationId": str(iteration_id),
        "startTime": "2026-03-01T12:00:00.123456",
        "endTime": "2026-03-01T12:02:00Z",
        "application": "shop",
        "orderBy": "Suggested",
        "maxCount": 1,
        "tags": [{"id": str(tag.pk), "minThreshold": 0.1, "maxThreshold": 0.7}],
    }
    assert all_pages(project, **everything) == [first]


def test_bad_queries_are_refused(project: Project) -> None:
    tag = make_tag(project)
    store_row(project, {tag: 0.5})
    invalid = (400, "BadRequestPredictionInvalidQueryParameters")
    assert refused(project, maxCount=257) == (400, "BadRequestPredictionResultsExceededCount")
    for count in (0, -1):
        assert refused(project, maxCount=count) == invalid
    assert refused(project, orderBy="Best") == invalid
    assert refused(project, tags=[{"id": str(tag.pk)}] * 3) == (400, "BadRequestPredictionTagsExceededCount")
    for ends in ((0.5, 0.4), (-0.1, 1), (0, 1.1)):
        assert refused(project, tags=[{"id": str(tag.pk), "minThreshold": ends[0], "maxThreshold": ends[1]}]) == invalid
    assert refused(project, tags=[{"minThreshold": 0.5}]) == invalid
    assert refused(project, tags=[{"id": str(uuid4())}]) == (404, "NotFoundTag")
    assert refused(project, tags=[{"id": "pine"}]) == (400, "BadRequestInvalidIds")
    assert refused(project, iterationId=str(uuid4())) == (404, "NotFoundIteration")
    assert refused(project, startTime="2026-03-02T00:00:00Z", endTime="2026-03-01T00:00:00Z") == invalid
    assert refused(project, startTime="yesterday") == (400, "BadRequest")
    assert refused(project, startTime="0001-01-01T00:00:00+14:00") == (400, "BadRequest")
    assert refused(project, application="a" * 257) == (400, "BadRequestPredictionInvalidApplicationName")
    for application in ("a\0b", "\ud800"):
        assert refused(project, application=application) == (400, "BadRequest")
    assert found(project, application="\U0001f332") == []
    for session, continuation in (("x", ""), ("", "x"), ("20260301120000000000", "x"), ("2026", "W10="), ("é", "é")):
        assert refused(project, session=session, continuation=continuation) == invalid


def test_a_token_goes_on_with_its_own_query_alone(project: Project) -> None:
    tag = make_tag(project)
    for number in range(3):
        store_row(project, {tag: 0.5}, number)
    token = ask(project, maxCount=1)["token"]
    assert len(ask(project, **token | {"maxCount": 2})["results"]) == 2
    assert refused(project, **token | {"orderBy": "Suggested"})[1] == "BadRequestPredictionInvalidQueryParameters"
    assert refused(project, **token | {"application": "shop"})[1] == "BadRequestPredictionInvalidQueryParameters"
    # One that is ours in all but its kind of value.
    question = PredictionQuestion()
    forged = token_after(Place(timezone.now()), question, (0.5, uuid4()))
    with pytest.raises(Refusal):
        query_predictions(member(project, Role.READER), project, question, forged)


def test_deleted_tags_and_iterations_can_be_asked_for_while_something_knows_them(project: Project) -> None:
    tag, iteration = make_tag(project), make_iteration(project)
    gone = uuid4()
    row_id = store_row(project, {tag: 0.5}, iteration_id=gone)
    SnapshotTag.objects.create(snapshot=iteration.snapshot, tag_id=tag.pk, name=tag.name, type=tag.type, position=0)
    tag_id = tag.pk
    tag.delete()
    assert found(project, iterationId=str(gone), tags=[{"id": str(tag_id), "minThreshold": 0.5}]) == [row_id]


def test_another_projects_predictions_are_not_seen(project: Project) -> None:
    other = make_project()
    tag, theirs = make_tag(project), make_tag(other)
    store_row(other, {theirs: 0.5, tag: 0.5})
    assert found(project) == []
    assert found(project, tags=[{"id": str(tag.pk), "minThreshold": 0.1}]) == []
    assert refused(project, tags=[{"id": str(theirs.pk)}]) == (404, "NotFoundTag")
    answer = Api(make_resource()).post(f"{project_path(project)}/predictions/query", {})
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFoundProject")


def test_who_may_ask(project: Project) -> None:
    row_id = store_row(project, {})
    for role in Role:
        page = query_predictions(member(project, role), project, PredictionQuestion(), PageToken())
        assert [row.pk for row in page.rows] == [row_id]
    with pytest.raises(Refusal) as refusal:
        query_predictions(member(make_project(), Role.READER), project, PredictionQuestion(), PageToken())
    assert refusal.value.code == "NotFoundProject"


def test_a_page_is_three_queries_however_long(project: Project) -> None:
    tag = make_tag(project)
    reader = member(project, Role.READER)
    for number in range(12):
        store_row(project, {tag: 0.5}, number)
    counts = []
    for count in (1, 10):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            question = PredictionQuestion(tags=(TagRange(tag.pk, 0.1),))
            assert len(query_predictions(reader, project, question, PageToken(), count).rows) == count
        counts.append(len(queries))
    assert counts == [4, 4]  # one more says whether the tag is the project's


def test_uncertainty() -> None:
    # One choice among tags: how close the first two are, wherever they stand.
    assert tag_uncertainty([0.5, 0.5]) == 1
    assert tag_uncertainty([0.25] * 4) == 1
    assert tag_uncertainty([0.25, 0.125, 0.625]) == 0.625
    assert tag_uncertainty([1.0, 0.0]) == 0
    assert tag_uncertainty([1.0]) == 0
    # Each tag for itself where they do not share one.
    assert tag_uncertainty([0.5, 0.5, 0.5]) == 3
    assert tag_uncertainty([0.5]) == 1
    assert tag_uncertainty([0.75, 0.125]) == 0.75
    assert tag_uncertainty([]) == 0
    assert box_uncertainty([0.5, 0.5, 1.0, 0.09]) == 2


def test_the_token_may_be_left_out_whole(project: Project) -> None:
    store_row(project, {})
    answer = Api(project.resource).post(f"{project_path(project)}/predictions/query")
    assert len(json.loads(answer.content)["results"]) == 1
