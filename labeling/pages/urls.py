"""Addresses of labeling's pages."""

from django.urls import path

from labeling.pages import edits, image_state, tags, uploads

PROJECT = "projects/<uuid:project_id>"

urlpatterns = [
    path(f"{PROJECT}/edits", edits.edits, name="edits"),
    path(f"{PROJECT}/tags", tags.new_tag, name="new_tag"),
    path(f"{PROJECT}/tags/<uuid:tag_id>", tags.edit_tag, name="edit_tag"),
    path(f"{PROJECT}/tags/<uuid:tag_id>/delete", tags.delete_tag, name="delete_tag"),
    path(f"{PROJECT}/images/<uuid:image_id>/state", image_state.image_state, name="image_state"),
    path(f"{PROJECT}/uploads", uploads.upload_images, name="upload_images"),
    path(f"{PROJECT}/uploads/addresses", uploads.upload_urls, name="upload_urls"),
]
