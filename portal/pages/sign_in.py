"""Signing in and out."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from portal.models import User
from portal.pages.forms import SignInForm


class SignInView(LoginView):
    template_name = "portal/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_success_url(self) -> str:
        """Where to go next: a password that was made up and printed is changed first."""
        user = self.request.user
        if isinstance(user, User) and user.must_change_password:
            return reverse("account")
        return super().get_success_url()


class SignOutView(LogoutView):
    http_method_names = ["post", "options"]


def too_many_attempts(request: HttpRequest, credentials: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
    """What axes shows once a name was tried too often from one address."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    form = SignInForm(request, initial={"username": credentials.get("username", "")})
    context = {"form": form, "locked_minutes": minutes, "failures": AxesProxyHandler.get_failures(request, credentials)}
    return render(request, "portal/sign_in.html", context, status=429)
