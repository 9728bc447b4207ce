"""Images from received bytes to rows: checked, copied for people, stored, written with their labels.

Files first, rows second, in one short transaction: whatever dies in between leaves files without rows, which the
nightly sweep removes, never a row without files.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction

from labeling import files
from labeling.boxes import checked_boxes
from labeling.label_rows import CurrentLabels, Labels, current_labels, label_problem, put_labels, tag_types
from labeling.metadata import checked_metadata, index_metadata, merged, write_metadata
from labeling.models import Image, LabelSource
from labeling.uploads import Batch, IngestStatus, Upload
from portal import audit
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.imaging import ImageLimits, ImageRejected, inspect, make_copies
from portal.limits import IMAGE_BATCH, IMAGES_PER_PROJECT, TAGS_PER_BATCH, TRAINING_IMAGE_BYTES
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
SOURCE_NAME_CHARACTERS = 1024
KEEPS_ITS_TAG = "It is in this project already, with another tag, which it keeps."
TOO_MUCH_METADATA = "It is in this project already, and with this metadata would have more than ten pairs."
ATTEMPTS = 3
logger = logging.getLogger(__name__)
# One decode at a time in a web process (there is one a core): uploads take turns image by image, and a large batch
# leaves the other cores, and this one's share, to predictions.
_decoding = threading.Lock()


@dataclass(frozen=True)
class Ingested:
    """What became of one image of a batch; `image_id` is set on success, `message` where more is known of a failure."""

    source_name: str
    status: IngestStatus
    image_id: UUID | None = None
    message: str = ""


class _FilesGone(Exception):
    """Files of these were removed, or never written, before the rows could be: store them and try again."""

    def __init__(self, candidates: "list[_Candidate]") -> None:
        super().__init__()
        self.candidates = candidates


@dataclass(frozen=True)
class _Picture:
    """What a row says of an image. ImageFacts would hold on to its bytes, for all images of the batch."""

    media_type: str
    width: int
    height: int
    size_bytes: int
    perceptual_hash: int | None


@dataclass
class _Candidate:
    """An upload on its way through: its labels, and once its files are stored what was found out about it."""

    upload: Upload
    labels: Labels
    problem: IngestStatus | None
    picture: _Picture | None = None


def ingest(actor: Actor, project: Project, batch: Batch, source: LabelSource = LabelSource.API) -> list[Ingested]:
    """Take a batch of at most 64 images in, each with its tags and regions, in the order given.

    An image that cannot be taken is told by its status while the rest goes in. Bytes that the project has already
    are no error: labels and metadata are added to the image that is there. A person (any `source` but API) gives an
    image of a multiclass project one tag. Raises Refusal before anything is stored: `BadRequestImageBatch`,
    `BadRequestExceededBatchSize`, `BadRequestImageRegions`, `BadRequestImageMetadata...`.
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
            return _write(actor, project, candidates, batch.metadata, source)
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


def _candidates(project: Project, batch: Batch) -> list[_Candidate]:
    """The uploads with all their labels, and the problems that can be told from these alone (one query)."""
    labels = [Labels(tuple(dict.fromkeys((*batch.tag_ids, *upload.tag_ids))), upload.boxes) for upload in batch.uploads]
    types = tag_types(project, set().union(*(each.all_tag_ids() for each in labels)))
    return [
        _Candidate(upload, each, upload.problem or label_problem(each, types, CurrentLabels()))
        for upload, each in zip(batch.uploads, labels, strict=True)
    ]


def _takes_one_tag(project: Project, source: LabelSource) -> bool:
    return source != LabelSource.API and project.classification_type == ClassificationType.MULTICLASS


def _known_digests(project: Project, candidates: Sequence[_Candidate]) -> set[str]:
    digests = {candidate.upload.sha256 for candidate in candidates if candidate.problem is None}
    here = Image.objects.filter(project=project, sha256__in=digests, removed__isnull=True)
    return set(here.values_list("sha256", flat=True))


def _store(project: Project, candidate: _Candidate) -> None:
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
    candidate.picture = _Picture(facts.media_type, facts.width, facts.height, facts.size_bytes, copies.perceptual_hash)


def _write(
    actor: Actor,
    project: Project,
    candidates: Sequence[_Candidate],
    metadata: dict[str, str],
    source: LabelSource,
) -> list[Ingested]:
    with transaction.atomic():
        lock_project(project)
        plan = _Plan(project, candidates, metadata, takes_one_tag=_takes_one_tag(project, source))
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
    return results


