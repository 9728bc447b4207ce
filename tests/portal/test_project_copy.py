"""A project copied through a token: the same in all that counts, and a project of its own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from inference.sessions import load_artifact
from labeling.confirming import confirmed_images
from labeling.files import original_name, resized_name, thumbnail_name
from labeling.locked_test_choice import put_into_test_set
from labeling.models import (
    ConfirmedLabels,
    Image,
    ImageTag,
    LockedTestImage,
    Region,
    Snapshot,
    SnapshotImage,
    SnapshotRegion,
    Tag,
    TestChoice,
)
from labeling.snapshots import gather
from portal.actors import SYSTEM
from portal.copying.exporting import export_project
from portal.domains import GENERAL_DETECTION
from portal.models import AuditEntry, Project, ProjectStatus, ResourceKind
from portal.projects import ProjectSettings
from tests.builders import key_actor, make_images, make_iteration, make_project, make_resource, make_tag
from tests.inference.serving import png
from tests.portal.copies import classified, copied, frozen, put_files, run
from training.locked_test.scores import common_scores
from training.locked_test.seen import training_chains
from training.models import ImageDetections, Iteration, IterationState, LockedTestScore
from training.performance import iteration_performance
from training.publishing import publish_iteration

pytestmark = pytest.mark.django_db


def test_an_export_counts_what_a_copy_will_hold() -> None:
    project, _, _ = classified()
    make_iteration(project, IterationState.FAILED)
    export = export_project(key_actor(project), project)
    assert (export.iteration_count, export.image_count, export.tag_count, export.region_count) == (1, 12, 3, 0)
    assert export.estimated_import_ms > 0
    assert AuditEntry.objects.filter(act="export_project", project_id=project.pk).count() == 1


def test_a_copy_is_there_at_once_and_the_same_in_the_end() -> None:
    project, tags, iteration = classified()
    Project.objects.filter(pk=project.pk).update(prediction_days=7)
    resource = make_resource()
    made = copied(project, resource)
    assert made.prediction_days == 7
    assert (made.status, made.name, made.resource) == (ProjectStatus.IMPORTING, project.name, resource)
    made = run(made)
    assert (made.status, made.iterations_started, made.failure) == (ProjectStatus.SUCCEEDED, 5, "")
    assert made.thumbnail.startswith(f"projects/{made.pk}/thumbnails/")

    def tags_of(each: Project) -> list[Any]:
        return list(Tag.objects.filter(project=each).values_list("name", "description", "type", "position", "color"))

    def images_of(each: Project) -> list[Any]:
        columns = ("sha256", "width", "height", "metadata", "has_no_objects", "source", "version", "created", "removed")
        return list(Image.objects.filter(project=each).order_by("sha256").values_list(*columns))

    def labels_of(each: Project) -> list[Any]:
        labels = ImageTag.objects.filter(image__project=each)
        return list(labels.order_by("image__sha256").values_list("image__sha256", "tag__name", "created", "created_by"))

    for of in (tags_of, images_of, labels_of):
        assert of(made) == of(project)
    assert not set(Tag.objects.filter(project=made).values_list("pk", flat=True)) & {tag.pk for tag in tags}
    for image in Image.objects.filter(project=made):
        name = original_name(made.pk, image.sha256, image.media_type)
        assert Path(default_storage.path(name)).read_text() == f"images {image.sha256}"
        assert default_storage.exists(resized_name(made.pk, image.sha256))
        assert default_storage.exists(thumbnail_name(made.pk, image.sha256))

    copy = Iteration.objects.get(project=made)
    assert (copy.number, copy.name, copy.state, copy.trained) == (3, iteration.name, "completed", iteration.trained)
    assert not hasattr(copy, "published_name")
    assert copy.snapshot.image_count == SnapshotImage.objects.filter(snapshot=copy.pk).count() == 12
    skipped = Image.objects.get(pk=copy.result["skipped_images"][0])
    assert (skipped.project, skipped.sha256) == (
        made,
        Image.objects.get(pk=iteration.result["skipped_images"][0]).sha256,
    )
    assert AuditEntry.objects.filter(project_id=made.pk).values_list("act", flat=True).count() == 2


def test_a_copied_iteration_predicts_and_performs_the_same_with_the_copied_tags() -> None:
    project, _, iteration = classified()
    made = run(copied(project))
    copy = Iteration.objects.get(project=made)
    publish_iteration(SYSTEM, copy, "model", make_resource(ResourceKind.PREDICTION).full_id)
    both = []
    for each in (iteration, copy):
        found = load_artifact(each.artifact, each.artifact_sha256).predict(png())
        both.append([(prediction.name, prediction.probability) for prediction in found])
        names = {str(tag.pk): tag.name for tag in Tag.objects.filter(project=each.project_id)}
        assert {prediction.id: prediction.name for prediction in found} == names
    assert both[0] == both[1]
    figures = [iteration_performance(SYSTEM, each, threshold=0.4) for each in (iteration, copy)]
    assert figures[0].precision == figures[1].precision
    assert figures[0].recall == figures[1].recall
    assert [(each.tag.name, each.recall) for each in figures[0].per_tag] == [
        (each.tag.name, each.recall) for each in figures[1].per_tag
    ]


def test_a_copy_whose_source_did_not_change_needs_no_training() -> None:
    """The digest of the copied snapshot is that of the copied workspace, although all ids differ."""
    project = make_project()
    tags = [make_tag(project) for _ in range(3)]
    images = [image for tag in tags for image in make_images(project, 2, [tag])]
    put_files(images)
    frozen(project, tags)
    made = run(copied(project))
    assert Snapshot.objects.get(project=made).digest == gather(made).digest() != gather(project).digest()


def test_the_locked_test_set_and_its_scores_come_along() -> None:
    project = make_project()
    tags = [make_tag(project) for _ in range(3)]
    images = [image for tag in tags for image in make_images(project, 3, [tag])]
    put_files(images)
    put_into_test_set(key_actor(project), project, [image.pk for image in images[::3]])
    iteration = frozen(project, tags)
    LockedTestScore.objects.bulk_create(
        LockedTestScore(iteration=iteration, image=image, scores=np.array([0.5, 0.25, 0.125], "<f4").tobytes())
        for image in images[::3]
    )
    made = run(copied(project))

    rows = LockedTestImage.objects.filter(project=made).select_related("image")
    assert {row.image.sha256 for row in rows} == {image.sha256 for image in images[::3]}
    assert {(row.choice, row.image.project_id) for row in rows} == {(TestChoice.HAND, made.pk)}
    common = common_scores([Iteration.objects.get(project=made)])
    assert (len(common.image_ids), common.seen, common.waiting) == (3, 0, 0)
    assert common.probabilities[0].tolist() == [[0.5, 0.25, 0.125]] * 3
    assert len(gather(made).images) == 6


def test_labels_that_were_confirmed_stay_so() -> None:
    project = make_project()
    tag = make_tag(project)
    images = make_images(project, 2, [tag])
    put_files(images)
    ConfirmedLabels.objects.create(image=images[0], version=images[0].version, created_by="somebody")
    made = run(copied(project))
    ids = set(Image.objects.filter(project=made).values_list("pk", flat=True))
    assert {Image.objects.get(pk=key).sha256 for key in confirmed_images(made, ids)} == {images[0].sha256}


def test_a_copy_has_seen_what_the_iteration_saw_that_its_source_started_from() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    elsewhere = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    tag = make_tag(project)
    put_files(make_images(project, 1, [tag]))
    base = make_iteration(elsewhere)
    iteration = frozen(project, [tag], base_iteration=base)
    made = run(copied(project))
    copy = Iteration.objects.get(project=made)
    assert training_chains([iteration, copy]) == [[iteration.pk, base.pk], [copy.pk, base.pk]]


def test_boxes_and_detections_come_along() -> None:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    tag = make_tag(project)
    images = make_images(project, 3, [tag])
    put_files(images)
    box = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4, "tag": tag, "created_by": "Ana"}
    for image in images:
        Region.objects.create(image=image, **box)
    Region.objects.create(image=images[0], removed=timezone.now(), **box)
    iteration = frozen(project, [tag])
    ImageDetections.objects.create(iteration=iteration, image=images[0], boxes=b"0" * 24)
    assert export_project(key_actor(project), project).region_count == 3
    made = run(copied(project))
    regions = Region.objects.filter(image__project=made)
    assert [(each.left, each.top, each.width, each.height, each.created_by) for each in regions] == [
        (0.1, 0.2, 0.3, 0.4, "Ana")
    ] * 3
    copy = Iteration.objects.get(project=made)
    frozen_boxes = SnapshotRegion.objects.filter(snapshot_image__snapshot_id=copy.pk)
    assert set(frozen_boxes.values_list("region_id", flat=True)) == set(regions.values_list("pk", flat=True))
    found = ImageDetections.objects.get(iteration=copy)
    assert (found.image.project, found.image.sha256, bytes(found.boxes)) == (made, images[0].sha256, b"0" * 24)
