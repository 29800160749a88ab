"""Every component of the pages on one page, for whoever changes them; served when DEBUG is on."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from apps.common.clock import now_ms
from apps.common.forms import StyledForm
from apps.common.pages import public_page


class SampleForm(StyledForm):
    """A field of each kind, one of them refused."""

    name = forms.CharField(label="Name", help_text="Help stands below.")
    email = forms.EmailField(label="E-mail")
    role = forms.ChoiceField(label="Role", choices=[("a", "Admin"), ("m", "Member")])
    scopes = forms.MultipleChoiceField(
        label="Scopes", choices=[("r", "Read"), ("w", "Write")], widget=forms.CheckboxSelectMultiple
    )


@public_page
def gallery(request: HttpRequest) -> HttpResponse:
    """The gallery."""
    context = {
        "form": SampleForm({"name": "vision", "email": "nobody", "role": "m", "scopes": ["r"]}),
        "statuses": ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"],
        "series": range(1, 9),
        "icons": "copy check search plus expand close reset table columns theme key user team lock flask chart help git robot folder file download".split(),
        "now_ms": now_ms(),
        "code": "export MLFLOW_TRACKING_URI=https://runfold.example/acme/vision",
    }
    return render(request, "gallery/gallery.html", context)


urlpatterns = [path("gallery", gallery, name="gallery")]
