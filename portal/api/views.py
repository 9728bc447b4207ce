"""Projects: create, list, get, change, delete."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from portal import projects
from portal.actors import NOT_WHOLE
from portal.api.records import (
    CreateProjectOptions,
    ProjectBody,
    ProjectExportRecord,
    ProjectRecord,
    export_record,
    project_record,
)
from portal.copying.exporting import export_project
from portal.copying.importing import import_project
from portal.deletion import delete_project
from portal.domains import EXPORT_PLATFORMS
from portal.models import ClassificationType
from portal.wire.bodies import read_record
from portal.wire.operations import array_of, operation
from portal.wire.parameters import Choice, Id, Text, Words
from portal.wire.records import answer, answer_list
from portal.wire.views import WireView

GROUP = "Projects"
NAME = Text("name", "Name, unique in the training resource.", "", is_required=True)
DESCRIPTION = Text("description", "What the project is for.", "")
DOMAIN = Id("domainId", "Domain; General (classification) when left out.", None)
CLASSIFICATION_TYPE = Choice(
    "classificationType",
    "One tag an image, or any number (default).",
    "",
    words=ClassificationType.values,
    code="BadRequestProjectUnknownClassification",
)
PLATFORMS = Words("targetExportPlatforms", "Where models are to run.", (), words=EXPORT_PLATFORMS)
EXPORT_CONTAINER = Text("exportModelContainerUri", "Kept with the project; clients of v3.4 send it in the body.", "")
NOTIFICATION_QUEUE = Text(
    "notificationQueueUri", "HTTP address that notifications are posted to; clients of v3.4 send it in the body.", ""
)

SETTINGS_CODES = (
    "BadRequestProjectName",
    "BadRequestProjectNameNotUnique",
    "BadRequestProjectDescription",
    "BadRequestProjectUnknownDomain",
    "BadRequestProjectUnknownClassification",
    "BadRequestProjectUnsupportedExportPlatform",
    "BadRequestInvalidUri",
)
TOKEN = Text("token", "From export_project; URL-encoded, valid for a day.", "", is_required=True)
IMPORT_NAME = Text("name", "Name of the new project; that of the source, or one like it, when left out.", "")


class ProjectsView(WireView):
    @operation("get_projects", "List projects, newest first", group=GROUP, answers={200: array_of(ProjectRecord)})
    def get(self, request: Request) -> HttpResponse:
        return answer_list([project_record(project) for project in projects.visible_projects(self.actor)])

    @operation(
        "create_project",
        "Make a project",
        group=GROUP,
        parameters=(NAME, DESCRIPTION, DOMAIN, CLASSIFICATION_TYPE, PLATFORMS, EXPORT_CONTAINER, NOTIFICATION_QUEUE),
        body=CreateProjectOptions,
        answers={200: ProjectRecord},
        codes=("BadRequestRequiredParamIsNull", *SETTINGS_CODES, "BadRequestExceedProjectLimit"),
    )
    def post(self, request: Request) -> HttpResponse:
        options = read_record(self.wire, CreateProjectOptions)
        project = projects.create_project(
            self.actor,
            self.resource,
            NAME.read(self.wire),
            DESCRIPTION.read(self.wire),
            projects.ProjectSettings(
                domain_id=DOMAIN.read(self.wire),
                classification_type=CLASSIFICATION_TYPE.read(self.wire) or None,
                target_export_platforms=PLATFORMS.read(self.wire),
                export_container_uri=options.export_model_container_uri or EXPORT_CONTAINER.read(self.wire),
                notification_uri=options.notification_queue_uri or NOTIFICATION_QUEUE.read(self.wire),
            ),
        )
        return answer(project_record(project))


class ProjectView(WireView):
    @operation("get_project", "Get a project", group=GROUP, answers={200: ProjectRecord})
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        return answer(project_record(projects.get_project(self.actor, project_id)))

    @operation(
        "update_project",
        "Change name, description or settings",
        group=GROUP,
        body=ProjectBody,
        answers={200: ProjectRecord},
        codes=(
            *SETTINGS_CODES,
            "BadRequestProjectUnsupportedDomainTypeChange",
            "BadRequestProjectImagePreprocessingSettings",
            NOT_WHOLE,
        ),
    )
    def patch(self, request: Request, project_id: UUID) -> HttpResponse:
        project = projects.get_project(self.actor, project_id)
        body = read_record(self.wire, ProjectBody)
        return answer(project_record(projects.update_project(self.actor, project, body.change())))

    @operation(
        "delete_project",
        "Delete a project with all it holds",
        group=GROUP,
        answers={204: None},
        codes=("BadRequestIterationIsPublished",),
    )
    def delete(self, request: Request, project_id: UUID) -> HttpResponse:
        delete_project(self.actor, projects.get_project(self.actor, project_id))
        return HttpResponse(status=204)


class ProjectExportView(WireView):
    @operation(
        "export_project",
        "Get a token to import a project into another resource, and what it holds",
        group=GROUP,
        answers={200: ProjectExportRecord},
        codes=("ForbiddenUserInsufficientCapability", NOT_WHOLE),
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponse:
        return answer(export_record(export_project(self.actor, projects.get_project(self.actor, project_id))))


class ProjectImportView(WireView):
    @operation(
        "import_project",
        "Make a copy of the project that a token is for",
        group=GROUP,
        parameters=(TOKEN, IMPORT_NAME),
        answers={200: ProjectRecord},
        codes=(
            "BadRequestRequiredParamIsNull",
            "BadRequestInvalidImportToken",
            "BadRequestProjectName",
            "BadRequestProjectNameNotUnique",
            "BadRequestExceedProjectLimit",
            NOT_WHOLE,
        ),
    )
    def post(self, request: Request) -> HttpResponse:
        project = import_project(self.actor, self.resource, TOKEN.read(self.wire), IMPORT_NAME.read(self.wire))
        return answer(project_record(project))
