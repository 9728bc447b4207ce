"""Paths below `customvision/v3.x/training/`."""

from django.urls import path

from inference.api import prediction_images, region_proposals, stored_predictions, tag_suggestions, views

PROJECT = "projects/<id:project_id>"

urlpatterns = [
    path(f"{PROJECT}/images/predictions", prediction_images.PredictionImagesView.as_view()),
    path(f"{PROJECT}/images/<id:image_id>/regionproposals", region_proposals.RegionProposalsView.as_view()),
    path(f"{PROJECT}/images/suggested", tag_suggestions.SuggestedImagesView.as_view()),
    path(f"{PROJECT}/images/suggested/count", tag_suggestions.SuggestedImageCountView.as_view()),
    path(f"{PROJECT}/predictions", stored_predictions.PredictionsView.as_view()),
    path(f"{PROJECT}/predictions/query", stored_predictions.PredictionQueryView.as_view()),
    path(f"{PROJECT}/quicktest/image", views.QuickTestImageView.as_view()),
    path(f"{PROJECT}/quicktest/url", views.QuickTestUrlView.as_view()),
    path(f"{PROJECT}/tagsandregions/suggestions", tag_suggestions.TagSuggestionsView.as_view()),
]
