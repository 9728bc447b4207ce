"""Paths below `customvision/v3.x/training/`."""

from django.urls import path

from training.api import views

urlpatterns = [
    path("domains", views.DomainsView.as_view()),
    path("domains/<id:domain_id>", views.DomainView.as_view()),
    path("projects/<id:project_id>/train", views.TrainView.as_view()),
    path("projects/<id:project_id>/iterations", views.IterationsView.as_view()),
    path("projects/<id:project_id>/iterations/<id:iteration_id>", views.IterationView.as_view()),
    path("projects/<id:project_id>/iterations/<id:iteration_id>/performance", views.PerformanceView.as_view()),
    path("projects/<id:project_id>/iterations/<id:iteration_id>/publish", views.PublishView.as_view()),
]
