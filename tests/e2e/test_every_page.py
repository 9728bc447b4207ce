"""Every page that the server has, empty and full, light and dark, wide and narrow: axe, console, and its width."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations_in_both_themes
from tests.e2e.conftest import NewPage, sign_in
from tests.e2e.projects import MadeProject, make_project
from tests.live_install import ADMIN_PASSWORD, LiveInstall
from tests.portal.test_route_rules import PAGES

SIZES = {"wide": (1440, 900), "narrow": (390, 844)}


@pytest.fixture(scope="module")
def empty_project(portal_install: LiveInstall) -> MadeProject:
    return make_project(portal_install, "Nothing in it yet")


def addresses(project: MadeProject) -> list[str]:
    """Every page address that names at most a project and an iteration."""
    found = []
    for route in PAGES:
        assert route.rule is not None
        if "GET" not in route.rule.methods:
            continue
        path = "/" + route.path.replace("<uuid:project_id>", project.id)
        if "<uuid:iteration_id>" in path:
            if not project.iteration_id:
                continue
            path = path.replace("<uuid:iteration_id>", project.iteration_id)
        if "<" not in path:
            found.append(path)
    return found


def is_whole_page(page: Page, address: str) -> bool:
    answer = page.request.get(address)
    return answer.ok and "<html" in answer.text()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("contents", ["empty", "full"])
def test_every_page_is_accessible_and_fits(
    new_page: NewPage, empty_project: MadeProject, shapes_project: MadeProject, contents: str, size: str
) -> None:
    width, height = SIZES[size]
    page = new_page(width, height)
    sign_in(page, "admin", ADMIN_PASSWORD)
    found = []
    project = shapes_project if contents == "full" else empty_project
    whole = [address for address in addresses(project) if is_whole_page(page, address)]
    assert len(whole) >= 9
    for address in whole:
        page.goto(address)
        found += faults(page, address)
        if page.locator("h1").count() != 1:
            found.append(f"{address}: {page.locator('h1').count()} headings of the first level")
    assert found == []


def faults(page: Page, what: str) -> list[str]:
    """What axe finds in both themes, and whether it is wider than the window."""
    found = violations_in_both_themes(page, what)
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, f"{what}: scrolls sideways by {too_wide} px"] if too_wide > 0 else found


@pytest.mark.parametrize("size", SIZES)
def test_what_a_stranger_meets_is_accessible_and_fits(new_page: NewPage, size: str) -> None:
    page = new_page(*SIZES[size])
    found = []
    for address, heading in (
        ("/sign-in", "Sign in"),
        ("/invitations/used-or-too-old", "Nothing here"),
        ("/no-such-page", "Nothing here"),
    ):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        found += faults(page, address)
    assert found == []


@pytest.mark.parametrize("size", SIZES)
def test_the_dialogs_over_the_projects_are_accessible_and_fit(
    new_page: NewPage, shapes_project: MadeProject, portal_install: LiveInstall, size: str
) -> None:
    long_name = "Conveyor_north_second_camera_solder_joints_and_missing_components_" + size
    make_project(portal_install, long_name)
    page = new_page(*SIZES[size])
    sign_in(page, "admin", ADMIN_PASSWORD)
    page.goto("/")
    page.locator("main").get_by_role("link", name="New project").click()
    expect(page.get_by_role("dialog")).to_contain_text("General (compact)")
    found = faults(page, "new project")
    page.keyboard.press("Escape")
    menu = page.get_by_role("button", name=f"More for {long_name}")
    menu.click()
    page.get_by_role("button", name="Delete project").click()
    expect(page.get_by_role("dialog").get_by_label("Type the project's name")).to_be_focused()
    found += faults(page, "delete project")
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    assert found == []
