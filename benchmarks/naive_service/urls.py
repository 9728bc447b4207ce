"""The addresses of Custom Vision."""

from django.urls import path

from benchmarks.naive_service.views import PredictView

BASE = "customvision/v3.0/Prediction/<uuid:project>/<str:task>/iterations/<str:name>/image"
urlpatterns = [
    path(f"{BASE}/nostore", PredictView.as_view(), {"stored": False}),
    path(BASE, PredictView.as_view(), {"stored": True}),
]
