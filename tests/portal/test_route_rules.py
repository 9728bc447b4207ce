"""Every page and API route, from the code's own list, against every role and key: denied means nothing changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from labeling.models import Image, Tag
from portal.keys import reveal
from portal.models import Membership, Project, Resource, ResourceKind, User
from portal.pages.access import Access, PageRule, rule_of
from portal.permissions import RIGHTS_OF_ROLE, Right, Role
from portal.wire.views import WireView
from tests.builders import make_images, make_iteration, make_project, make_resource, make_tag
from training.models import Iteration

pytestmark = pytest.mark.django_db

# Reached without an account by design; each says why.
WITHOUT_RULE = {
    "healthz": "a load balancer asks",
    "readyz": "a load balancer asks",
    "stored_file": "the address carries its own signature",
    "openapi": "the API's description is no secret",
    "api_reference": "the API's description is no secret",
    "unknown_route": "says that there is nothing",
}


@dataclass(frozen=True)
class Route:
    path: str  # with {kwarg}s
    name: str
    view: Any

    @property
    def rule(self) -> PageRule | None:
        return rule_of(self.view)

    @property
    def wire_class(self) -> type[WireView] | None:
        view_class = getattr(self.view, "view_class", None) or getattr(self.view, "cls", None)
        return view_class if isinstance(view_class, type) and issubclass(view_class, WireView) else None


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[Route]:
    """Every route that the server has."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = entry.pattern
        part = getattr(pattern, "_route", None)
        text = readable_regex(str(pattern)) if part is None else part
        if isinstance(entry, URLResolver):
            yield from routes(entry, prefix + text)
        else:
            assert isinstance(entry, URLPattern)
            yield Route(prefix + text, entry.name or "", entry.callback)


def readable_regex(text: str) -> str:
    return "customvision/v3.4/training/" if "training" in text.lower() or "tT" in text else "customvision/nowhere"


ROUTES = list(routes())
PAGES = [route for route in ROUTES if route.rule is not None]
OPERATIONS = [
    (route, method)
    for route in ROUTES
    if (view := route.wire_class) is not None
    for method in ("get", "post", "patch", "put", "delete")
    if hasattr(view, method)
]


@dataclass
class World:
    """One of each thing that an address can name."""

    project: Project
    resource: Resource
    image: Image
    tag: Tag
    iteration: Iteration
    person: User

    def address(self, route: Route) -> str:
        values: dict[str, Any] = {
            "project_id": self.project.pk,
            "image_id": self.image.pk,
            "tag_id": self.tag.pk,
            "iteration_id": self.iteration.pk,
            "prediction_id": uuid4(),
            "resource_id": self.resource.pk,
            "user_id": self.person.pk,
            "person_id": self.person.pk,
            "invitation_id": uuid4(),
            "token": "no-such-token",
            "slot": 1,
            "event_id": 1,
            "gate_id": uuid4(),
            "domain_id": self.project.domain_id,
        }
        parts = []
        for part in route.path.split("/"):
            if part.startswith("<"):
                name = part.strip("<>").rpartition(":")[2]
                assert name in values, f"{route.path}: teach this test what {name} is"
                part = str(values[name])
            parts.append(part)
        return "/" + "/".join(parts)


@pytest.fixture
def world() -> World:
    project = make_project()
    tag = make_tag(project)
    return World(
        project, project.resource, make_images(project, 1, [tag])[0], tag, make_iteration(project),
        User.objects.create_user("someone", password="a password of theirs"),
    )  # fmt: skip


def person(world: World, who: str) -> Client:
    """A browser of somebody with that role; "administrator", "no role" and "nobody" are possible too."""
    client = Client(enforce_csrf_checks=False)
    if who == "nobody":
        return client
    user = User.objects.create_user(f"the {who}", password="x", is_superuser=who == "administrator")
    if who in set(Role):
        Membership.objects.create(user=user, project=world.project, role=who)
    client.force_login(user)
    return client


def contents() -> dict[str, list[Any]]:
    """Every row of ours, as values."""
    ours = ("portal", "labeling", "training", "inference")
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.app_label in ours
    }


