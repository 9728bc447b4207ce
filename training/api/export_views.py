"""Exports of iterations, and files by their path."""

from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from portal.domains import EXPORT_PLATFORMS
from portal.projects import get_project
from portal.wire.operations import BINARY, OCTET_STREAM, array_of, operation
from portal.wire.parameters import Text
from portal.wire.records import answer, answer_list
from portal.wire.views import WireView
from training import artifacts, exports
from training.api.export_records import ExportRecord, export_record
from training.api.views import PROJECT, find_iteration
from training.exporting.flavors import FLAVORS

PLATFORM = Text("platform", f"{exports.ONNX}; Custom Vision has {', '.join(EXPORT_PLATFORMS)}.", "", is_required=True)
FLAVOR = Text("flavor", f"{', '.join(each.name for each in FLAVORS if each.name)}, in any case; or none.", "")
PATH = Text("path", "Relative path of a file: i-PROJECT/o-IMAGE, or the path of an address.", "", is_required=True)


class ExportsView(WireView):
    @operation(
        "get_exports",
        "Exports of an iteration, with fresh addresses",
        group=PROJECT,
        answers={200: array_of(ExportRecord)},
        codes=["NotFoundIteration"],
    )
    def get(self, request: Request, project_id: UUID, iteration_id: UUID) -> HttpResponse:
        iteration = find_iteration(self.actor, project_id, iteration_id)
        return answer_list([export_record(export) for export in exports.iteration_exports(self.actor, iteration)])

    @operation(
        "export_iteration",
        "Export an iteration, or get the export that is done",
        group=PROJECT,
        answers={200: ExportRecord},
        parameters=[PLATFORM, FLAVOR],
        codes=[
            "BadRequestExportAlreadyInProgress",
            "BadRequestExportValidationFailed",
            "BadRequestIterationIsNotTrained",
            "BadRequestNotSupported",
            "BadRequestRequiredParamIsNull",
            "NotFoundIteration",
        ],
    )
    def post(self, request: Request, project_id: UUID, iteration_id: UUID) -> HttpResponse:
        iteration = find_iteration(self.actor, project_id, iteration_id)
        platform, flavor = PLATFORM.read(self.wire), FLAVOR.read(self.wire)
        return answer(export_record(exports.export_iteration(self.actor, iteration, platform, flavor)))


class ArtifactView(WireView):
    @operation(
        "get_artifact",
        "A file of the project by its relative path",
        group=PROJECT,
        answers={200: BINARY},
        media_type=OCTET_STREAM,
        parameters=[PATH],
        codes=["BadRequestInvalidArtifactUri", "BadRequestRequiredParamIsNull", "NotFound", "NotFoundImage"],
    )
    def get(self, request: Request, project_id: UUID) -> HttpResponseBase:
        project = get_project(self.actor, project_id)
        file = artifacts.open_artifact(self.actor, project, PATH.read(self.wire))
        return FileResponse(file, content_type=OCTET_STREAM, as_attachment=True)
