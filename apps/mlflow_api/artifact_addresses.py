"""The address of a file in the path of a request."""

from __future__ import annotations

from urllib.parse import unquote

from django.http import HttpRequest

from apps.artifacts.addresses import Address, parse_address


def meant_address(artifact_path: str, request: HttpRequest) -> Address:
    """The owner and path that the path of a request names; errors as of `parse_address`.

    Clients do not quote `?` in names of files, so that the rest of such a name arrives as the query. These routes have
    no parameters that it could be.
    """
    query = request.META.get("QUERY_STRING", "")
    return parse_address(f"{artifact_path}?{unquote(query)}" if query else artifact_path)
