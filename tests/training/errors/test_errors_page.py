"""The Errors view: what went wrong on unseen images, by kind and tags, and the queue of likely label errors."""

import json
from uuid import UUID

import numpy as np
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from labeling.boxes import Box
from labeling.locked_test_choice import put_into_test_set
from labeling.models import ConfirmedLabels, Image, ImageTag, Tag
from labeling.regions import ImageBox, add_regions
from labeling.snapshots import gather, write_snapshot
from portal.domains import GENERAL_CLASSIFICATION, GENERAL_DETECTION
from portal.models import AuditEntry, ClassificationType, User
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_iteration, make_project, make_tag, member
from tests.training.test_detection_performance import judged_iteration
from training.kept_detections import BOX
from training.models import ImageScore, Iteration, IterationState, LockedTestScore

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("lead", password="a long password"))
    return client


def classifier(rows: list[tuple[list[str], list[float]]], kind: str = ClassificationType.MULTICLASS) -> Iteration:
    """Tags can and cup; for each image what it carries and how probable each tag was found."""
    project = make_project(settings=ProjectSettings(classification_type=kind))
    tags = {name: make_tag(project, name) for name in ("can", "cup")}
    images = [make_images(project, 1, [tags[name] for name in names])[0] for names, _ in rows]
    iteration = make_iteration(project)
    snapshot = write_snapshot(gather(project))
    Iteration.objects.filter(pk=iteration.pk).delete()
    iteration.snapshot = snapshot
    iteration.artifact_sha256 = snapshot.pk.hex * 2
    iteration.save(force_insert=True)
    for image, (_, probabilities) in zip(images, rows, strict=True):
        ImageScore.objects.create(
            iteration=iteration, image=image, fold=0, probabilities=np.array(probabilities, "<f4").tobytes()
        )
    return iteration


ROWS = [
    (["can"], [0.9, 0.1]),
    (["can"], [0.1, 0.9]),
    (["can"], [0.8, 0.2]),
    (["cup"], [0.3, 0.7]),
    (["cup"], [0.6, 0.4]),
    (["cup"], [0.1, 0.9]),
]


def shown(client: Client, iteration: Iteration, query: str = "") -> tuple[str, list[dict[str, object]]]:
    page = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}/errors{query}")
    assert page.status_code == 200
    return page.content.decode(), json.loads(page.context["data"]["mistakes"])


def tag(iteration: Iteration, name: str) -> UUID:
    return Tag.objects.get(project=iteration.project, name=name).pk


def test_mistakes_come_with_the_most_confident_first_or_last(client: Client) -> None:
    iteration = classifier(ROWS)
    html, mistakes = shown(client, iteration)
    assert "2 mistakes at 50%, on 6 images it had not seen: 2 confused." in html
    assert "said cup 90%, labeled can" in html
    can, cup = str(tag(iteration, "can")), str(tag(iteration, "cup"))
    assert [(each["trueTag"], each["predictedTag"]) for each in mistakes] == [(can, cup), (cup, can)]
    _, backward = shown(client, iteration, "?order=unsure")
    assert [each["image"] for each in backward] == [each["image"] for each in reversed(mistakes)]


def test_a_cell_of_the_matrix_leads_to_its_mistakes(client: Client) -> None:
    iteration = classifier(ROWS)
    can, cup = tag(iteration, "can"), tag(iteration, "cup")
    html, mistakes = shown(client, iteration, f"?true={can}&predicted={cup}")
    assert len(mistakes) == 1
    assert "1 mistake at 50%" in html
    _, missed = shown(client, iteration, f"?true={cup}&predicted=none&threshold=65")
    assert [each["kind"] for each in missed] == ["missed"]
    assert shown(client, iteration, f"?true={cup}&predicted=none")[1] == []
    assert client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}/errors?true=x").status_code == 400


@pytest.mark.parametrize("threshold", [20, 50, 65])
def test_overall_counts_lead_to_as_many_mistakes(client: Client, threshold: int) -> None:
    for iteration in (classifier(ROWS), judged_iteration()):
        Iteration.objects.filter(pk=iteration.pk).update(artifact_sha256=iteration.pk.hex * 2)
        results = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}?threshold={threshold}")
        overall = results.context["report"].overall
        for side, count in (("predicted", overall.false), ("true", overall.missed)):
            html, mistakes = shown(client, iteration, f"?{side}=any&threshold={threshold}")
            assert len(mistakes) == count
            assert '<option value="any" selected>Any tag</option>' in html


