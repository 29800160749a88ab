"""A tenant's bytes as a browser may show them: in a sandbox that holds however the address is opened.

The session's cookie authenticates the address, so that a page of an attacker's making lies on our own origin. What makes
that harmless is in the answer itself, and not in the frame around it:

- `sandbox` without allow-scripts and allow-same-origin: the document has an origin of its own that no other has, no access
  to cookies, storage or our pages, and runs nothing, also when somebody opens the address directly;
- `default-src 'none'`: it loads nothing from anywhere, so that it can tell nobody that it was seen;
- a type from a fixed list, with nosniff: nothing is ever served that our pages could take for a script or style sheet.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from apps.artifacts.http.downloads import file_response
from apps.artifacts.models import Artifact
from apps.artifacts.previews.kinds import Kind, shown_raw
from apps.artifacts.refusals import artifact_not_found
from apps.teams.access import Access

_NOTHING = "sandbox; default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
_POLICIES = {
    Kind.IMAGE: _NOTHING,
    Kind.SVG: f"{_NOTHING}; style-src 'unsafe-inline'; img-src data:",
    Kind.HTML: f"{_NOTHING}; style-src 'unsafe-inline'; img-src data:; font-src data:",
}


def inline_response(request: HttpRequest, access: Access, artifact: Artifact) -> HttpResponseBase:
    """The file, to be looked at.

    Raises:
        NotFound: files of this name or size are not shown, or it was deleted since it was found.
        StorageUnavailable: the store does not answer.
    """
    shown = shown_raw(artifact.name, artifact.media_type, artifact.size_bytes)
    if shown is None:
        raise artifact_not_found()
    response = file_response(request, access, artifact)
    headers = {
        "Content-Type": shown.content_type,
        "Content-Disposition": content_disposition_header(as_attachment=False, filename=artifact.name) or "inline",
        "Content-Security-Policy": _POLICIES[shown.kind],
        "Cross-Origin-Resource-Policy": "same-origin",
        # A sandboxed document may not have the policy that our pages have.
        "Cross-Origin-Opener-Policy": "unsafe-none",
        "X-Frame-Options": "SAMEORIGIN",
        "X-DNS-Prefetch-Control": "off",
        "Referrer-Policy": "no-referrer",
    }
    for name, value in headers.items():
        response.headers[name] = value
    return response
