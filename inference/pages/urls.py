"""Addresses of inference's pages."""

from django.urls import path

from inference.pages import box_suggestions, predictions, quick_test

PROJECT = "projects/<uuid:project_id>"

urlpatterns = [
    path(f"{PROJECT}/quick-test", quick_test.quick_test_page, name="quick_test"),
    path(f"{PROJECT}/quick-test/image", quick_test.quick_test_image, name="quick_test_image"),
    path(f"{PROJECT}/quick-test/address", quick_test.quick_test_address, name="quick_test_address"),
    path(f"{PROJECT}/images/<uuid:image_id>/suggestions", box_suggestions.suggestions, name="suggestions"),
    path(f"{PROJECT}/predictions", predictions.predictions, name="predictions"),
]
