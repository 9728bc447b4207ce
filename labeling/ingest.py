"""Images from received bytes to rows: checked, copied for people, stored, written with their labels.

Files first, rows second, in one short transaction: whatever dies in between leaves files without rows, which the
nightly sweep removes, never a row without files.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from django.db import transaction

from labeling import files
from labeling.boxes import checked_boxes
from labeling.ingest_plan import Candidate, Ingested, Picture, Plan
from labeling.label_rows import CurrentLabels, Labels, label_problem, put_labels, tag_types
from labeling.metadata import checked_metadata, index_metadata, write_metadata
from labeling.models import Image, LabelSource
from labeling.uploads import Batch, IngestStatus
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.imaging import ImageLimits, ImageRejected, inspect, make_copies
from portal.limits import IMAGE_BATCH, TAGS_PER_BATCH, TRAINING_IMAGE_BYTES
from portal.models import ClassificationType, Project
from portal.permissions import Right
from portal.projects import lock_project

TRAINING_LIMITS = ImageLimits(max_bytes=TRAINING_IMAGE_BYTES)
PROBLEM_OF_REASON = {
    "format": IngestStatus.ERROR_FORMAT,
    "size": IngestStatus.ERROR_SIZE,
    "dimensions": IngestStatus.ERROR_DIMENSIONS,
    "aspect": IngestStatus.ERROR_DIMENSIONS,
}
ATTEMPTS = 3
logger = logging.getLogger(__name__)
# One decode at a time in a web process (there is one a core): uploads take turns image by image, and a large batch
# leaves the other cores, and this one's share, to predictions.
_decoding = threading.Lock()


class _FilesGone(Exception):
    """Files of these were removed, or never written, before the rows could be: store them and try again."""

    def __init__(self, candidates: "list[Candidate]") -> None:
        super().__init__()
        self.candidates = candidates


def ingest(
    actor: Actor,
    project: Project,
    batch: Batch,
    source: LabelSource = LabelSource.API,
    also: Callable[[Sequence[Ingested]], None] = lambda results: None,
) -> list[Ingested]:
    """Take a batch of at most 64 images in, each with its tags and regions, in the order given.

    An image that cannot be taken is told by its status while the rest goes in. Bytes that the project has already
    are no error: labels and metadata are added to the image that is there. A person (any `source` but API) gives an
    image of a multiclass project one tag. What `also` writes stands or falls with the rows. Raises Refusal before
    anything is stored: `BadRequestImageBatch`, `BadRequestExceededBatchSize`, `BadRequestImageRegions`,
    `BadRequestImageMetadata...`.
    """
    require(actor, Right.EDIT_IMAGES, project)
    check_batch(project, batch)
    if _takes_one_tag(project, source) and len(set(batch.tag_ids)) > 1:
        raise Refusal("BadRequestImageBatch", "Images of a multiclass project have one tag; choose one.")
    candidates = _candidates(project, batch)
    known = _known_digests(project, candidates)
    to_store = [each for each in candidates if each.problem is None and each.upload.sha256 not in known]
    for _ in range(ATTEMPTS):
        for candidate in to_store:
            _store(project, candidate)
        try:
            return _write(actor, project, candidates, batch.metadata, source, also)
        except _FilesGone as gone:
            to_store = gone.candidates
    raise Refusal("ErrorUnknown", "The same images are being deleted again and again; try later.")


def check_batch(project: Project, batch: Batch) -> None:
    """What can be told before the images are there; takes rounding errors off the boxes. Raises as `ingest` does."""
    batch.metadata = checked_metadata(batch.metadata)
    if not batch.uploads:
        raise Refusal("BadRequestImageBatch", "The batch holds no images: send at least one.")
    if len(batch.uploads) > IMAGE_BATCH:
        raise Refusal(
            "BadRequestExceededBatchSize", f"A batch holds at most {IMAGE_BATCH} images: send the rest in another."
        )
    if len(set(batch.tag_ids)) > TAGS_PER_BATCH:
        raise Refusal(
            "BadRequestExceededBatchSize", f"A batch has at most {TAGS_PER_BATCH} tags: put the others on afterwards."
        )
    for number, upload in enumerate(batch.uploads, 1):
        upload.boxes = checked_boxes(project, upload.boxes, f"Image {number} {upload.source_name}".rstrip())


def _candidates(project: Project, batch: Batch) -> list[Candidate]:
    """The uploads with all their labels, and the problems that can be told from these alone (one query)."""
    labels = [Labels(tuple(dict.fromkeys((*batch.tag_ids, *upload.tag_ids))), upload.boxes) for upload in batch.uploads]
    types = tag_types(project, set().union(*(each.all_tag_ids() for each in labels)))
    return [
        Candidate(upload, each, upload.problem or label_problem(each, types, CurrentLabels()))
        for upload, each in zip(batch.uploads, labels, strict=True)
    ]


def _takes_one_tag(project: Project, source: LabelSource) -> bool:
    return source != LabelSource.API and project.classification_type == ClassificationType.MULTICLASS


def _known_digests(project: Project, candidates: Sequence[Candidate]) -> set[str]:
    digests = {candidate.upload.sha256 for candidate in candidates if candidate.problem is None}
    here = Image.objects.filter(project=project, sha256__in=digests, removed__isnull=True)
    return set(here.values_list("sha256", flat=True))


def _store(project: Project, candidate: Candidate) -> None:
    """Check one image, make its copies and put its three files into storage."""
    upload = candidate.upload
    assert upload.path is not None
    data = upload.path.read_bytes()
    try:
        facts = inspect(data, TRAINING_LIMITS)
        with _decoding:
            copies = make_copies(data)
    except ImageRejected as rejected:
        candidate.problem, upload.message = PROBLEM_OF_REASON[rejected.reason], str(rejected)
        return
    try:
        files.store(files.original_name(project.pk, upload.sha256, facts.media_type), data)
        files.store(files.resized_name(project.pk, upload.sha256), copies.resized_jpeg)
        files.store(files.thumbnail_name(project.pk, upload.sha256), copies.thumbnail_jpeg)
    except Exception:
        # Each kind of storage raises errors of its own; whichever it is, this image is not stored.
        logger.exception("could not store an image of project %s", project.pk)
        candidate.problem = IngestStatus.ERROR_STORAGE
        return
    candidate.picture = Picture(facts.media_type, facts.width, facts.height, facts.size_bytes, copies.perceptual_hash)


def _write(
    actor: Actor,
    project: Project,
    candidates: Sequence[Candidate],
    metadata: dict[str, str],
    source: LabelSource,
    also: Callable[[Sequence[Ingested]], None],
) -> list[Ingested]:
    with transaction.atomic():
        lock_project(project)
        plan = Plan(project, candidates, metadata, takes_one_tag=_takes_one_tag(project, source))
        results = [plan.place(candidate) for candidate in candidates]
        if plan.gone:
            raise _FilesGone(plan.gone)
        for image in plan.new:
            image.metadata, image.source, image.created_by = metadata, source, actor.name
        Image.objects.bulk_create(plan.new)
        index_metadata(plan.new)
        write_metadata(plan.described)
        put_labels(actor, plan.wanted, plan.current, source, fresh={image.pk for image in plan.new})
        if plan.new:
            thumbnail = files.thumbnail_name(project.pk, plan.new[0].sha256)
            Project.objects.filter(pk=project.pk, thumbnail="").update(thumbnail=thumbnail)
        statuses = [result.status for result in results]
        audit.record(
            actor,
            "create_images",
            project_id=project.pk,
            created=statuses.count(IngestStatus.OK),
            duplicates=statuses.count(IngestStatus.OK_DUPLICATE),
            refused=sum(not status.is_success for status in statuses),
        )
        also(results)
    return results
