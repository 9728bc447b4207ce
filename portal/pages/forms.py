"""Forms of the portal's own pages."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm


class SignInForm(AuthenticationForm):
    """Django's own, with the portal's fields and words."""

    error_messages = {
        "invalid_login": "No user has that name and password. Passwords are case-sensitive.",
        "inactive": "This account is disabled. Ask an administrator to enable it.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"
        if self.is_bound and not self.is_valid():
            for field in self.fields.values():
                field.widget.attrs |= {"aria-invalid": "true", "aria-describedby": "sign-in-error"}
