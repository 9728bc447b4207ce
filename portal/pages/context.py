"""What every template may use."""

from typing import Any

from django.http import HttpRequest

from portal.models import User


def shell(request: HttpRequest) -> dict[str, Any]:
    """`person_initials` and `is_administrator` of whoever is signed in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_authenticated:
        return {"person_initials": "", "is_administrator": False}
    name = user.get_full_name() or user.get_username()
    parts = name.replace(".", " ").replace("_", " ").split()
    initials = "".join(part[0] for part in parts[:2]) if len(parts) > 1 else name[:2]
    return {"person_initials": initials.upper(), "is_administrator": user.is_superuser}
