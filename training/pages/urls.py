"""Addresses of training's pages; the gallery is one, because it knows iterations."""

from django.urls import path

from portal.pages.pending import pending_project_page
from training.pages import image_scores

PROJECT = "projects/<uuid:project_id>"

urlpatterns = [
    path(f"{PROJECT}/images", pending_project_page("images"), name="images"),
    path(
        f"{PROJECT}/images/<uuid:image_id>/scores/<uuid:iteration_id>", image_scores.image_scores, name="image_scores"
    ),
    path(f"{PROJECT}/performance", pending_project_page("performance"), name="performance"),
    path(f"{PROJECT}/performance/<uuid:iteration_id>", pending_project_page("performance"), name="performance_of"),
    path(f"{PROJECT}/train", pending_project_page("performance"), name="train_dialog"),
    path(f"{PROJECT}/train/button", pending_project_page("performance"), name="train_button"),
    path(f"{PROJECT}/coach", pending_project_page("images"), name="coach"),
]
