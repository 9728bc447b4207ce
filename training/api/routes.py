"""Paths below `customvision/v3.x/training/`."""

from django.urls import path

from training.api import export_views, views

PROJECT = "projects/<id:project_id>"
ITERATION = f"{PROJECT}/iterations/<id:iteration_id>"

urlpatterns = [
    path("domains", views.DomainsView.as_view()),
    path("domains/<id:domain_id>", views.DomainView.as_view()),
    path(f"{PROJECT}/train", views.TrainView.as_view()),
    path(f"{PROJECT}/iterations", views.IterationsView.as_view()),
    path(ITERATION, views.IterationView.as_view()),
    path(f"{ITERATION}/performance", views.PerformanceView.as_view()),
    path(f"{ITERATION}/performance/images", views.ImagePerformancesView.as_view()),
    path(f"{ITERATION}/performance/images/count", views.ImagePerformanceCountView.as_view()),
    path(f"{ITERATION}/export", export_views.ExportsView.as_view()),
    path(f"{PROJECT}/artifacts", export_views.ArtifactView.as_view()),
    path(f"{ITERATION}/publish", views.PublishView.as_view()),
]
