"""Every address of the web process: the APIs, the pages, and what machines ask."""

from django.conf import settings
from django.urls import include, path

API_LISTS = ("portal.api.urls", "labeling.api.urls", "training.api.urls", "inference.api.urls")

urlpatterns = [
    path("", include("portal.health.urls")),
    path("", include("portal.pages.urls")),
    *(path("", include(api)) for api in API_LISTS if (settings.BASE_DIR / f"{api.replace('.', '/')}.py").exists()),
]
