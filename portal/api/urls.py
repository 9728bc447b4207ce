"""The training API's addresses, joined from all apps, and those of stored files."""

from importlib.util import find_spec

from django.urls import include, path, re_path

from portal.file_view import stored_file
from portal.wire.views import unknown_route

ROUTES = [
    name
    for name in ("portal.api.routes", "labeling.api.routes", "training.api.routes", "inference.api.routes")
    if find_spec(name.rpartition(".")[0]) and find_spec(name)
]

urlpatterns = [
    path("customvision/<str:version>/training/", include([path("", include(routes)) for routes in ROUTES])),
    path("files/<path:name>", stored_file),
    re_path("^customvision(?:/.*)?$", unknown_route),
]
