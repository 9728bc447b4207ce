"""Where an image's files lie: named by project and SHA-256, so that the same bytes are one file."""

from collections.abc import Iterable
from uuid import UUID

from django.core.files.storage import default_storage

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/webp": "webp",
}


def original_name(project_id: UUID, sha256: str, media_type: str) -> str:
    """Storage name of the bytes as they were uploaded."""
    return f"projects/{project_id}/images/{sha256[:2]}/{sha256}.{EXTENSIONS[media_type]}"


def resized_name(project_id: UUID, sha256: str) -> str:
    """Storage name of the upright copy for people."""
    return f"projects/{project_id}/resized/{sha256[:2]}/{sha256}.jpg"


def thumbnail_name(project_id: UUID, sha256: str) -> str:
    """Storage name of the small copy."""
    return f"projects/{project_id}/thumbnails/{sha256[:2]}/{sha256}.jpg"


def delete_files(project_id: UUID, images: Iterable[tuple[str, str]]) -> None:
    """Delete all three files of each (sha256, media type); missing ones are passed over."""
    for sha256, media_type in images:
        for name in (
            original_name(project_id, sha256, media_type),
            resized_name(project_id, sha256),
            thumbnail_name(project_id, sha256),
        ):
            default_storage.delete(name)
