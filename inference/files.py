"""Where a stored prediction's files lie: named by its id, so that two predictions never share one."""

from collections.abc import Iterable
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from labeling.files import EXTENSIONS


def original_name(project_id: UUID, prediction_id: UUID, media_type: str) -> str:
    """Storage name of the image as it was sent."""
    return f"{_folder(project_id, prediction_id)}.{EXTENSIONS[media_type]}"


def resized_name(project_id: UUID, prediction_id: UUID) -> str:
    """Storage name of the upright copy for people."""
    return f"{_folder(project_id, prediction_id)}-resized.jpg"


def thumbnail_name(project_id: UUID, prediction_id: UUID) -> str:
    """Storage name of the small copy."""
    return f"{_folder(project_id, prediction_id)}-thumbnail.jpg"


def put_file(name: str, content: bytes) -> None:
    """Store `content` under exactly this name; what an interrupted attempt left there is replaced.

    Replaced even where it is whole: a file is always young when its row is written (inference.orphans).
    """
    if default_storage.exists(name):
        default_storage.delete(name)
    stored = default_storage.save(name, ContentFile(content))
    if stored != name:
        default_storage.delete(stored)
        raise OSError(f"{name} was made by someone else meanwhile")


def delete_prediction_files(project_id: UUID, predictions: Iterable[tuple[UUID, str]]) -> None:
    """Delete the three files of each (prediction id, media type); missing ones are passed over."""
    for prediction_id, media_type in predictions:
        default_storage.delete(original_name(project_id, prediction_id, media_type))
        default_storage.delete(resized_name(project_id, prediction_id))
        default_storage.delete(thumbnail_name(project_id, prediction_id))


def predictions_folder(project_id: UUID) -> str:
    """Where in storage the files of a project's predictions lie, in a folder for each two digits."""
    return f"projects/{project_id}/predictions"


def _folder(project_id: UUID, prediction_id: UUID) -> str:
    text = str(prediction_id)
    return f"{predictions_folder(project_id)}/{text[:2]}/{text}"
