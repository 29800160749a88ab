"""Forms of pages: one look, and a service's refusal shown at the field that it names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms

from apps.common.errors import Conflict, InvalidInput, LimitExceeded, NotFound, PermissionDenied

_CSS_CLASS: dict[type[forms.Widget], str] = {
    forms.TextInput: "input",
    forms.EmailInput: "input",
    forms.PasswordInput: "input",
    forms.NumberInput: "input",
    forms.Textarea: "textarea",
    forms.Select: "select",
}


class StyledForm(forms.Form):
    """A form whose widgets carry the classes of static/css/components.css.

    `status` is that of the page which shows the refused form.
    """

    status = 400

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style_widgets(self)

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Turns what a service refuses inside into an error of the field it names, or of the form."""
        try:
            yield
        except (InvalidInput, Conflict, LimitExceeded, NotFound, PermissionDenied) as exc:
            self.status = exc.status
            self.add_error(exc.field if exc.field in self.fields else None, exc.message)


def style_widgets(form: forms.BaseForm) -> None:
    """Give the widgets of `form` their classes."""
    for field in form.fields.values():
        css_class = _CSS_CLASS.get(type(field.widget))
        if css_class:
            field.widget.attrs.setdefault("class", css_class)
