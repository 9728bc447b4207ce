"""Reading a job's images, decoded in parallel, each as the model will see it when served."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from portal.imaging import ImageRejected, decode_for_model
from training.engine.config import ImageConfig, JobConfig
from training.engine.errors import TrainingError

logger = logging.getLogger(__name__)

Pixels = NDArray[np.uint8]

# Read ahead by this much a thread: enough to keep a core busy, little enough for any memory.
_AHEAD_PER_THREAD = 8
# More unreadable images than this and the storage, not the images, is the likely cause.
LARGEST_UNREADABLE_SHARE = 0.1


@dataclass(frozen=True)
class ImageReader:
    """Reads images of one job at one input size."""

    folder: Path
    size: int
    threads: int

    def read(self, images: Sequence[ImageConfig]) -> Iterator[tuple[int, Pixels | None]]:
        """Index and pixels uint8 [S, S, 3] of each image in order; None where it cannot be read."""
        ahead = _AHEAD_PER_THREAD * self.threads
        with ThreadPoolExecutor(self.threads, thread_name_prefix="decode") as pool:
            waiting: list[Future[Pixels | None]] = [pool.submit(self._read_one, image) for image in images[:ahead]]
            for index in range(len(images)):
                pixels = waiting.pop(0).result()
                if index + ahead < len(images):
                    waiting.append(pool.submit(self._read_one, images[index + ahead]))
                yield index, pixels

    def _read_one(self, image: ImageConfig) -> Pixels | None:
        try:
            return decode_for_model((self.folder / image.file).read_bytes(), self.size)
        except (ImageRejected, OSError) as error:
            logger.warning("image %s (%s) cannot be read: %s", image.id, image.file, error)
            return None


def targets_of(job: JobConfig, images: Sequence[ImageConfig]) -> NDArray[np.bool_]:
    """Truth [images, tags] in tag order."""
    column = {tag.id: index for index, tag in enumerate(job.tags)}
    truth = np.zeros((len(images), len(job.tags)), dtype=bool)
    for row, image in enumerate(images):
        truth[row, [column[tag] for tag in image.tags]] = True
    return truth


def require_enough(job: JobConfig, unreadable: Sequence[ImageConfig]) -> None:
    """Raises TrainingError naming a file where what cannot be read leaves too little to train on."""
    if not job.images:
        raise TrainingError("The job has no images.", "Tag at least 5 images for each of 2 tags.")
    skipped = {image.id for image in unreadable}
    readable = targets_of(job, [image for image in job.images if image.id not in skipped])
    empty = [tag for tag, count in zip(job.tags, readable.sum(axis=0), strict=True) if count == 0]
    if unreadable and (empty or len(unreadable) > LARGEST_UNREADABLE_SHARE * len(job.images)):
        name = Path(unreadable[0].file).name
        raise TrainingError(
            f"{len(unreadable)} of {len(job.images)} images cannot be read, among them image "
            f"{unreadable[0].id} ({name}).",
            "Delete or replace these images, or see that their storage is reachable, and train again.",
            "unreadable_images",
            str(unreadable[0].id),
        )
    if empty:
        raise TrainingError(
            f"No image carries the tag {empty[0].name}.",
            "Tag at least 5 images with it, or delete the tag.",
            "tag_without_images",
            str(empty[0].id),
        )
