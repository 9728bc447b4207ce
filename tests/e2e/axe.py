"""What axe finds on a page."""

from playwright.sync_api import Page

from tests.live_install import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def violations_in_both_themes(page: Page, what: str) -> list[str]:
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found += [f"{what}, {theme}: {violation}" for violation in axe_violations(page)]
    return found


def axe_violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands: rule, help, and the first nodes."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())  # evaluated, not added as a script: the page's CSP forbids that
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {violation['help']}: {[node['html'][:160] for node in violation['nodes'][:3]]}"
        for violation in found["violations"]
    ]
