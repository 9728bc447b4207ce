"""The page of stored predictions: what it shows under which filter, and what it moves and deletes."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inference.models import StoredPrediction
from inference.pages import predictions
from inference.pages.predictions import PREDICTIONS_A_PAGE
from inference.quick_test import quick_test
from labeling.models import Image, ImageTag, LabelSource, Region, TagType
from portal.domains import GENERAL_DETECTION
from portal.models import ClassificationType, Membership, Project, User
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_iteration, make_project, make_tag
from tests.inference.serving import png
from tests.inference.stored_rows import START, predicted, store_row
from tests.inference.test_quick_test import trained
from training.models import PublishedName

pytestmark = pytest.mark.django_db


def person(project: Project, role: Role = Role.LABELER) -> Client:
    user = User.objects.create_user(f"person-{uuid4()}", password="x")
    Membership.objects.create(user=user, project=project, role=role)
    client = Client()
    client.force_login(user)
    return client


def address(project: Project, part: str = "", **query: Any) -> str:
    return f"/projects/{project.pk}/predictions{part}?{urlencode(query)}"


def page_of(client: Client, project: Project, **query: Any) -> str:
    answer = client.get(address(project, **query))
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", page)).split())


def heading_of(page: str) -> str:
    return words_of(page.partition("<h1>")[2].partition("</h1>")[0])


def data_of(page: str) -> dict[str, Any]:
    """What the page gives its script."""
    (holder,) = re.findall('<div id="gallery-data"[^>]*>', page)
    found = {name: unescape(value) for name, value in re.findall(' data-([a-z-]+)(?:="([^"]*)")?', holder)}
    return {**found, "content": json.loads(found["content"])}


def options_of(page: str, choice: str) -> list[str]:
    return [
        unescape(each)
        for each in re.findall("<option[^>]*>([^<]*)", page.partition(f'id="{choice}"')[2].partition("</select>")[0])
    ]


def shown(client: Client, project: Project, **query: Any) -> list[UUID]:
    return [UUID(item["image"]) for item in data_of(page_of(client, project, **query))["content"]["items"]]


def post(client: Client, project: Project, part: str, body: Any) -> HttpResponse:
    return client.post(address(project, part), json.dumps(body), content_type="application/json")


def stored_picture(project: Project, red: int = 200) -> UUID:
    """The id of a stored prediction with its files."""
    return quick_test(key_actor(project), trained(project), png((red, 20, 60)), is_stored=True).id


def test_the_most_uncertain_come_first_unless_another_order_is_asked_for() -> None:
    project = make_project()
    can, bottle = make_tag(project, "can"), make_tag(project, "bottle")
    sure = store_row(project, {can: 0.98, bottle: 0.02}, minutes=2)
    unsure = store_row(project, {can: 0.52, bottle: 0.48}, minutes=1)
    client = person(project)
    assert shown(client, project) == [unsure, sure]
    assert shown(client, project, order="newest") == [sure, unsure]
    assert shown(client, project, order="oldest") == [unsure, sure]
    page = page_of(client, project)
    assert "those whose two most probable tags are closest" in words_of(page)
    assert heading_of(page) == "2 predictions"
    assert "Most to gain" not in words_of(page_of(client, project, order="newest"))


def test_each_filter_is_read_from_the_address() -> None:
    project = make_project()
    can, bottle = make_tag(project, "can"), make_tag(project, "bottle")
    iteration = make_iteration(project)
    old = store_row(project, {can: 0.9, bottle: 0.1}, iteration_id=iteration.pk, application="line 1")
    named = store_row(project, {can: 0.4, bottle: 0.6}, minutes=24 * 60, application="line 2", published_name="shapes")
    client = person(project)
    expected = [
        ({"iteration": str(iteration.pk)}, [old]),
        ({"application": "line 2"}, [named]),
        ({"source": "quick-test"}, [old]),
        ({"source": "name:shapes"}, [named]),
        ({"tag": str(can.pk)}, [old]),
        ({"tag": str(can.pk), "least": 0}, [old, named]),
        ({"tag": str(can.pk), "least": 30, "most": 50}, [named]),
        ({"tag": str(can.pk), "least": 50, "most": 30}, [named]),
        ({"to": START.date().isoformat()}, [old]),
        ({"from": (START + timedelta(days=1)).date().isoformat()}, [named]),
        ({"tag": str(can.pk), "least": 1, "source": "name:shapes"}, [named]),
        ({"application": "line 1", "source": "name:shapes"}, []),
    ]
    for query, ids in expected:
        assert shown(client, project, order="oldest", **query) == ids, query
    for wrong in ({"least": "x"}, {"tag": "x"}, {"from": "yesterday"}, {"source": "x"}, {"iteration": "x"}):
        assert client.get(address(project, **wrong)).status_code == 400, wrong
    for missing in ({"tag": str(uuid4())}, {"iteration": str(uuid4())}):
        assert client.get(address(project, **missing)).status_code == 404, missing


def test_an_empty_page_says_what_is_missing() -> None:
    project = make_project()
    client = person(project, Role.READER)
    assert "Train an iteration first" in words_of(page_of(client, project))
    make_iteration(project)
    assert "No predictions yet" in words_of(page_of(client, project))
    store_row(project, {make_tag(project): 0.9})
    page = page_of(client, project, application="nobody")
    assert "No prediction matches" in words_of(page)
    assert f'<a class="btn" href="/projects/{project.pk}/predictions" data-filter>Clear the filter' in page


def test_pages_follow_by_their_token_and_those_that_came_meanwhile_are_counted() -> None:
    project = make_project()
    tag = make_tag(project)
    first = [store_row(project, {tag: 0.9}, minutes=number) for number in range(PREDICTIONS_A_PAGE + 2)]
    client = person(project)
    data = data_of(page_of(client, project, order="oldest"))
    token = {name: data["content"][name] for name in ("session", "continuation")}
    assert [UUID(item["image"]) for item in data["content"]["items"]] == first[:PREDICTIONS_A_PAGE]
    more = client.get(address(project, "/more", order="oldest", **token)).json()
    assert [UUID(item["image"]) for item in more["items"]] == first[PREDICTIONS_A_PAGE:]
    assert more["continuation"] == ""
    assert client.get(address(project, "/more", order="newest", **token)).status_code == 400

    def count_new(**query: Any) -> int:
        answer = client.get(address(project, "/new", since=data["since"], **query))
        return int(answer.json()["count"]) - int(data["recent"])

    assert count_new() == 0
    fresh = store_row(project, {tag: 0.9}, application="line 1")
    StoredPrediction.objects.filter(pk=fresh).update(created=data["since"])
    assert count_new() == 1
    assert count_new(application="line 2") == 0
    assert count_new(application="line 1") == 1
    assert client.get(address(project, "/new", since="today")).status_code == 400


def test_what_is_said_of_a_prediction_and_all_of_it_when_it_is_opened() -> None:
    project = make_project()
    tags = [make_tag(project, f"tag-{number}") for number in range(8)]
    iteration = make_iteration(project)
    known = store_row(project, dict.fromkeys(tags, 0.125), iteration_id=iteration.pk, application="line 1")
    client = person(project, Role.READER)
    (item,) = data_of(page_of(client, project))["content"]["items"]
    assert (item["iteration"], item["application"], item["uncertainty"]) == (iteration.name, "line 1", 1.0)
    assert [each["name"] for each in item["says"]] == ["tag-0", "tag-1", "tag-2", "tag-3", "tag-4"]
    whole = client.get(address(project, f"/{known}")).json()
    assert [each["name"] for each in whole["says"]] == [tag.name for tag in tags]
    other = make_project()
    foreign = store_row(other, {make_tag(other): 1.0})
    for missing in (uuid4(), foreign):
        assert client.get(address(project, f"/{missing}")).status_code == 404


def test_a_detectors_boxes_are_told_from_ten_percent_on() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    fork = make_tag(project, "fork")
    place = (0.1, 0.2, 0.5, 0.25)
    store_row(project, [predicted(fork, probability, place) for probability in (0.9, 0.1, 0.09)])
    data = data_of(page_of(person(project), project))
    (item,) = data["content"]["items"]
    box = {"left": 0.1, "top": 0.2, "width": 0.5, "height": 0.25}
    said = [{"tag": str(fork.pk), "name": "fork", "probability": share, **box} for share in (0.9, 0.1)]
    assert item["says"] == said
    assert ("detection" in data, data["threshold"]) == (True, "30")


def test_the_page_asks_a_constant_number_of_queries() -> None:
    project = make_project()
    tag = make_tag(project)
    client = person(project)
    store_row(project, {tag: 0.9})
    question = {"tag": str(tag.pk), "least": 5, "source": "quick-test", "application": ""}

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            for part in ("", "/more", "/new"):
                query = {**question, "since": START.isoformat()} if part == "/new" else question
                assert client.get(address(project, part, **query)).status_code == 200
        return len(captured)

    queries()
    few = queries()
    for number in range(PREDICTIONS_A_PAGE):
        iteration = make_iteration(project).pk if number % 20 == 0 else uuid4()
        store_row(project, {tag: 0.9}, minutes=number, iteration_id=iteration, application=f"app {number}")
    assert queries() == few
    assert few < 3 * 16


def test_counting_stops_where_it_would_take_as_long_as_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "COUNTED_TO", 3)
    project = make_project()
    tag = make_tag(project)
    client = person(project)
    for heading in ("1 prediction", "2 predictions", "3 predictions", "3+ predictions", "3+ predictions"):
        store_row(project, {tag: 0.9})
        assert heading_of(page_of(client, project)) == heading


def test_pictures_become_training_images_with_the_labels_a_person_gave() -> None:
    project = make_project(settings=ProjectSettings(classification_type=ClassificationType.MULTICLASS))
    can = make_tag(project, "can")
    tagged, bare, unknown = stored_picture(project), stored_picture(project, 90), uuid4()
    left = stored_picture(project, 30)
    entries = [{"image": str(tagged), "tags": [str(can.pk)]}, {"image": str(bare)}, {"image": str(unknown)}]
    answer = post(person(project), project, "/promote", {"images": entries})
    assert answer.status_code == 200
    images = answer.json()["images"]
    assert [(each["isMoved"], each["isGone"]) for each in images] == [(True, True), (True, True), (False, True)]
    assert images[0]["words"] == ""
    assert "moved or deleted meanwhile" in images[2]["words"]
    made = Image.objects.get(pk=images[0]["trainingImage"])
    assert ImageTag.objects.get(image=made).source == LabelSource.DRAWN
    assert Image.objects.count() == 2
    assert list(StoredPrediction.objects.values_list("pk", flat=True)) == [left]


def test_a_picture_that_cannot_go_in_stays_and_says_why() -> None:
    project = make_project()
    can, none = make_tag(project, "can"), make_tag(project, "none", TagType.NEGATIVE)
    first, second = stored_picture(project), stored_picture(project, 90)
    entries = [
        {"image": str(first), "tags": [str(can.pk), str(none.pk)]},
        {"image": str(second), "tags": [str(uuid4())]},
    ]
    images = post(person(project), project, "/promote", {"images": entries}).json()["images"]
    assert [(each["isMoved"], each["isGone"]) for each in images] == [(False, False), (False, False)]
    assert "stands alone" in images[0]["words"]
    assert "choose its tags anew" in images[1]["words"]
    assert (Image.objects.count(), StoredPrediction.objects.count()) == (0, 2)


def test_boxes_go_in_with_their_picture_and_an_empty_scene_is_said_to_be_one() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    fork = make_tag(project, "fork")
    boxed, empty = stored_picture(project), stored_picture(project, 90)
    box = {"tag": str(fork.pk), "left": 0.25, "top": 0.5, "width": 0.5, "height": 0.25}
    entries = [{"image": str(boxed), "boxes": [box]}, {"image": str(empty), "hasNoObjects": True}]
    images = post(person(project), project, "/promote", {"images": entries}).json()["images"]
    region = Region.objects.get()
    assert str(region.image_id) == images[0]["trainingImage"]
    assert (region.left, region.top, region.source) == (0.25, 0.5, LabelSource.DRAWN)
    assert [image.has_no_objects for image in Image.objects.order_by("has_no_objects")] == [False, True]
    assert str(Image.objects.get(has_no_objects=True).pk) == images[1]["trainingImage"]


def test_deleting_removes_them_and_a_reader_only_looks() -> None:
    project = make_project()
    prediction = stored_picture(project)
    reader, labeler = person(project, Role.READER), person(project)
    page = page_of(reader, project)
    assert "read-only" in data_of(page)
    assert "selection-bar" not in page
    assert 'data-act="save' not in page
    assert post(reader, project, "/delete", {"images": [str(prediction)]}).status_code == 403
    assert post(reader, project, "/promote", {"images": [{"image": str(prediction)}]}).status_code == 403
    assert "read-only" not in data_of(page_of(labeler, project))
    assert post(labeler, project, "/delete", {"images": [str(prediction)]}).status_code == 204
    assert StoredPrediction.objects.count() == 0


@pytest.mark.parametrize("body", ["", "{}", '{"images": 5}', '{"images": [5]}', '{"images": [{"image": "x"}]}'])
def test_what_is_no_list_of_pictures_is_refused(body: str) -> None:
    project = make_project()
    client = person(project)
    for part in ("/promote", "/delete"):
        answer = client.post(address(project, part), body, content_type="application/json")
        assert answer.status_code == 400, part


def test_the_filters_offer_what_there_is() -> None:
    project = make_project()
    kept = make_iteration(project)
    PublishedName.objects.create(
        project=project, name="shapes", iteration=kept, resource=project.resource, published_by="x"
    )
    store_row(project, {make_tag(project, "can"): 0.9}, iteration_id=uuid4(), application="line 1")
    gone = StoredPrediction.objects.get().iteration_id
    page = page_of(person(project), project, iteration=str(gone))
    assert options_of(page, "filter-iteration") == ["All", kept.name, "Deleted iteration"]
    assert options_of(page, "filter-source") == ["All", "Quick Test", "shapes"]
    assert [text.split()[-1] for text in options_of(page, "filter-tag")] == ["Any", "can"]
    assert '<datalist id="applications"><option value="line 1">' in page


def test_the_parts_for_the_script_are_those_of_the_page() -> None:
    project = make_project()
    store_row(project, {make_tag(project): 0.9})
    client = person(project)
    parts = client.get(address(project), headers={"X-Gallery-Part": "1"}).content.decode()
    assert "<html" not in parts
    assert data_of(parts)["stored"] == "1"