class _Plan:
    """What a batch will write, decided under the project's lock: new rows, and the labels that images get."""

    def __init__(
        self, project: Project, candidates: Sequence[_Candidate], metadata: dict[str, str], *, takes_one_tag: bool
    ) -> None:
        digests = {candidate.upload.sha256 for candidate in candidates if candidate.problem is None}
        here = Image.objects.filter(project=project, removed__isnull=True)
        self._project = project
        self._metadata = metadata
        self._takes_one_tag = takes_one_tag
        self._here = {
            image.pk: image for image in here.filter(sha256__in=digests).only("sha256", "metadata", "project")
        }
        self._ids = {image.sha256: image.pk for image in self._here.values()}
        # Naming the digest lets SQLite count in the index of the current images: 11 ms for 100,000, not 36.
        self._room = IMAGES_PER_PROJECT - here.filter(sha256__gt="").count()
        self.current = current_labels(self._ids.values())
        tag_ids = {tag_id for candidate in candidates for tag_id in candidate.labels.all_tag_ids()}
        tag_ids |= {tag_id for labels in self.current.values() for tag_id in labels.tag_ids}
        self._types = tag_types(project, tag_ids)
        self.new: list[Image] = []
        self.described: set[Image] = set()
        self.wanted: dict[UUID, Labels] = {}
        self.gone: list[_Candidate] = []

    def place(self, candidate: _Candidate) -> Ingested:
        """Decide about one image: a row of its own, more labels for one that is there, or a problem."""
        upload = candidate.upload
        problem = candidate.problem
        image_id = self._ids.get(upload.sha256)
        is_new = image_id is None
        if problem is None and is_new:
            problem = self._problem_of_new(candidate)
        asked = candidate.labels
        if problem is None:
            image_id = image_id or uuid4()
            asked = self._with_earlier(image_id, asked)
            if self._takes_one_tag and len(asked.all_tag_ids() | self._tag_ids_now(image_id)) > 1:
                return Ingested(upload.source_name, IngestStatus.OK_DUPLICATE, image_id, KEEPS_ITS_TAG)
            problem = label_problem(asked, self._types, self.current.get(image_id, CurrentLabels()))
        if problem is None and image_id is not None and not self._describe(self._here.get(image_id)):
            problem, upload.message = IngestStatus.ERROR_LIMIT, TOO_MUCH_METADATA
        if problem is not None or image_id is None:
            return Ingested(upload.source_name, problem or IngestStatus.ERROR_UNKNOWN, message=upload.message)
        if is_new and candidate.picture is not None:
            self._ids[upload.sha256] = image_id
            self.new.append(_row(self._project, image_id, upload, candidate.picture))
        self.wanted[image_id] = asked
        return Ingested(upload.source_name, IngestStatus.OK if is_new else IngestStatus.OK_DUPLICATE, image_id)

    def _describe(self, image: Image | None) -> bool:
        """Add the batch's metadata to an image that is there; False where it cannot hold so many pairs."""
        if image is None:  # new, now or earlier in this batch
            return True
        after = merged(image.metadata, self._metadata)
        if after is not None and after != image.metadata:
            image.metadata = after
            self.described.add(image)
        return after is not None

    def _problem_of_new(self, candidate: _Candidate) -> IngestStatus | None:
        if len(self.new) >= self._room:
            return IngestStatus.ERROR_LIMIT
        # The image that had these bytes may have been deleted, with its files, since they were looked for.
        picture = candidate.picture
        if picture is None or not files.is_stored(self._project.pk, candidate.upload.sha256, picture.media_type):
            self.gone.append(candidate)
            return IngestStatus.ERROR_STORAGE
        return None

    def _tag_ids_now(self, image_id: UUID) -> set[UUID]:
        return self.current[image_id].tag_ids if image_id in self.current else set()

    def _with_earlier(self, image_id: UUID, labels: Labels) -> Labels:
        """The labels together with what the same bytes, earlier in the batch, are to get."""
        earlier = self.wanted.get(image_id)
        if earlier is None:
            return labels
        return Labels((*earlier.tag_ids, *labels.tag_ids), (*earlier.boxes, *labels.boxes))


def _row(project: Project, image_id: UUID, upload: Upload, picture: _Picture) -> Image:
    return Image(
        id=image_id,
        project=project,
        sha256=upload.sha256,
        media_type=picture.media_type,
        size_bytes=picture.size_bytes,
        perceptual_hash=picture.perceptual_hash,
        width=picture.width,
        height=picture.height,
        source_name=upload.source_name[:SOURCE_NAME_CHARACTERS],
    )
