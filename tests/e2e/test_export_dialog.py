"""The Export dialog in Chromium, by keys alone: from the button to the file."""

import zipfile

import pytest
from playwright.sync_api import expect

from tests.e2e import fabricated_detector
from tests.e2e.box_hands import make_scenes
from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.projects import MadeProject
from tests.e2e.test_publish_dialogs import SIZES, faults
from tests.live_install import ADMIN_PASSWORD, LiveInstall

EXPORTED_WITHIN_MS = 60_000


@pytest.fixture(scope="module")
def trained(portal_install: LiveInstall) -> MadeProject:
    made = make_scenes(portal_install, "Two shapes to export", 3, boxed=3)
    made.iteration_id = fabricated_detector.complete_in(portal_install, made.id)
    return made


@pytest.mark.parametrize(("size", "flavor"), [("wide", "ONNX"), ("narrow", "ONNXFloat16")])
def test_export_and_download_by_keys(new_page: NewPage, trained: MadeProject, size: str, flavor: str) -> None:
    page = new_page(*SIZES[size])
    sign_in(page, "admin", ADMIN_PASSWORD)
    page.goto(f"/projects/{trained.id}/performance")
    opener = page.get_by_role("button", name="Export", exact=True)
    opener.press("Enter")
    dialog = page.locator("#dialog")
    if flavor == "ONNX":
        expect(dialog.get_by_role("button", name="Export ONNX", exact=True)).to_be_focused()
    found = faults(page, "export")
    dialog.get_by_role("button", name=f"Export {flavor}", exact=True).press("Enter")
    download = dialog.get_by_role("link", name=f"Download {flavor}", exact=True)
    download.wait_for(timeout=EXPORTED_WITHIN_MS)
    # The focus stays where it was while the line changes from act to progress to file.
    expect(download).to_be_focused()
    found += faults(page, "exported")
    with page.expect_download() as downloading:
        page.keyboard.press("Enter")
    assert downloading.value.suggested_filename == f"two-shapes-to-export-iteration-1.{flavor}.zip"
    with zipfile.ZipFile(downloading.value.path()) as archive:
        assert {"model.onnx", "labels.txt", "cvexport.manifest"} <= set(archive.namelist())
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(opener).to_be_focused()
    assert found == []
