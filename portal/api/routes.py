"""Paths below `customvision/v3.x/training/`."""

from django.urls import path

from portal.api import views

urlpatterns = [
    path("projects", views.ProjectsView.as_view()),
    path("projects/import", views.ProjectImportView.as_view()),
    path("projects/<id:project_id>", views.ProjectView.as_view()),
    path("projects/<id:project_id>/export", views.ProjectExportView.as_view()),
]
