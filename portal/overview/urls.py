"""Addresses of the pages that see every app."""

from django.urls import path

from portal.pages.pending import pending_page, pending_project_page

PROJECT = "projects/<uuid:project_id>"

urlpatterns = [
    path("", pending_page, name="projects"),
    path("projects/new", pending_page, name="new_project"),
    path("welcome", pending_page, name="welcome"),
    path(f"{PROJECT}/settings", pending_project_page("project_settings"), name="project_settings"),
    path(f"{PROJECT}/delete", pending_project_page("project_settings"), name="delete_project"),
    path(f"{PROJECT}/switcher", pending_project_page("images"), name="project_switcher"),
]
