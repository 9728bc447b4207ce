"""Addresses of inference's pages."""

from django.urls import path

from portal.pages.pending import pending_project_page

PROJECT = "projects/<uuid:project_id>"

urlpatterns = [
    path(f"{PROJECT}/quick-test", pending_project_page("quick_test"), name="quick_test"),
    path(f"{PROJECT}/predictions", pending_project_page("predictions"), name="predictions"),
]
