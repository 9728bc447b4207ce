"""Addresses of training's pages; the gallery is one, because it knows iterations."""

from django.urls import path

from training.pages import (
    coach,
    compare,
    compare_image,
    compare_images,
    compare_scores,
    errors,
    export,
    gallery,
    history,
    image_scores,
    manifest,
    performance,
    performance_parts,
    prediction_url,
    publish,
    review,
    sampling,
    train,
    train_button,
)

PROJECT = "projects/<uuid:project_id>"
ITERATION = f"{PROJECT}/iterations/<uuid:iteration_id>"

urlpatterns = [
    path(f"{PROJECT}/images", gallery.images, name="images"),
    path(f"{PROJECT}/images/order", gallery.gallery_order, name="gallery_order"),
    path(f"{PROJECT}/images/items", gallery.gallery_items, name="gallery_items"),
    path(f"{PROJECT}/images/states", gallery.gallery_states, name="gallery_states"),
    path(f"{PROJECT}/images/health", gallery.health, name="health"),
    path(
        f"{PROJECT}/images/<uuid:image_id>/scores/<uuid:iteration_id>", image_scores.image_scores, name="image_scores"
    ),
    path(f"{PROJECT}/compare", compare.compare_page, name="compare"),
    path(f"{PROJECT}/compare/scores", compare_scores.compare_scores, name="compare_scores"),
    path(f"{PROJECT}/compare/cross-validated", compare.cross_validated, name="compare_cross_validated"),
    path(f"{PROJECT}/compare/images", compare_images.compare_images, name="compare_images"),
    path(f"{PROJECT}/compare/images/<uuid:image_id>", compare_image.compare_image, name="compare_image"),
    path(f"{PROJECT}/performance", performance.performance, name="performance"),
    path(f"{PROJECT}/performance/<uuid:iteration_id>", performance.performance_of, name="performance_of"),
    path(
        f"{PROJECT}/performance/<uuid:iteration_id>/overlap",
        performance_parts.performance_at_overlap,
        name="performance_at_overlap",
    ),
    path(f"{PROJECT}/performance/<uuid:iteration_id>/tags.csv", performance_parts.tags_csv, name="tags_csv"),
    path(f"{PROJECT}/performance/<uuid:iteration_id>/thresholds", performance_parts.thresholds, name="thresholds"),
    path(
        f"{PROJECT}/performance/<uuid:iteration_id>/thresholds/put",
        performance_parts.put_thresholds,
        name="put_thresholds",
    ),
    path(
        f"{PROJECT}/performance/<uuid:iteration_id>/scoring",
        performance.locked_test_progress,
        name="locked_test_progress",
    ),
    path(f"{PROJECT}/performance/<uuid:iteration_id>/review", review.review, name="review"),
    path(f"{PROJECT}/performance/<uuid:iteration_id>/errors", errors.errors, name="errors"),
    path(f"{PROJECT}/labels/keep", errors.keep_labels, name="keep_labels"),
    path(f"{ITERATION}/progress", performance.training_progress, name="training_progress"),
    path(f"{ITERATION}/rename", performance.rename, name="rename_iteration"),
    path(f"{ITERATION}/delete", performance.delete, name="delete_iteration"),
    path(f"{ITERATION}/cancel", train.cancel, name="cancel_training"),
    path(f"{PROJECT}/train", train.train_dialog, name="train_dialog"),
    path(f"{PROJECT}/train/button", train_button.train_button, name="train_button"),
    path(f"{ITERATION}/export", export.export, name="export"),
    path(f"{ITERATION}/export/flavors", export.export_flavors, name="export_flavors"),
    path(f"{ITERATION}/publish", publish.publish, name="publish"),
    path(f"{ITERATION}/manifest", manifest.manifest, name="iteration_manifest"),
    path(f"{ITERATION}/publish/gates", publish.publish_gates, name="publish_gates"),
    path(f"{ITERATION}/unpublish", publish.unpublish, name="unpublish"),
    path(f"{ITERATION}/sampling", sampling.sampling, name="sampling"),
    path(f"{ITERATION}/prediction-url", prediction_url.prediction_url, name="prediction_url"),
    path(f"{ITERATION}/prediction-key", prediction_url.prediction_key, name="prediction_key"),
    path(f"{PROJECT}/performance/history", history.history, name="history"),
    path(f"{PROJECT}/performance/history/<int:event_id>/back", history.back, name="go_back"),
    path(f"{PROJECT}/publish-gates/new", history.new_gate, name="new_gate"),
    path(f"{PROJECT}/publish-gates/<uuid:gate_id>/remove", history.drop_gate, name="drop_gate"),
    path(f"{PROJECT}/coach", coach.coach, name="coach"),
]
