"""A publish gate as clients of the API meet it: Microsoft's SDK gets the code, and overrideReason goes on."""

from urllib.parse import quote

import pytest
from azure.cognitiveservices.vision.customvision.training.models import CustomVisionErrorException
from django.core.wsgi import get_wsgi_application
from django.test import override_settings

from portal.models import ResourceKind
from tests.builders import key_actor, make_resource
from tests.training.judged import lock_images, scored_iteration, two_tags
from tests.wire.contract.clients import Sdk
from tests.wire.contract.conftest import answered_at_once, key_of, one_connection
from tests.wire.http import Api, project_path
from training.gates import GateRule, add_gate
from training.models import GateMeasure, PublishedName, PublishEvent
from training.publishing import publish_iteration

pytestmark = pytest.mark.django_db


def test_the_sdk_gets_code_and_figures_and_a_reason_in_the_query_goes_on() -> None:
    project, tags = two_tags()
    images = lock_images(project, tags, 40)
    old, new = scored_iteration(project, tags, images, 0), scored_iteration(project, tags, images, 4)
    target = make_resource(ResourceKind.PREDICTION).full_id
    publish_iteration(key_actor(project), old, "trees", target)
    add_gate(key_actor(project), project, GateRule(GateMeasure.RECALL, most_fall_points=1))
    with one_connection(), override_settings(ALLOWED_HOSTS=["testserver"]):
        sdk = Sdk(answered_at_once(get_wsgi_application()), key_of(project.resource), "")
        with pytest.raises(CustomVisionErrorException) as raised:
            sdk.training.publish_iteration(project.pk, new.pk, "trees", target, overwrite=True)
    assert raised.value.error.code == "BadRequestPublishGate"
    assert raised.value.message.startswith(
        "Recall at 50% on the locked test set would fall by 10 points, from 100.0 to 90.0 on 40 images; at most 1 is"
    )
    assert raised.value.response.status_code == 400
    assert PublishedName.objects.get().iteration == old

    publish = (
        f"{project_path(project)}/iterations/{new.pk}/publish?publishName=trees&overwrite=true&predictionId={target}"
    )
    api = Api(project.resource)
    assert api.post(f"{publish}&overrideReason=").json()["code"] == "BadRequestPublishGate"
    assert api.post(f"{publish}&overrideReason={'x' * 501}").json()["code"] == "BadRequest"
    assert api.post(f"{publish}&overrideReason={quote('Sees cups in the dark.')}").json() is True
    assert PublishedName.objects.get().iteration == new
    assert PublishEvent.objects.latest("pk").override_reason == "Sees cups in the dark."
