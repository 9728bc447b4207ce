"""Projects as the wire has them."""

from uuid import UUID

from pydantic import Field

from portal.copying.exporting import ProjectExport
from portal.models import Project
from portal.projects import ProjectChange
from portal.signed_files import signed_address
from portal.wire.records import WireBody, WireDate, WireRecord


class ImageProcessingSettings(WireRecord):
    """How training images are varied."""

    augmentation_methods: dict[str, bool] | None


class ProjectSettingsRecord(WireRecord):
    """Settings of a project."""

    domain_id: UUID
    classification_type: str | None
    target_export_platforms: list[str]
    use_negative_set: bool | None = None
    # Left out where there is none: the clients say that it is never null.
    detection_parameters: str | None = Field(default=None, exclude_if=lambda value: value is None)
    image_processing_settings: ImageProcessingSettings
    export_model_container_uri: str | None
    notification_queue_uri: str | None


class ProjectRecord(WireRecord):
    """One project. `description` is never null: the Python SDK refuses to send a null back on update."""

    id: UUID
    name: str
    description: str
    settings: ProjectSettingsRecord
    created: WireDate
    last_modified: WireDate
    thumbnail_uri: str | None
    dr_mode_enabled: bool = False
    status: str


def project_record(project: Project) -> ProjectRecord:
    """A project as the wire has it."""
    return ProjectRecord(
        id=project.pk,
        name=project.name,
        description=project.description,
        settings=ProjectSettingsRecord(
            domain_id=project.domain_id,
            classification_type=project.classification_type,
            target_export_platforms=project.target_export_platforms,
            image_processing_settings=ImageProcessingSettings(augmentation_methods=project.augmentation_methods),
            export_model_container_uri=project.export_container_uri or None,
            notification_queue_uri=project.notification_uri or None,
        ),
        created=project.created,
        last_modified=project.last_modified,
        thumbnail_uri=signed_address(project.thumbnail) if project.thumbnail else None,
        status=project.status,
    )


class ProjectExportRecord(WireRecord):
    """What a copy of a project will hold, and the token to import it with."""

    iteration_count: int
    image_count: int
    tag_count: int
    region_count: int
    estimated_import_time_in_ms: int = Field(serialization_alias="estimatedImportTimeInMS")
    token: str


def export_record(export: ProjectExport) -> ProjectExportRecord:
    """An export as the wire has it."""
    return ProjectExportRecord(
        iteration_count=export.iteration_count,
        image_count=export.image_count,
        tag_count=export.tag_count,
        region_count=export.region_count,
        estimated_import_time_in_ms=export.estimated_import_ms,
        token=export.token,
    )


class CreateProjectOptions(WireBody):
    """Optional body of `create_project`."""

    export_model_container_uri: str = ""
    notification_queue_uri: str = ""


class ImageProcessingSettingsBody(WireBody):
    """How training images are to be varied."""

    augmentation_methods: dict[str, bool] | None = None


class ProjectSettingsBody(WireBody):
    """Settings that can be changed; the others are passed over. SDKs leave the two addresses out."""

    domain_id: UUID | None = None
    classification_type: str | None = None
    target_export_platforms: list[str] | None = None
    image_processing_settings: ImageProcessingSettingsBody | None = None
    export_model_container_uri: str | None = None
    notification_queue_uri: str | None = None


class ProjectBody(WireBody):
    """Body of `update_project`: clients send the whole project back; read-only fields are passed over."""

    name: str | None = None
    description: str | None = None
    settings: ProjectSettingsBody | None = None

    def change(self) -> ProjectChange:
        """What is to change."""
        settings = self.settings or ProjectSettingsBody()
        images = settings.image_processing_settings
        return ProjectChange(
            name=self.name,
            description=self.description,
            domain_id=settings.domain_id,
            classification_type=settings.classification_type,
            target_export_platforms=settings.target_export_platforms,
            augmentation_methods=images.augmentation_methods if images else None,
            export_container_uri=settings.export_model_container_uri,
            notification_uri=settings.notification_queue_uri,
        )