def test_with_many_tags_an_image_mistakes_are_false_or_missed(client: Client) -> None:
    rows = [(["can"], [0.9, 0.8]), (["can", "cup"], [0.9, 0.2]), (["cup"], [0.7, 0.1]), (["can"], [0.9, 0.1])]
    iteration = classifier(rows, ClassificationType.MULTILABEL)
    kinds = [each["kind"] for each in shown(client, iteration)[1]]
    assert sorted(map(str, kinds)) == ["confused", "false", "missed"]
    assert [each["kind"] for each in shown(client, iteration, "?kind=false")[1]] == ["false"]


def test_a_detectors_mistakes_have_their_boxes(client: Client) -> None:
    iteration = judged_iteration()
    Iteration.objects.filter(pk=iteration.pk).update(artifact_sha256=iteration.pk.hex * 2)
    _, mistakes = shown(client, iteration, "?overlap=50")
    assert [each["kind"] for each in mistakes] == ["false", "loose"]
    assert mistakes[1]["trueBox"] == pytest.approx({"left": 0, "top": 0, "width": 0.5, "height": 0.5})
    assert mistakes[1]["predictedBox"] == pytest.approx({"left": 0, "top": 0, "width": 0.5, "height": 0.2})
    html, _ = shown(client, iteration, "?overlap=50&kind=loose")
    assert "overlaps by 40% only" in html
    assert "/review?kind=loose&amp;overlap=50&amp;at=0&amp;image=" in html


def test_the_queue_of_label_errors_is_decided_by_keeping_and_by_changing(client: Client) -> None:
    iteration = classifier(ROWS)
    html, mistakes = shown(client, iteration, "?kind=labels")
    assert "0 of 2 decided." in html
    assert mistakes[0]["suggested"] == [str(tag(iteration, "cup"))]
    image = Image.objects.get(pk=str(mistakes[0]["image"]))
    keep = f"/projects/{iteration.project_id}/labels/keep"

    answer = client.post(keep, {"image": str(image.pk), "version": image.version}, content_type="application/json")

    assert answer.status_code == 200
    assert AuditEntry.objects.filter(act="confirm_labels", object_id=str(image.pk)).count() == 1
    html, left = shown(client, iteration, "?kind=labels")
    assert "1 of 2 decided." in html
    assert [each["image"] for each in left] == [mistakes[1]["image"]]

    client.post(keep, {"image": str(image.pk), "undo": True}, content_type="application/json")
    assert len(shown(client, iteration, "?kind=labels")[1]) == 2
    assert AuditEntry.objects.filter(act="take_confirmation_back").count() == 1

    edit = {
        "id": "00000000-0000-4000-8000-000000000001",
        "act": "label",
        "changes": [
            {
                "image": str(image.pk),
                "version": image.version,
                "addTags": [str(tag(iteration, "cup"))],
                "removeTags": [str(tag(iteration, "can"))],
            }
        ],
    }
    assert client.post(f"/projects/{iteration.project_id}/edits", edit, "application/json").status_code == 200
    assert [each["image"] for each in shown(client, iteration, "?kind=labels")[1]] == [mistakes[1]["image"]]


def test_labels_that_changed_meanwhile_are_not_confirmed(client: Client) -> None:
    iteration = classifier(ROWS)
    image = Image.objects.filter(project=iteration.project).first()
    assert image is not None
    keep = f"/projects/{iteration.project_id}/labels/keep"
    stale = {"image": str(image.pk), "version": image.version + 1}
    assert client.post(keep, stale, content_type="application/json").status_code == 400
    assert client.post(keep, {"image": "x"}, content_type="application/json").status_code == 400
    assert not ConfirmedLabels.objects.exists()


def test_confirmed_labels_that_change_are_doubted_again(client: Client) -> None:
    iteration = classifier(ROWS)
    _, mistakes = shown(client, iteration, "?kind=labels")
    image = Image.objects.get(pk=str(mistakes[0]["image"]))
    ConfirmedLabels.objects.create(image=image, version=image.version, created_by="me")
    assert len(shown(client, iteration, "?kind=labels")[1]) == 1
    Image.objects.filter(pk=image.pk).update(version=image.version + 2)
    assert len(shown(client, iteration, "?kind=labels")[1]) == 2


