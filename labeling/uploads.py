"""Images on their way in: each in a file of its own on this host's disk, hashed while it was written."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from django.conf import settings

from labeling.boxes import Box
from portal.limits import TRAINING_IMAGE_BYTES

FOLDER_PREFIX = "sightline-upload-"


class IngestStatus(StrEnum):
    """What became of one image of a batch, in Custom Vision's words."""

    OK = "OK"
    OK_DUPLICATE = "OKDuplicate"
    ERROR_SOURCE = "ErrorSource"
    ERROR_FORMAT = "ErrorImageFormat"
    ERROR_SIZE = "ErrorImageSize"
    ERROR_DIMENSIONS = "ErrorImageDimensions"
    ERROR_STORAGE = "ErrorStorage"
    ERROR_LIMIT = "ErrorLimitExceed"
    ERROR_TAG_LIMIT = "ErrorTagLimitExceed"
    ERROR_REGION_LIMIT = "ErrorRegionLimitExceed"
    ERROR_NEGATIVE_AND_REGULAR = "ErrorNegativeAndRegularTagOnSameImage"
    ERROR_INVALID_TAG = "ErrorInvalidTag"
    ERROR_UNKNOWN = "ErrorUnknown"

    @property
    def is_success(self) -> bool:
        return self in (IngestStatus.OK, IngestStatus.OK_DUPLICATE)


@dataclass
class Upload:
    """One image as received. `problem` is set when it could not be, `message` may say why; then there is no file."""

    source_name: str = ""
    path: Path | None = None
    sha256: str = ""
    tag_ids: tuple[UUID, ...] = ()
    boxes: tuple[Box, ...] = ()
    problem: IngestStatus | None = None
    message: str = ""


@dataclass
class Batch:
    """The images of one call, with what is said of all of them."""

    uploads: list[Upload] = field(default_factory=list)
    tag_ids: tuple[UUID, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)


@contextmanager
def upload_folder() -> Iterator[Path]:
    """A folder for the files of one call, removed with them."""
    with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX, dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        yield Path(folder)


class UploadWriter:
    """Writes one image to its file piece by piece; what is over the size limit is counted and dropped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("xb")
        self._digest = hashlib.sha256()
        self._size_bytes = 0

    def write(self, data: bytes) -> None:
        """Take the next piece."""
        self._size_bytes += len(data)
        if self._size_bytes <= TRAINING_IMAGE_BYTES:
            self._file.write(data)
            self._digest.update(data)

    def close(self, upload: Upload) -> None:
        """Finish, and tell the upload where its bytes are, or that there were too many or none."""
        self._file.close()
        if self._size_bytes > TRAINING_IMAGE_BYTES:
            upload.problem = IngestStatus.ERROR_SIZE
        elif not self._size_bytes:
            upload.problem = IngestStatus.ERROR_FORMAT
        else:
            upload.path, upload.sha256 = self._path, self._digest.hexdigest()
        if upload.problem is not None:
            self._path.unlink()


def spool(upload: Upload, pieces: Iterable[bytes], path: Path) -> None:
    """Write an image that comes in pieces to `path`."""
    writer = UploadWriter(path)
    for piece in pieces:
        writer.write(piece)
    writer.close(upload)
