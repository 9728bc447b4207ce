"""The Training images page: what its address shows, what it costs, and what the iteration got wrong."""

import html
import json
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.models import Image
from portal.models import Project, User
from portal.permissions import Role
from tests.builders import make_images, make_project, make_tag, member
from tests.training.test_performance import scored_iteration
from training.models import Iteration, IterationState
from training.wrong_images import wrong_images

pytestmark = pytest.mark.django_db


def browser(project: Project, role: Role = Role.LABELER) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=member(project, role).id))
    return client


def page_of(client: Client, project: Project, query: str = "", **headers: str) -> str:
    answer = client.get(f"/projects/{project.pk}/images{query}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def data_of(page: str, name: str) -> Any:
    found = re.search(rf'data-{name}="([^"]*)"', page)
    assert found is not None
    return json.loads(html.unescape(found[1]))


def shown(client: Client, project: Project, query: str = "") -> set[str]:
    return {item["image"] for item in data_of(page_of(client, project, query), "first")}


def order_of(client: Client, project: Project, query: str = "") -> list[UUID]:
    content = client.get(f"/projects/{project.pk}/images/order{query}").content
    return [UUID(bytes=content[start : start + 16]) for start in range(0, len(content), 16)]


def post_ids(client: Client, project: Project, address: str, ids: Sequence[object]) -> Any:
    return client.post(
        f"/projects/{project.pk}/images/{address}",
        {"images": [str(each) for each in ids]},
        content_type="application/json",
        headers={"Accept": "application/json"},
    )


def ids(*groups: Sequence[Image]) -> set[str]:
    return {str(image.pk) for group in groups for image in group}


def heading(page: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page)
    assert found is not None
    return found[1]


def test_each_filter_of_the_address_shows_its_images() -> None:
    project = make_project()
    can, cup = make_tag(project, "can"), make_tag(project, "cup")
    cans, cups, both, bare = (
        make_images(project, 3, [can]),
        make_images(project, 2, [cup]),
        make_images(project, 1, [can, cup]),
        make_images(project, 4),
    )
    Image.objects.filter(pk=bare[0].pk).update(source_name="shelf/Left 7.JPG")
    client = browser(project)
    assert shown(client, project) == ids(cans, cups, both, bare)
    assert shown(client, project, "?tagging=tagged") == ids(cans, cups, both)
    assert shown(client, project, "?tagging=untagged") == ids(bare)
    assert shown(client, project, f"?tag={can.pk}") == ids(cans, both)
    assert shown(client, project, f"?tag={can.pk}&tag={cup.pk}") == ids(cans, cups, both)
    assert shown(client, project, "?name=left+7") == ids(bare[:1])
    assert heading(page_of(client, project, f"?tag={can.pk}")) == "4 images"
    assert heading(page_of(client, project, "?tagging=untagged")) == "4 untagged images"


def test_an_address_with_a_tag_that_was_deleted_still_shows_images() -> None:
    project = make_project()
    images = make_images(project, 2)
    assert shown(browser(project), project, f"?tag={UUID(int=7)}") == ids(images)


@pytest.mark.parametrize("query", ["?tag=can", "?iteration=last", "?threshold=half", "?threshold=101"])
def test_an_address_that_says_nothing_is_refused(query: str) -> None:
    project = make_project()
    assert browser(project).get(f"/projects/{project.pk}/images{query}").status_code == 400


def test_the_order_names_every_image_newest_or_oldest_first() -> None:
    project = make_project()
    images = make_images(project, 130)
    client = browser(project)
    newest = order_of(client, project)
    assert sorted(newest) == sorted(image.pk for image in images)
    assert order_of(client, project, "?order=oldest") == newest[::-1]
    first = [item["image"] for item in data_of(page_of(client, project), "first")]
    assert first == [str(each) for each in newest[:60]]


def test_items_and_states_are_those_of_the_project_alone() -> None:
    project, other = make_project(), make_project()
    can = make_tag(project, "can")
    (mine,), (theirs,) = make_images(project, 1, [can]), make_images(other, 1)
    (gone,) = make_images(project, 1)
    Image.objects.filter(pk=gone.pk).update(removed=gone.created)
    client = browser(project)
    (item,) = post_ids(client, project, "items", [theirs.pk, gone.pk, mine.pk]).json()["items"]
    assert (item["image"], item["version"], item["tags"], item["wrong"]) == (str(mine.pk), 1, [str(can.pk)], "")
    assert item["thumbnail"].startswith("/files/projects/")
    states = post_ids(client, project, "states", [theirs.pk, gone.pk, mine.pk]).json()
    assert states == {"states": [[str(mine.pk), 1, str(can.pk)]], "boxes": {}, "noObjects": []}


def test_more_images_than_a_call_names_are_refused() -> None:
    project = make_project()
    client = browser(project)
    assert post_ids(client, project, "items", [UUID(int=number) for number in range(501)]).status_code == 400
    assert post_ids(client, project, "items", ["no id"]).status_code == 400


def test_the_pages_queries_do_not_grow_with_the_images() -> None:
    small, large = make_project(), make_project()
    counts = []
    for project, images_per_tag in ((small, 13), (large, 40)):
        for name in ("can", "cup", "lid", "jar", "box"):
            make_images(project, images_per_tag, [make_tag(project, name)])
        client = browser(project)
        page_of(client, project)
        every = order_of(client, project)
        for ask in (
            lambda client=client, project=project: page_of(client, project),
            lambda client=client, project=project: order_of(client, project),
            lambda client=client, project=project, every=every: post_ids(client, project, "items", every),
            lambda client=client, project=project, every=every: post_ids(client, project, "states", every),
        ):
            with CaptureQueriesContext(connection) as queries:
                ask()
            counts.append(len(queries))
    assert counts[:4] == counts[4:]
    assert counts[0] <= 18


def test_a_reader_sees_no_control_that_edits() -> None:
    project = make_project()
    make_images(project, 1, [make_tag(project, "can")])
    for role, is_there in ((Role.LABELER, True), (Role.READER, False)):
        page = page_of(browser(project, role), project)
        assert [word in page for word in ('id="add-images"', 'id="selection-bar"', "New tag", "tag-menu")] == (
            [is_there] * 4
        )
        assert ("data-read-only" in page) is not is_there


def test_the_parts_that_a_filter_changes_come_alone() -> None:
    project = make_project()
    make_images(project, 1)
    parts = page_of(browser(project), project, "?tagging=untagged", **{"X-Gallery-Part": "1"})
    assert heading(parts) == "1 untagged image"
    assert "<html" not in parts


def test_an_empty_project_and_a_filter_without_match_say_what_to_do() -> None:
    project = make_project()
    client = browser(project)
    assert "No images yet" in page_of(client, project)
    make_images(project, 1)
    page = page_of(client, project, "?name=nowhere")
    assert "No image matches" in page
    assert "Clear the filter" in page


def test_a_filter_that_leaves_nothing_says_which_work_is_done_or_not_begun() -> None:
    project = make_project()
    client = browser(project)
    make_images(project, 1)
    assert "No image is tagged yet" in page_of(client, project, "?tagging=tagged")
    Image.objects.all().delete()
    make_images(project, 1, [make_tag(project, "can")])
    assert "Every image is tagged" in page_of(client, project, "?tagging=untagged")
    assert "No image matches" in page_of(client, project, "?tagging=untagged&name=nowhere")


def test_an_empty_project_asks_a_reader_for_no_upload() -> None:
    project = make_project()
    page = page_of(browser(project, Role.READER), project)
    assert "No images yet" in page
    assert "Drop photos" not in page


def tag_and_images(iteration: Iteration) -> tuple[UUID, dict[str, str]]:
    """Hemlock's id, and the images by their probability of hemlock."""
    from training.performance import scores_of

    scores = scores_of(iteration)
    names = zip(scores.probabilities[:, 0].tolist(), scores.image_ids, strict=True)
    return scores.tags[0].tag_id, {f"{probability:.1f}": str(image) for probability, image in names}


def test_missed_and_false_are_counted_at_the_threshold() -> None:
    iteration = scored_iteration()
    hemlock, image = tag_and_images(iteration)
    found = {str(key): str(value) for key, value in wrong_images(iteration, [hemlock], 0.5).items()}
    assert found == {image["0.4"]: "missed", image["0.7"]: "false"}
    assert {str(key) for key in wrong_images(iteration, [hemlock], 0.3)} == {image["0.7"]}
    assert wrong_images(iteration, [], 0.5) == {}


def test_an_iteration_and_a_tag_frame_what_was_wrong() -> None:
    iteration = scored_iteration()
    project = iteration.project
    hemlock, image = tag_and_images(iteration)
    client = browser(project)
    page = page_of(client, project, f"?iteration={iteration.pk}&tag={hemlock}")
    assert {item["image"]: item["wrong"] for item in data_of(page, "first")} == {
        image["0.9"]: "",
        image["0.4"]: "missed",
        image["0.7"]: "false",
    }
    assert "Framed in red at 50%: 1 missed (hemlock, but not found), 1 false (taken for hemlock)." in page
    assert "data-read-only" in page
    only = page_of(client, project, f"?iteration={iteration.pk}&tag={hemlock}&wrong=1")
    assert heading(only) == f"2 wrong images of {iteration.name}"
    assert shown(client, project, f"?iteration={iteration.pk}&tag={hemlock}&wrong=1&threshold=30") == {image["0.7"]}
    items = post_ids(client, project, f"items?iteration={iteration.pk}&tag={hemlock}", [image["0.4"]]).json()["items"]
    assert [item["wrong"] for item in items] == ["missed"]


def test_an_iteration_shows_its_images_with_the_tags_of_then() -> None:
    iteration = scored_iteration()
    project = iteration.project
    make_images(project, 3, [make_tag(project, "yew")])
    page = page_of(browser(project), project, f"?iteration={iteration.pk}")
    assert heading(page) == f"4 images of {iteration.name}"
    assert [tag["name"] for tag in data_of(page, "tags")] == ["hemlock", "cherry"]


def test_an_iteration_without_figures_judges_nothing() -> None:
    iteration = scored_iteration()
    hemlock, _ = tag_and_images(iteration)
    Iteration.objects.filter(pk=iteration.pk).update(state=IterationState.FAILED)
    page = page_of(browser(iteration.project), iteration.project, f"?iteration={iteration.pk}&tag={hemlock}")
    assert {item["wrong"] for item in data_of(page, "first")} == {""}
    assert "Framed in red" not in page
