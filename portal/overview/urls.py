"""Addresses of the pages that see every app."""

from django.urls import path

from portal.overview import deletion_page, new_project, projects_page, settings_page

PROJECT = "projects/<uuid:project_id>"

urlpatterns = [
    path("", projects_page.projects, name="projects"),
    path("projects/new", new_project.new_project, name="new_project"),
    path("projects/sample", new_project.create_sample, name="create_sample"),
    path("welcome", projects_page.welcome, name="welcome"),
    path(f"{PROJECT}/settings", settings_page.project_settings, name="project_settings"),
    path(f"{PROJECT}/delete", deletion_page.delete_project_page, name="delete_project"),
    path(f"{PROJECT}/switcher", projects_page.switcher, name="project_switcher"),
    path(f"{PROJECT}/import", projects_page.import_state, name="import_state"),
    path(f"{PROJECT}/card", projects_page.card_state, name="project_card"),
]
