"""The rows of `docs/errors.md` that people alone get, each brought about on a page."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client, override_settings

from labeling.models import Image, Tag
from portal.actors import SYSTEM
from portal.domains import GENERAL_DETECTION
from portal.limits import TAGS_PER_IMAGE
from portal.models import Project, ResourceKind, User
from portal.permissions import Role
from portal.projects import ProjectSettings
from tests.builders import make_images, make_iteration, make_project, make_resource, make_tag, member
from tests.wire.contract.error_table import MEND, OF_PAGES
from training.publishing import publish_iteration

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
SECRET = "a secret that nobody kept anything with"


def boss() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss", password="an old password"))
    return client


def person(project: Project, role: Role = Role.LABELER) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=member(project, role).id))
    return client


def post(client: Client, path: str, **fields: str) -> Any:
    return client.post(path, fields, headers=JSON)


def edit(project: Project, image: Image, by: str = "", **change: Any) -> Any:
    changes = [{"image": str(image.pk), "version": image.version, **change}]
    body = {"id": str(uuid4()), "act": "label", "changes": changes} | ({"person": by} if by else {})
    return person(project).post(f"/projects/{project.pk}/edits", body, "application/json", headers=JSON)


def detector() -> tuple[Project, Image, Tag]:
    project = make_project(settings=ProjectSettings(domain_id=GENERAL_DETECTION))
    return project, make_images(project, 1)[0], make_tag(project)


def without_a_box() -> Any:
    project, image, tag = detector()
    return edit(project, image, addTags=[str(tag.pk)])


def full_image() -> Any:
    project = make_project()
    tags = [make_tag(project) for _ in range(TAGS_PER_IMAGE + 1)]
    (image,) = make_images(project, 1, tags[1:])
    return edit(project, image, addTags=[str(tags[0].pk)])


def for_somebody_else() -> Any:
    project, image, _ = detector()
    return edit(project, image, by=str(uuid4()))


def senseless_edit() -> Any:
    project = make_project()
    return person(project).post(f"/projects/{project.pk}/edits", {}, "application/json", headers=JSON)


def cancelled_too_late() -> Any:
    project = make_project()
    iteration = make_iteration(project)
    return post(person(project, Role.TRAINER), f"/projects/{project.pk}/iterations/{iteration.pk}/cancel")


def stale() -> Any:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("boss"))
    return post(client, f"/people/{uuid4()}/disable")


def kept_with_another_secret() -> Any:
    resource, client = make_resource(), boss()
    with override_settings(SECRET_KEY_FALLBACKS=[]):
        resource.keys.filter(slot=1).update(encrypted="gAAAAA" + "A" * 94)
        return post(client, f"/resources/{resource.pk}/keys/1/reveal")


def in_use() -> Any:
    resource = make_project().resource
    return post(boss(), f"/resources/{resource.pk}/delete", name=resource.name)


def password(old: str, new: str) -> Any:
    return post(boss(), "/account", old=old, new=new, again=new)


def senseless_sampling() -> Any:
    project, resource = make_project(), make_resource(ResourceKind.PREDICTION)
    iteration = make_iteration(project)
    publish_iteration(SYSTEM, iteration, "model", resource.full_id)
    path = f"/projects/{project.pk}/iterations/{iteration.pk}/sampling"
    return post(person(project, Role.DEPLOYMENT), path, sampling="unsure", sure_percent="20")


PROVOKED: dict[str, Callable[[], Any]] = {
    "ForbiddenUserInsufficientCapability": lambda: post(
        person(project := make_project(), Role.READER), f"/projects/{project.pk}/tags", name="a"
    ),
    "ForbiddenStalePage": stale,
    "Unauthorized": lambda: post(Client(), f"/projects/{uuid4()}/edits"),
    "UnauthorizedOtherPerson": for_somebody_else,
    "BadRequestInvalid": senseless_edit,
    "BadRequestImageTags": without_a_box,
    "BadRequestExceedTagPerImageLimit": full_image,
    "BadRequestIterationValidationFailed": cancelled_too_late,
    "BadRequestPredictionDays": lambda: post(boss(), f"/projects/{make_project().pk}/settings", prediction_days="-1"),
    "BadRequestSampling": senseless_sampling,
    "BadRequestPublishGateRule": lambda: post(
        boss(), f"/projects/{make_project().pk}/publish-gates/new", measure="f1", points="101"
    ),
    "BadRequestPassword": lambda: password("an old password", "short"),
    "BadRequestWrongPassword": lambda: password("another password", "a long enough one"),
    "BadRequestPersonName": lambda: post(boss(), "/people/invite", name="two words"),
    "ConflictKeySecret": kept_with_another_secret,
    "ConflictResourceInUse": in_use,
    "NotFoundInvitation": lambda: Client().get("/invitations/nonsense", headers=JSON),
    "NotFoundKey": lambda: post(boss(), f"/resources/{make_resource().pk}/keys/3/reveal"),
    "NotFoundPerson": lambda: post(boss(), f"/people/{uuid4()}/disable"),
    "NotFoundResource": lambda: post(boss(), f"/resources/{uuid4()}/delete"),
}
# Said beside the field: what stands there, and not the code, is what the person gets.
IN_A_FORM = {
    "BadRequestPredictionDays": "choose 0 to keep them",
    "BadRequestSampling": "How sure is a percentage of 50 to 99",
    "BadRequestPublishGateRule": "How far it may fall is 0 to 100 points",
    "BadRequestPassword": "too short",
    "BadRequestWrongPassword": "not your password",
    "BadRequestPersonName": "without spaces",
    "ConflictResourceInUse": "in use",
}


@pytest.mark.parametrize("code", OF_PAGES)
def test_a_row_of_the_table(code: str) -> None:
    answer = PROVOKED[code]()
    if code in IN_A_FORM:
        assert (answer.status_code, IN_A_FORM[code] in answer.content.decode()) == (422, True)
        return
    assert (answer.status_code, answer.json()["code"]) == (int(OF_PAGES[code].second), code)
    assert MEND.search(answer.json()["message"]), answer.json()["message"]
