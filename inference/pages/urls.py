"""Addresses of inference's pages."""

from django.urls import path

from inference.pages import advice, box_suggestions, predictions, promotion, quick_test, suggested

PROJECT = "projects/<uuid:project_id>"

urlpatterns = [
    path(f"{PROJECT}/performance/<uuid:iteration_id>/advice", advice.advice, name="advice"),
    path(f"{PROJECT}/quick-test", quick_test.quick_test_page, name="quick_test"),
    path(f"{PROJECT}/quick-test/image", quick_test.quick_test_image, name="quick_test_image"),
    path(f"{PROJECT}/quick-test/address", quick_test.quick_test_address, name="quick_test_address"),
    path(f"{PROJECT}/images/<uuid:image_id>/suggestions", box_suggestions.suggestions, name="suggestions"),
    path(f"{PROJECT}/images/suggested", suggested.suggested, name="suggested"),
    path(f"{PROJECT}/images/suggested/order", suggested.suggested_order, name="suggested_order"),
    path(f"{PROJECT}/images/suggested/items", suggested.suggested_items, name="suggested_items"),
    path(f"{PROJECT}/images/suggested/states", suggested.suggested_states, name="suggested_states"),
    path(f"{PROJECT}/images/suggested/counts", suggested.suggested_counts, name="suggested_counts"),
    path(f"{PROJECT}/images/suggested/look", suggested.look, name="look"),
    path(f"{PROJECT}/predictions", predictions.predictions, name="predictions"),
    path(f"{PROJECT}/predictions/more", predictions.more_predictions, name="more_predictions"),
    path(f"{PROJECT}/predictions/new", predictions.new_predictions, name="new_predictions"),
    path(f"{PROJECT}/predictions/promote", promotion.promote_predictions, name="promote_predictions"),
    path(f"{PROJECT}/predictions/delete", promotion.delete_stored_predictions, name="delete_stored_predictions"),
    path(f"{PROJECT}/predictions/<uuid:prediction_id>", predictions.one_prediction, name="one_prediction"),
]
