"""Forms of accounts."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm

from apps.common.forms import style_widgets


class SignInForm(AuthenticationForm):
    """E-mail and password."""

    error_messages = {
        "invalid_login": "The e-mail address or the password is not right.",
        "inactive": "The e-mail address or the password is not right.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail"
        self.fields["username"].widget.attrs.update({"type": "email", "autocomplete": "username"})
        style_widgets(self)
