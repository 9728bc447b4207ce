"""The Compare page as a browser gets it, and what stands on it."""

import re
from html import unescape

from django.test import Client

from portal.models import Membership, Project, User
from portal.permissions import Role


def browser(project: Project, role: Role = Role.READER) -> Client:
    user = User.objects.create_user(f"the {role}", password="x")
    Membership.objects.create(user=user, project=project, role=role)
    client = Client()
    client.force_login(user)
    return client


def page_of(project: Project, query: str = "", client: Client | None = None, path: str = "") -> str:
    answer = (client or browser(project)).get(f"/projects/{project.pk}/compare{path}{query}")
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def chosen(page: str, name: str) -> list[str]:
    """The ids of the chosen options of the selects of that name."""
    selects = re.findall(rf'<select[^>]*name="{name}">(.*?)</select>', page)
    return [value for each in selects for value in re.findall(r'value="([^"]*)" selected', each) if value]


def row(page: str, measure: str) -> str:
    found = re.search(rf'<tr data-measure="{measure}">(.*?)</tr>', page, re.DOTALL)
    assert found is not None, measure
    return text_of(found[1])
