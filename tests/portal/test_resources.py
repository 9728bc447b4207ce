"""Resources and their keys: notes, deleting, showing, and when a key was last used."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from portal.actors import SYSTEM, actor_for_user
from portal.deletion import delete_project
from portal.errors import Refusal
from portal.key_use import APPLICATIONS_KEPT, KeyUse, process_key_use
from portal.keys import regenerate_key, reveal, reveal_key
from portal.models import AuditEntry, KeyApplication, Resource, ResourceKey, ResourceKind, User
from portal.registry_version import current_registry_version
from portal.resources import delete_resource, resource_contents, update_notes
from tests.builders import key_actor, make_iteration, make_project, make_resource
from training.models import PublishedName

pytestmark = pytest.mark.django_db


def test_an_empty_resource_is_deleted_with_its_keys() -> None:
    make_resource()
    resource = make_resource()
    version = current_registry_version()
    delete_resource(SYSTEM, resource)
    assert not ResourceKey.objects.filter(resource_id=resource.pk).exists()
    assert not Resource.objects.filter(name=resource.name).exists()
    assert current_registry_version() == version + 1
    assert AuditEntry.objects.get(act="delete_resource").detail == {"kind": "training", "name": resource.name}


def test_a_resource_with_a_project_stays() -> None:
    make_resource()
    project = make_project()
    with pytest.raises(Refusal) as refusal:
        delete_resource(SYSTEM, project.resource)
    assert refusal.value.code == "ConflictResourceInUse"
    assert resource_contents(project.resource).projects == [project]
    delete_project(SYSTEM, project)
    assert resource_contents(project.resource).projects == []
    with pytest.raises(Refusal, match="still being removed"):
        delete_resource(SYSTEM, project.resource)
    assert Resource.objects.filter(pk=project.resource_id).exists()


def test_a_resource_with_a_published_name_stays() -> None:
    project = make_project()
    make_resource(ResourceKind.PREDICTION)
    prediction = make_resource(ResourceKind.PREDICTION)
    PublishedName.objects.create(
        project=project, name="fruit", iteration=make_iteration(project), resource=prediction, published_by="test"
    )
    with pytest.raises(Refusal):
        delete_resource(SYSTEM, prediction)
    assert resource_contents(prediction).published == [(project, "fruit")]
    PublishedName.objects.all().delete()
    delete_resource(SYSTEM, prediction)


def test_the_last_of_a_kind_stays() -> None:
    resource = make_resource()
    make_resource(ResourceKind.PREDICTION)
    with pytest.raises(Refusal, match="is the only training resource"):
        delete_resource(SYSTEM, resource)


def test_notes_are_written_by_administrators() -> None:
    resource = make_resource()
    update_notes(SYSTEM, resource, " the shop's app\r\nsince May ")
    resource.refresh_from_db()
    assert resource.notes == "the shop's app\nsince May"
    for actor, notes in ((SYSTEM, "x" * 2001), (actor_for_user(User.objects.create_user("ana")), "mine")):
        with pytest.raises(Refusal):
            update_notes(actor, resource, notes)
    resource.refresh_from_db()
    assert resource.notes == "the shop's app\nsince May"


def test_showing_a_key_is_in_the_log_without_the_key() -> None:
    project = make_project()
    resource = project.resource
    key = reveal_key(SYSTEM, resource, 2)
    assert key == reveal(resource.keys.get(slot=2))
    assert AuditEntry.objects.get(act="reveal_key").detail == {"resource": resource.name, "slot": 2}
    with pytest.raises(Refusal):
        reveal_key(key_actor(project), resource, 1)
    for act in (reveal_key, regenerate_key):
        with pytest.raises(Refusal) as refusal:
            act(SYSTEM, resource, 3)
        assert refusal.value.code == "NotFoundKey"


def test_a_key_whose_secret_is_gone_says_what_to_do() -> None:
    resource = make_resource()
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]), pytest.raises(Refusal) as refusal:
        reveal_key(SYSTEM, resource, 1)
    assert "SIGHTLINE_SECRET_KEY_FALLBACKS" in refusal.value.message
    assert settings.SECRET_KEY not in refusal.value.message


def test_last_use_is_written_once_a_minute(django_assert_num_queries: Callable[..., Any]) -> None:
    key = make_resource().keys.get(slot=1)
    use = KeyUse()
    use.note(key.digest)
    use.flush()
    key.refresh_from_db()
    assert key.last_used is not None
    assert (key.last_used.second, key.last_used.microsecond) == (0, 0)
    assert timezone.now() - key.last_used < timedelta(seconds=61)
    with django_assert_num_queries(0):
        use.flush()


def test_an_older_use_does_not_replace_a_newer_one() -> None:
    key = make_resource().keys.get(slot=1)
    ahead = timezone.now() + timedelta(hours=1)
    ResourceKey.objects.filter(pk=key.pk).update(last_used=ahead)
    use = KeyUse()
    use.note(key.digest)
    use.flush()
    key.refresh_from_db()
    assert key.last_used == ahead


def test_the_latest_applications_of_a_key_are_kept(django_assert_num_queries: Callable[..., Any]) -> None:
    key = make_resource().keys.get(slot=1)
    use = KeyUse()
    for number in range(APPLICATIONS_KEPT + 3):
        use.note(key.digest, f"app {number}")
    use.note(key.digest)
    use.note("a key that was regenerated", "app")
    use.flush()
    names = set(KeyApplication.objects.filter(key=key).values_list("name", flat=True))
    assert len(names) == APPLICATIONS_KEPT == KeyApplication.objects.count()
    assert "app 0" not in names
    use.note(key.digest, "app 22")
    with django_assert_num_queries(0):
        use.flush()


def test_a_client_with_ever_new_names_does_not_fill_the_memory() -> None:
    use = KeyUse()
    for number in range(5000):
        use.note("digest", f"app {number}")
    assert len(use._noted) == 1000


def test_a_training_call_is_a_use_of_its_key_alone() -> None:
    resource = make_resource()
    first, second = resource.keys.order_by("slot")
    Client().get("/customvision/v3.3/training/projects", headers={"Training-Key": reveal(first)})
    Client().get("/customvision/v3.3/training/projects", headers={"Training-Key": "0" * 32})
    process_key_use.flush()
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.last_used is not None
    assert second.last_used is None
