"""The page after sign-in: where the API is and how to get the keys."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.health.readiness import part_states
from portal.models import Resource, ResourceKind


@login_required
def home(request: HttpRequest) -> HttpResponse:
    prediction_resource = Resource.objects.filter(kind=ResourceKind.PREDICTION).order_by("created").first()
    return render(
        request,
        "portal/home.html",
        {
            "endpoint": settings.SIGHTLINE_PUBLIC_URL,
            "prediction_resource_id": prediction_resource.full_id if prediction_resource else "",
            "parts": part_states(),
        },
    )
