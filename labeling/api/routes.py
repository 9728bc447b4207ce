"""Paths below `customvision/v3.x/training/`."""

from django.urls import path

from labeling.api import creation_views, image_views, metadata_views, region_views, tag_views

PROJECT = "projects/<id:project_id>"

urlpatterns = [
    path(f"{PROJECT}/tags", tag_views.TagsView.as_view()),
    path(f"{PROJECT}/tags/<id:tag_id>", tag_views.TagView.as_view()),
    path(f"{PROJECT}/images", image_views.ImagesView.as_view()),
    path(f"{PROJECT}/images/count", image_views.ImageCountView.as_view()),
    path(f"{PROJECT}/images/tagged", image_views.TaggedImagesView.as_view()),
    path(f"{PROJECT}/images/tagged/count", image_views.TaggedImageCountView.as_view()),
    path(f"{PROJECT}/images/untagged", image_views.UntaggedImagesView.as_view()),
    path(f"{PROJECT}/images/untagged/count", image_views.UntaggedImageCountView.as_view()),
    path(f"{PROJECT}/images/id", image_views.ImagesByIdsView.as_view()),
    path(f"{PROJECT}/images/files", creation_views.ImageFilesView.as_view()),
    path(f"{PROJECT}/images/urls", creation_views.ImageUrlsView.as_view()),
    path(f"{PROJECT}/images/metadata", metadata_views.ImageMetadataView.as_view()),
    path(f"{PROJECT}/images/regions", region_views.ImageRegionsView.as_view()),
    path(f"{PROJECT}/images/tags", image_views.ImageTagsView.as_view()),
]