def may(rule: PageRule, who: str) -> bool:
    if rule.needs is Access.PUBLIC or who == "administrator":
        return True
    if who == "nobody" or rule.needs is Access.ADMINISTRATOR:
        return False
    if rule.needs is Access.SIGNED_IN:
        return True
    assert isinstance(rule.needs, Right)
    return who in set(Role) and rule.needs in RIGHTS_OF_ROLE[Role(who)]


def test_every_route_has_a_rule() -> None:
    without = [
        f"{route.path} ({route.name or getattr(route.view, '__name__', '')})"
        for route in ROUTES
        if route.rule is None
        and route.wire_class is None
        and not {route.name, getattr(route.view, "__name__", "")} & WITHOUT_RULE.keys()
    ]
    assert without == []


@pytest.mark.parametrize("who", ["nobody", "no role", *Role, "administrator"])
def test_a_page_or_act_opens_to_those_whom_its_rule_names_and_to_nobody_else(world: World, who: str) -> None:
    client = person(world, who)
    session = client.cookies.output(header="", sep=";")
    wrong = []
    before = contents()
    for route in PAGES:
        assert route.rule is not None
        for method in route.rule.methods:
            client.cookies.load(session)  # signing out is one of the routes
            with transaction.atomic():
                answer = client.generic(
                    method, world.address(route), "{}", "application/json", HTTP_ACCEPT="application/json"
                )
                allowed = may(route.rule, who)
                # An act may refuse more than its page's rule, never less.
                is_denied = answer.status_code in (401, 403) or (
                    answer.status_code == 404 and b"no such project" in answer.content
                )
                if is_denied == allowed and not (allowed and answer.status_code == 403):
                    wrong.append(f"{method} {route.path}: {answer.status_code} for {who}, allowed={allowed}")
                if not allowed and contents() != before:
                    wrong.append(f"{method} {route.path}: changed something for {who}")
                transaction.set_rollback(True)
    assert wrong == []


def key_of(resource: Resource) -> str:
    key = resource.keys.get(slot=1)
    return reveal(key)


@pytest.mark.parametrize("key_kind", ["none", "wrong", "prediction", "other resource", "own"])
def test_an_operation_opens_to_the_training_key_of_its_resource_alone(world: World, key_kind: str) -> None:
    headers = {
        "none": {},
        "wrong": {"HTTP_TRAINING_KEY": "0" * 32},
        "prediction": {"HTTP_TRAINING_KEY": key_of(make_resource(ResourceKind.PREDICTION))},
        "other resource": {"HTTP_TRAINING_KEY": key_of(make_resource())},
        "own": {"HTTP_TRAINING_KEY": key_of(world.resource)},
    }[key_kind]
    client = Client()
    before = contents()
    wrong = []
    for route, method in OPERATIONS:
        with transaction.atomic():
            answer = client.generic(method.upper(), world.address(route), "{}", "application/json", **headers)
            inside_project = "project_id" in route.path
            if key_kind in ("none", "wrong", "prediction"):
                is_right = answer.status_code == 401
            elif key_kind == "other resource" and inside_project:
                is_right = answer.status_code == 404 or answer.status_code == 400  # a body is read first
            else:
                is_right = answer.status_code not in (401, 403)
            if not is_right:
                wrong.append(f"{method} {route.path}: {answer.status_code}")
            denied = key_kind != "own" and (key_kind != "other resource" or inside_project)
            if denied and without_use(contents()) != without_use(before):
                wrong.append(f"{method} {route.path}: changed something")
            transaction.set_rollback(True)
    assert wrong == []


def without_use(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """All but when a key was last used: looking at a closed door is a use."""
    return {
        label: [{name: value for name, value in row.items() if name != "last_used"} for row in of_model]
        for label, of_model in rows.items()
    }


def test_the_list_of_routes_is_not_empty() -> None:
    assert len(PAGES) > 10
    assert len(OPERATIONS) > 30
    assert UUID(int=0) not in (route.path for route in ROUTES)
