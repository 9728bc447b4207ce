"""Every address of the web process: the APIs, the pages, and what machines ask."""

from django.urls import include, path, re_path

import inference.api.routes
import labeling.api.routes
import portal.api.routes
import training.api.routes
from portal.file_view import stored_file
from portal.wire.views import unknown_route

# Each operation lives in the highest app that it needs, whatever its path says; here the lists meet.
TRAINING_OPERATIONS = [
    *portal.api.routes.urlpatterns,
    *labeling.api.routes.urlpatterns,
    *training.api.routes.urlpatterns,
    *inference.api.routes.urlpatterns,
]

urlpatterns = [
    path("", include("portal.health.urls")),
    path("", include("portal.pages.urls")),
    path("files/<path:name>", stored_file, name="stored_file"),
    re_path(r"^customvision/(?P<version>[vV]3\.[0-9]+[^/]*)/(?i:training)/", include(TRAINING_OPERATIONS)),
    re_path(r"^customvision/", unknown_route),
]
