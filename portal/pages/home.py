"""The page after sign-in: where the API is and how to get the keys."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from portal.health.readiness import part_states
from portal.models import Resource, ResourceKind
from portal.pages.access import Access, PageRequest, page

PART_WORDS = {"short": "worker for short jobs", "training": "worker for training"}


@page(Access.SIGNED_IN)
def home(request: PageRequest) -> HttpResponse:
    prediction_resource = Resource.objects.filter(kind=ResourceKind.PREDICTION).order_by("created").first()
    parts = part_states()
    return render(
        request,
        "portal/home.html",
        {
            "endpoint": settings.SIGHTLINE_PUBLIC_URL,
            "prediction_resource_id": prediction_resource.full_id if prediction_resource else "",
            "parts": [(PART_WORDS.get(part.name, part.name), part) for part in parts],
            "is_ready": all(part.is_ready for part in parts),
        },
    )
