"""The page of resources: keys hidden until shown, what would break listed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.key_use import KeyUse
from portal.keys import reveal
from portal.models import AuditEntry, Resource, ResourceKind, User
from portal.resources import create_default_resources
from tests.builders import make_images, make_project, make_resource, make_tag

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def test_the_page_has_ids_and_usage_and_no_key(boss: Client) -> None:
    training, prediction = create_default_resources()
    make_project(training)
    words = boss.get("/resources").content.decode()
    for resource in (training, prediction):
        assert resource.full_id in words
        for key in resource.keys.all():
            assert reveal(key) not in words
    assert "1 of 100" in words
    assert words.index("default-training") < words.index("default-prediction")


def test_a_key_is_shown_and_copied_on_demand_alone(boss: Client) -> None:
    resource = make_resource()
    key = reveal(resource.keys.get(slot=1))
    address = f"/resources/{resource.pk}/keys/1"
    assert boss.get(f"{address}/reveal").status_code == 405
    assert key not in boss.get(address, headers=HTMX).content.decode()
    assert not AuditEntry.objects.filter(act="reveal_key").exists()
    shown = boss.post(f"{address}/reveal", headers=HTMX)
    copied = boss.post(f"{address}/reveal", headers=JSON)
    assert key in shown.content.decode()
    assert copied.json() == {"key": key}
    assert [answer.headers["Cache-Control"] for answer in (shown, copied)] == ["no-store", "no-store"]
    assert AuditEntry.objects.filter(act="reveal_key", object_id=str(resource.pk)).count() == 2


def test_a_regenerated_key_takes_the_place_of_the_old_one(boss: Client) -> None:
    resource = make_resource()
    old = reveal(resource.keys.get(slot=2))
    address = f"/resources/{resource.pk}/keys/2/regenerate"
    assert "Key 1 goes on working" in boss.get(address, headers=HTMX).content.decode()
    answer = boss.post(address, headers=HTMX)
    fresh = reveal(resource.keys.get(slot=2))
    assert fresh != old
    assert fresh in answer.content.decode()
    assert answer.headers["HX-Trigger"] == "close-dialog"
    assert answer.headers["HX-Retarget"] == f"#key-{resource.pk}-2"


def test_a_resource_is_created_and_deleted(boss: Client) -> None:
    make_resource(ResourceKind.PREDICTION)
    refused = boss.post("/resources/new", {"name": "no spaces", "kind": "prediction"}, headers=HTMX)
    assert refused.status_code == 422
    assert "letters, digits and hyphens" in refused.content.decode()
    assert boss.post("/resources/new", {"name": "shop", "kind": "other"}, headers=HTMX).status_code == 422
    made = boss.post("/resources/new", {"name": "shop", "kind": "prediction"}, headers=HTMX)
    assert made.headers["HX-Redirect"] == "/resources"
    shop = Resource.objects.get(name="shop", kind=ResourceKind.PREDICTION)
    assert boss.post(f"/resources/{shop.pk}/delete", headers=HTMX).headers["HX-Redirect"] == "/resources"
    assert not Resource.objects.filter(pk=shop.pk).exists()


def test_deleting_lists_what_would_break(boss: Client) -> None:
    project = make_project()
    make_resource()
    address = f"/resources/{project.resource_id}/delete"
    words = boss.get(address, headers=HTMX).content.decode()
    assert project.name in words
    assert "Delete resource" not in words
    assert boss.post(address, headers=HTMX).status_code == 422
    assert Resource.objects.filter(pk=project.resource_id).exists()


def test_usage_is_that_of_the_fullest_project(boss: Client) -> None:
    resource = make_resource()
    emptier, fuller = make_project(resource), make_project(resource)
    make_images(emptier, 2)
    make_images(fuller, 3)
    make_tag(emptier)
    words = boss.get("/resources").content.decode()
    assert "2 of 100<" in words
    assert f'Images in {fuller.name}, the fullest</span><span class="num">3 of 100,000<' in words
    assert f'Tags in {emptier.name}, the fullest</span><span class="num">1 of 500<' in words


def test_the_dialogs_name_the_applications_that_used_a_key(boss: Client) -> None:
    make_resource(ResourceKind.PREDICTION)
    resource = make_resource(ResourceKind.PREDICTION)
    use = KeyUse()
    use.note(resource.keys.get(slot=1).digest, "line <2>")
    use.flush()
    first = boss.get(f"/resources/{resource.pk}/keys/1/regenerate", headers=HTMX).content.decode()
    assert "line &lt;2&gt;" in first
    assert "line" not in boss.get(f"/resources/{resource.pk}/keys/2/regenerate", headers=HTMX).content.decode()
    assert "line &lt;2&gt;" in boss.get(f"/resources/{resource.pk}/delete", headers=HTMX).content.decode()
    boss.post(f"/resources/{resource.pk}/keys/1/regenerate", headers=HTMX)
    again = boss.get(f"/resources/{resource.pk}/keys/1/regenerate", headers=HTMX).content.decode()
    assert "line" not in again


def test_notes_are_saved_or_said_to_be_too_long(boss: Client) -> None:
    resource = make_resource()
    address = f"/resources/{resource.pk}/notes"
    assert "Saved" in boss.post(address, {"notes": "<b>shop</b>"}, headers=HTMX).content.decode()
    assert "&lt;b&gt;shop&lt;/b&gt;" in boss.get("/resources").content.decode()
    assert boss.post(address, {"notes": "x" * 2001}, headers=HTMX).status_code == 422


def test_the_queries_of_the_page_do_not_grow(boss: Client) -> None:
    counts = []
    for number in (1, 20):
        for _ in range(number):
            make_project(make_resource())
        with CaptureQueriesContext(connection) as queries:
            boss.get("/resources")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 10
