"""Pages of accounts: sign in, by password or by a link that works once, and sign out."""

from __future__ import annotations

from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.forms import SignInForm
from apps.accounts.services import use_sign_in_link
from apps.common.pages import public_page

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"

sign_in = public_page(
    LoginView.as_view(
        template_name="accounts/sign_in.html", authentication_form=SignInForm, redirect_authenticated_user=True
    )
)
sign_out = public_page(LogoutView.as_view(http_method_names=["post"]))


@public_page
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Asks for one click before the link is used up: whatever previews links in mail and chat follows them too."""
    if request.method == "GET":
        return render(request, "accounts/sign_in_link.html")
    user = use_sign_in_link(secret, address=request.META.get("REMOTE_ADDR"))
    login(request, user, backend=MODEL_BACKEND)
    return redirect("home")
