"""Parts of addresses."""

from __future__ import annotations

from django.urls.converters import IntConverter


class RowId(IntConverter):
    """A number that fits the databases' 64 bits: a greater one names nothing, and is no error of the server."""

    regex = "[0-9]{1,18}"
