"""Every address of the web process: the APIs, the pages, and what machines ask."""

from django.urls import include, path, re_path

from portal.api.operations import TRAINING_OPERATIONS
from portal.api.reference import openapi_json, reference_page
from portal.file_view import stored_file
from portal.wire.views import unknown_route

# In any case; written out, because Django cannot reverse any address beside a list that has (?i:...).
TRAINING = "".join(f"[{letter}{letter.upper()}]" for letter in "training")

handler404 = "portal.pages.fallbacks.not_found"
handler500 = "portal.pages.fallbacks.server_fault"

urlpatterns = [
    path("", include("portal.health.urls")),
    path("", include("portal.overview.urls")),
    path("", include("portal.pages.urls")),
    path("", include("labeling.pages.urls")),
    path("", include("training.pages.urls")),
    path("", include("inference.pages.urls")),
    path("files/<path:name>", stored_file, name="stored_file"),
    path("api/openapi.json", openapi_json, name="openapi"),
    path("api/docs", reference_page, name="api_reference"),
    re_path(rf"^customvision/(?P<version>[vV]3\.[0-9]+[^/]*)/{TRAINING}/", include(TRAINING_OPERATIONS)),
    re_path(r"^customvision(?:/|$)", unknown_route),
]
