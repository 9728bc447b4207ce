"""What axe finds on a page."""

from collections.abc import Sequence

from playwright.sync_api import Page

from tests.live_install import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# By theme, the rules to look at. Themes differ in colors alone (tokens.css), and most of axe's rules take long.
RULES = {"light": (), "dark": ("color-contrast",)}


def violations_in_both_themes(page: Page, what: str) -> list[str]:
    found = []
    for theme, rules in RULES.items():
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        found += [f"{what}, {theme}: {violation}" for violation in axe_violations(page, rules)]
    return found


def axe_violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds on the page as it stands: rule, help, and the first nodes. Without `rules`, by all of them."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())  # evaluated, not added as a script: the page's CSP forbids that
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("(options) => axe.run(options)", options)
    return [
        f"{violation['id']}: {violation['help']}: {[node['html'][:160] for node in violation['nodes'][:3]]}"
        for violation in found["violations"]
    ]
