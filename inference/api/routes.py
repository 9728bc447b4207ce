"""Paths below `customvision/v3.x/training/`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
