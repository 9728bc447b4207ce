"""Files of a project by their path, for clients that were given no absolute address."""

import posixpath
import re
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage

from labeling.files import original_name, resized_name, thumbnail_name
from labeling.models import Image
from portal.actors import Actor, require
from portal.errors import Refusal
from portal.models import Project
from portal.permissions import Right
from portal.signed_files import PATH as SIGNED_PATH
from training.models import Export

# Custom Vision's own shape: the project, then one letter for what it is, and an id. Hexadecimal without hyphens.
SHORT_PATH = re.compile(r"i-(?P<project>[0-9a-f]{32})/(?P<kind>[a-z])-(?P<id>[0-9a-f]{32})")
ORIGINAL, RESIZED, THUMBNAIL, EXPORT = "o", "r", "t", "e"
# Below the project's folder in storage: what addresses are given to. Models and scores are not among them.
GIVEN_OUT = re.compile(r"(?:images|resized|thumbnails|predictions)/.+|iterations/[^/]+/exports/.+")
MESSAGE = (
    "path is i-PROJECT/o-IMAGE, with r- for the resized copy, t- for the thumbnail, e- for an export, ids as 32"
    " hexadecimal digits; or the path of an address that this server gave."
)


def open_artifact(actor: Actor, project: Project, path: str) -> File:
    """The file behind the path, to be read. Never one of another project.

    Raises Refusal `BadRequestInvalidArtifactUri`, `NotFoundImage`, `NotFound`.
    """
    require(actor, Right.VIEW, project)
    name = _storage_name(project, path)
    try:
        return default_storage.open(name, "rb")
    except (FileNotFoundError, IsADirectoryError):
        raise Refusal("NotFound", "There is no such file in this project; it may have been deleted.") from None


def _storage_name(project: Project, path: str) -> str:
    short = SHORT_PATH.fullmatch(path.strip().strip("/").lower())
    if short is None:
        return _given_out(project, path)
    if UUID(short["project"]) != project.pk:
        raise Refusal(
            "BadRequestInvalidArtifactUri",
            "The path names another project than the address; take it from an answer about this one.",
        )
    if short["kind"] == EXPORT:
        return _export_name(project, UUID(short["id"]))
    return _image_name(project, short["kind"], UUID(short["id"]))


def _image_name(project: Project, kind: str, image_id: UUID) -> str:
    if kind not in (ORIGINAL, RESIZED, THUMBNAIL):
        raise Refusal("BadRequestInvalidArtifactUri", MESSAGE)
    image = Image.objects.filter(project=project, pk=image_id).first()
    if image is None:
        raise Refusal("NotFoundImage", "This project has no such image; it may have been deleted.")
    if kind == ORIGINAL:
        return original_name(project.pk, image.sha256, image.media_type)
    return (resized_name if kind == RESIZED else thumbnail_name)(project.pk, image.sha256)


def _export_name(project: Project, export_id: UUID) -> str:
    export = Export.objects.filter(pk=export_id, iteration__project=project).exclude(file="").first()
    if export is None:
        raise Refusal("NotFound", "This project has no such export, or it is not done; get_exports says.")
    return export.file


def _given_out(project: Project, path: str) -> str:
    """The storage name in a path of ours, with or without what stands before it and after it."""
    folder = f"projects/{project.pk}/"
    name = path.strip().partition("?")[0].removeprefix(SIGNED_PATH).lstrip("/")
    is_plain = posixpath.normpath(name) == name and not re.search(r"[\\\x00-\x1f]", name)
    if not is_plain or not name.startswith(folder) or not GIVEN_OUT.fullmatch(name.removeprefix(folder)):
        raise Refusal("BadRequestInvalidArtifactUri", MESSAGE)
    return name
