"""What a batch of images will write, decided under the project's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from labeling import files
from labeling.label_rows import CurrentLabels, Labels, current_labels, label_problem, tag_types
from labeling.metadata import merged
from labeling.models import Image
from labeling.uploads import IngestStatus, Upload
from portal.limits import IMAGES_PER_PROJECT
from portal.models import Project

SOURCE_NAME_CHARACTERS = 1024
KEEPS_ITS_TAG = "It is in this project already, with another tag, which it keeps."
TOO_MUCH_METADATA = "It is in this project already, and with this metadata would have more than ten pairs."


@dataclass(frozen=True)
class Ingested:
    """What became of one image of a batch; `image_id` is set on success, `message` where more is known of a failure."""

    source_name: str
    status: IngestStatus
    image_id: UUID | None = None
    message: str = ""


@dataclass(frozen=True)
class Picture:
    """What a row says of an image. ImageFacts would hold on to its bytes, for all images of the batch."""

    media_type: str
    width: int
    height: int
    size_bytes: int
    perceptual_hash: int | None


@dataclass
class Candidate:
    """An upload on its way through: its labels, and once its files are stored what was found out about it."""

    upload: Upload
    labels: Labels
    problem: IngestStatus | None
    picture: Picture | None = None


class Plan:
    """New rows, and the labels that images get; `place` is called for each upload, in order."""

    def __init__(
        self, project: Project, candidates: Sequence[Candidate], metadata: dict[str, str], *, takes_one_tag: bool
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
        self._room = IMAGES_PER_PROJECT - here.count()
        self.current = current_labels(self._ids.values())
        tag_ids = {tag_id for candidate in candidates for tag_id in candidate.labels.all_tag_ids()}
        tag_ids |= {tag_id for labels in self.current.values() for tag_id in labels.tag_ids}
        self._types = tag_types(project, tag_ids)
        self.new: list[Image] = []
        self.described: set[Image] = set()
        self.wanted: dict[UUID, Labels] = {}
        self.gone: list[Candidate] = []

    def place(self, candidate: Candidate) -> Ingested:
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

    def _problem_of_new(self, candidate: Candidate) -> IngestStatus | None:
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


def _row(project: Project, image_id: UUID, upload: Upload, picture: Picture) -> Image:
    return Image(
        id=image_id,
        project=project,
        sha256=upload.sha256,
        media_type=picture.media_type,
        size_bytes=picture.size_bytes,
        perceptual_hash=picture.perceptual_hash,
        width=picture.width,
        height=picture.height,
        source_name=upload.source_name.replace("\0", "")[:SOURCE_NAME_CHARACTERS],  # PostgreSQL keeps no NUL
    )
