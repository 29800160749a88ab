"""How files are answered."""

from __future__ import annotations

from apps.common.api.json import JsonRenderer


class AnyFile(JsonRenderer):
    """Whatever media type a client asks for: a file has its own, and only refusals are JSON."""

    media_type = "*/*"
    format = "file"
