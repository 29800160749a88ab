"""Names in addresses: what a team or project slug may look like, and the words that the root keeps for itself."""

from __future__ import annotations

import re

from apps.common.errors import InvalidInput
from apps.teams.models import SLUG_MAX_LENGTH

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")

# The first word of every address that is not a team's. A test holds this list against the URLconf.
RESERVED_TEAM_SLUGS = frozenset(
    """
    about accounts admin ajax-api api app assets auth billing blog build contact dashboard docs favicon-ico gateway
    get-artifact graphql health healthz help home internal invitations jobs legal login logout me media metrics mlflow
    model-versions new oauth oidc onboarding password privacy public readyz robots-txt root saml scim search security
    settings sign-in sign-out sign-up signup static static-files status support system team teams terms tokens v1 v2
    version webhooks well-known www gallery
    """.split()
)
# The second word of every address below /{team} that is not a project's.
RESERVED_PROJECT_SLUGS = frozenset(
    "access api ajax-api audit groups invitations members new policies projects service-accounts settings team tokens "
    "usage webhooks".split()
)


def check_slug(slug: str, *, reserved: frozenset[str], field: str = "slug") -> str:
    """`slug`, if it may name a team or project.

    Raises:
        InvalidInput: it may not; the message says what may.
    """
    if not SLUG.fullmatch(slug) or len(slug) > SLUG_MAX_LENGTH or "--" in slug:
        raise InvalidInput(
            "invalid_slug",
            f"Use 1 to {SLUG_MAX_LENGTH} lower-case letters, digits and single hyphens between them, not {slug!r}.",
            field=field,
        )
    if slug in reserved:
        raise InvalidInput("reserved_slug", f"{slug!r} is a word that Runfold's own addresses need.", field=field)
    return slug