@pytest.mark.parametrize("query", ["", "?kind=labels"])
def test_the_queries_do_not_grow_with_the_images(
    client: Client, query: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    few, many = classifier(ROWS), classifier(ROWS * 6)
    counts = []
    for iteration in (few, many):
        shown(client, iteration, query)  # scores are in memory then
        with django_assert_max_num_queries(60) as captured:
            shown(client, iteration, query)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_review_of_one_image_goes_through_the_list(client: Client) -> None:
    iteration = judged_iteration()
    Iteration.objects.filter(pk=iteration.pk).update(artifact_sha256=iteration.pk.hex * 2)
    _, mistakes = shown(client, iteration, "?overlap=50")
    base = f"/projects/{iteration.project_id}/performance/{iteration.pk}"

    first = client.get(f"{base}/review?overlap=50&at=0&image={mistakes[0]['image']}").content.decode()

    assert "1 of 2</span>" in first
    assert f'id="next" href="{base}/review?overlap=50&amp;at=1&amp;image={mistakes[1]["image"]}"' in first
    assert 'id="previous"' not in first
    assert f'id="back" href="{base}/errors?overlap=50&amp;page=1#error-0"' in first
    assert first.count('class="it"') == 2  # the box and its row
    assert f"errors?overlap=50&amp;page=1&amp;image={mistakes[0]['image']}#error-0" in first
    # The list has changed meanwhile: the image that was asked for counts.
    moved = client.get(f"{base}/review?overlap=50&at=0&image={mistakes[1]['image']}").content.decode()
    assert "2 of 2</span>" in moved


def test_a_reader_sees_errors_and_may_not_change_labels(client: Client) -> None:
    iteration = classifier(ROWS)
    reader = member(iteration.project, Role.READER)
    client.force_login(User.objects.get(pk=reader.id))
    html, _ = shown(client, iteration, "?kind=labels")
    assert "data-read-only" in html
    assert 'data-act="accept"' not in html
    image = Image.objects.filter(project=iteration.project).first()
    assert image is not None
    body = {"image": str(image.pk), "version": image.version}
    assert client.post(f"/projects/{iteration.project_id}/labels/keep", body, "application/json").status_code == 403
    assert not ConfirmedLabels.objects.exists()


@pytest.mark.parametrize("domain_id", [GENERAL_CLASSIFICATION, GENERAL_DETECTION])
def test_an_iteration_without_scores_has_nothing_to_show(client: Client, domain_id: UUID) -> None:
    iteration = make_iteration(make_project(settings=ProjectSettings(domain_id=domain_id)))
    Iteration.objects.filter(pk=iteration.pk).update(artifact_sha256=iteration.pk.hex * 2)
    for query in ("", "?kind=labels", "?judged=locked&page=9&at=3"):
        assert shown(client, iteration, query)[1] == []
    advice = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}/advice")
    assert "It made no mistake on the 0 images" in advice.content.decode()


def test_an_iteration_that_is_not_trained_has_no_errors_yet(client: Client) -> None:
    iteration = make_iteration(make_project(), IterationState.TRAINING)
    page = client.get(f"/projects/{iteration.project_id}/performance/{iteration.pk}/errors")
    assert page.status_code == 400


def test_errors_on_the_locked_test_set_are_against_the_labels_of_today(client: Client) -> None:
    iteration = classifier(ROWS)
    project = iteration.project
    assert "Locked test set" not in shown(client, iteration)[0]
    (image,) = make_images(project, 1, [Tag.objects.get(project=project, name="can")])
    put_into_test_set(key_actor(project), project, [image.pk])
    LockedTestScore.objects.create(iteration=iteration, image=image, scores=np.array([0.2, 0.8], "<f4").tobytes())

    html, mistakes = shown(client, iteration, "?judged=locked")

    assert "1 mistake at 50%, on 1 image of the locked test set: 1 confused." in html
    assert [each["image"] for each in mistakes] == [str(image.pk)]
    assert '<option value="locked" selected>Locked test set</option>' in html
    ImageTag.objects.filter(image=image).update(tag=Tag.objects.get(project=project, name="cup"))
    assert shown(client, iteration, "?judged=locked")[1] == []


def test_a_box_of_the_locked_test_set_is_reviewed_against_todays_labels(client: Client) -> None:
    iteration = judged_iteration()
    Iteration.objects.filter(pk=iteration.pk).update(artifact_sha256=iteration.pk.hex * 2)
    project, tag_id = iteration.project, iteration.project.tags.get().pk
    (image,) = make_images(project, 1)
    add_regions(key_actor(project), project, [ImageBox(image.pk, Box(tag_id, 0.1, 0.1, 0.3, 0.3))])
    put_into_test_set(key_actor(project), project, [image.pk])
    found = np.array([(0, 0.9, (0.6, 0.6, 0.9, 0.9))], BOX)
    LockedTestScore.objects.create(iteration=iteration, image=image, scores=found.tobytes())

    _, mistakes = shown(client, iteration, "?judged=locked")
    assert [each["kind"] for each in mistakes] == ["missed", "false"]
    address = f"/projects/{project.pk}/performance/{iteration.pk}/review?judged=locked&at=1&image={image.pk}"
    page = client.get(address).content.decode()
    assert "2 of 2</span>" in page
    assert "it missed 1 and drew 1 false box." in page
    assert page.count('class="it"') == 2
