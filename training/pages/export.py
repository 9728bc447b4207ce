"""The Export dialog: an iteration's flavors, each made when asked for, then to be downloaded."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from portal.errors import Refusal
from portal.models import Project
from portal.pages.access import PageRequest, page
from portal.permissions import Right
from portal.signed_files import signed_path
from training.exporting.flavors import FLAVORS, Flavor
from training.exports import ONNX, export_iteration, is_outdated, iteration_exports
from training.iterations import get_iteration
from training.models import Export, ExportState, Iteration
from training.performance import require_trained

# A difference below this is that of two processors.
LEAST_DIFFERENCE = 1e-4


@dataclass(frozen=True)
class FlavorRow:
    """One line of the dialog; `export` is None where nobody asked for it yet."""

    flavor: Flavor
    export: Export | None

    @property
    def title(self) -> str:
        return self.flavor.name or ONNX

    @property
    def is_running(self) -> bool:
        return self.export is not None and self.export.state == ExportState.EXPORTING

    @property
    def is_failed(self) -> bool:
        return self.export is not None and self.export.state == ExportState.FAILED

    @property
    def address(self) -> str:
        """Where its file is, for this page; empty until it is done."""
        is_done = self.export is not None and self.export.state == ExportState.DONE
        return signed_path(self.export.file) if self.export is not None and is_done else ""

    @property
    def is_outdated(self) -> bool:
        return self.export is not None and is_outdated(self.export)

    @property
    def difference(self) -> str:
        """How far its answers were from the iteration's, in percentage points; empty where there was none."""
        largest = self.export.largest_difference if self.export is not None else None
        return f"{100 * largest:.2g}" if largest is not None and largest > LEAST_DIFFERENCE else ""


@page(Right.PUBLISH, methods=("GET", "POST"))
def export(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """The dialog; its POST asks for a flavor and answers with the lines as they are then."""
    iteration = get_iteration(project, iteration_id)
    if request.method == "GET":
        require_trained(iteration)
        context = {**_context(request, iteration), "begins_here": True}
        return render(request, "training/export_dialog.html", context)
    refusal = None
    try:
        export_iteration(request.actor, iteration, ONNX, request.POST.get("flavor", ""))
    except Refusal as refused:
        # Somebody else asked a moment ago: the lines say so.
        refusal = refused if refused.code != "BadRequestExportAlreadyInProgress" else None
    context = {**_context(request, iteration), "refusal": refusal}
    return render(request, "training/export_flavors.html", context, status=422 if refusal else 200)


@page(Right.PUBLISH)
def export_flavors(request: PageRequest, project: Project, iteration_id: UUID) -> HttpResponse:
    """The dialog's lines, which ask for themselves while one is being made."""
    return render(request, "training/export_flavors.html", _context(request, get_iteration(project, iteration_id)))


def _context(request: PageRequest, iteration: Iteration) -> dict[str, object]:
    made = {each.flavor.lower(): each for each in iteration_exports(request.actor, iteration) if each.platform == ONNX}
    rows = [FlavorRow(flavor, made.get(flavor.name.lower())) for flavor in FLAVORS]
    return {
        "project": iteration.project,
        "iteration": iteration,
        "rows": rows,
        "is_any_running": any(row.is_running for row in rows),
    }
