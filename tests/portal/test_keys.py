"""Resource keys: two each, found by digest, one regenerated at a time."""

import pytest
from django.test import override_settings

from portal.actors import SYSTEM
from portal.errors import Refusal
from portal.keys import find_resource_of_key, regenerate_key, reveal
from portal.models import AuditEntry, ResourceKey, ResourceKind
from portal.registry_version import current_registry_version
from portal.resources import create_default_resources, create_resource, find_prediction_resource
from tests.builders import key_actor, make_project, make_resource

pytestmark = pytest.mark.django_db


def test_both_keys_open_the_resource_and_neither_lies_in_the_clear() -> None:
    resource = make_resource()
    keys = [reveal(key) for key in resource.keys.order_by("slot")]
    assert len(set(keys)) == 2
    for key in keys:
        assert find_resource_of_key(key, ResourceKind.TRAINING) == resource
        assert find_resource_of_key(key, ResourceKind.PREDICTION) is None
    stored = " ".join(f"{key.encrypted} {key.digest}" for key in ResourceKey.objects.all())
    assert not any(key in stored for key in keys)


def test_regenerating_one_key_leaves_the_other() -> None:
    resource = make_resource()
    first, second = (reveal(key) for key in resource.keys.order_by("slot"))
    version = current_registry_version()
    fresh = regenerate_key(SYSTEM, resource, 1)
    assert find_resource_of_key(first, ResourceKind.TRAINING) is None
    assert find_resource_of_key(fresh, ResourceKind.TRAINING) == resource
    assert find_resource_of_key(second, ResourceKind.TRAINING) == resource
    assert current_registry_version() == version + 1
    assert AuditEntry.objects.filter(act="regenerate_key", object_id=str(resource.pk)).count() == 1


def test_a_key_cannot_regenerate_keys() -> None:
    project = make_project()
    digests = set(ResourceKey.objects.values_list("digest", flat=True))
    with pytest.raises(Refusal):
        regenerate_key(key_actor(project), project.resource, 1)
    assert set(ResourceKey.objects.values_list("digest", flat=True)) == digests


def test_keys_outlive_a_change_of_the_secret() -> None:
    from django.conf import settings

    resource = make_resource()
    key = reveal(resource.keys.get(slot=1))
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert find_resource_of_key(key, ResourceKind.TRAINING) == resource
        assert reveal(resource.keys.get(slot=1)) == key


def test_the_default_resources_are_made_once() -> None:
    first = create_default_resources()
    assert create_default_resources() == first
    assert first[0].subscription_id == first[1].subscription_id
    assert find_prediction_resource(first[1].full_id) == first[1]


def test_two_resources_cannot_have_one_name() -> None:
    create_resource(SYSTEM, ResourceKind.TRAINING, "shop")
    with pytest.raises(Refusal) as refusal:
        create_resource(SYSTEM, ResourceKind.PREDICTION, "Shop")
    assert refusal.value.code == "BadRequest"
