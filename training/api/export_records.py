"""Exports as the wire has them."""

from portal.signed_files import signed_address
from portal.wire.records import WireRecord
from training.exports import is_outdated
from training.models import Export, ExportState

STATUS = {
    ExportState.EXPORTING: "Exporting",
    ExportState.DONE: "Done",
    ExportState.FAILED: "Failed",
}


class ExportRecord(WireRecord):
    """One export. `download_uri` needs no header; it is empty until the export is done."""

    platform: str
    status: str
    download_uri: str
    flavor: str | None
    newer_version_available: bool


def export_record(export: Export) -> ExportRecord:
    """An export, with an address signed now."""
    is_done = export.state == ExportState.DONE
    return ExportRecord(
        platform=export.platform,
        status=STATUS[ExportState(export.state)],
        download_uri=signed_address(export.file) if is_done else "",
        flavor=export.flavor or None,
        newer_version_available=is_outdated(export),
    )
