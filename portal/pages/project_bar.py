"""The bar of a project's pages: where one is, the places, the counts, the Train button."""

from collections.abc import Callable
from typing import Any

from portal.actors import Actor
from portal.models import Project
from portal.pages.access import PageRequest
from portal.permissions import Right

Provider = Callable[[Project], Any]

_providers: dict[str, Provider] = {}


def register_bar_part(name: str, provider: Provider) -> None:
    """Let an app add what the bar shows: `bar.NAME` in templates is `provider(project)`, asked on each page.

    Names in use: `image_count`, `prediction_count` (int), `train` (training.pages.train_button.TrainButton).
    """
    _providers[name] = provider


def rights_by_name(actor: Actor, project: Project) -> dict[str, bool]:
    """`can.edit_images` and so on for templates: one key for each Right, spaces as underscores."""
    return {right.value.replace(" ", "_"): actor.may(right, project) for right in Right}


def project_context(request: PageRequest, project: Project, here: str, **more: Any) -> dict[str, Any]:
    """Context of a template that extends portal/project.html; `here` is the place's URL name."""
    return {
        "project": project,
        "here": here,
        "can": rights_by_name(request.actor, project),
        "bar": {name: provider(project) for name, provider in _providers.items()},
        **more,
    }
