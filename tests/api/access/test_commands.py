"""Operator commands: JSON out, the same services underneath, and repeating one changes nothing."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEvent
from apps.common.errors import Unauthenticated
from apps.projects.models import Project
from apps.teams.models import ApiToken, Membership, Team
from apps.teams.queries import token_credential

pytestmark = pytest.mark.django_db


def run(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command(*words, stdout=out)
    result: dict[str, Any] = orjson.loads(out.getvalue())
    return result


@pytest.fixture
def acme() -> Team:
    run("create_user", "owner@acme.test")
    run("create_team", "acme", "--owner", "owner@acme.test")
    run("create_project", "acme", "vision")
    return Team.objects.get(slug="acme")


def test_the_way_from_nothing_to_a_token(acme: Team) -> None:
    run("create_service_account", "acme", "ci")
    issued = run("create_token", "acme", "--service-account", "ci", "--project", "vision", "--scopes", "read,write")
    credential = token_credential(issued["token"])
    assert (credential.actor.label, sorted(credential.scopes or ())) == ("ci", ["read", "write"])
    assert credential.project_id == Project.objects.get(team=acme, slug="vision").pk


@pytest.mark.parametrize(
    "words",
    [
        ("create_user", "owner@acme.test"),
        ("create_team", "acme", "--owner", "owner@acme.test"),
        ("create_project", "acme", "vision"),
        ("add_member", "acme", "owner@acme.test", "--role", "owner"),
    ],
)
def test_repeating_changes_nothing(acme: Team, words: tuple[str, ...]) -> None:
    before = AuditEvent.objects.count()
    first, second = run(*words), run(*words)
    assert first == second
    assert AuditEvent.objects.count() == before


def test_add_member_changes_the_role_of_a_member(acme: Team) -> None:
    run("create_user", "new@acme.test")
    run("add_member", "acme", "new@acme.test", "--role", "viewer")
    assert run("add_member", "acme", "NEW@acme.test", "--role", "admin")["role"] == "admin"
    assert Membership.objects.get(user__email="new@acme.test").role == "admin"


def test_a_revoked_token_is_refused(acme: Team) -> None:
    token = run("create_token", "acme", "--user", "owner@acme.test")
    run("revoke_token", "acme", token["prefix"])
    with pytest.raises(Unauthenticated):
        token_credential(token["token"])


def test_a_token_is_kept_as_a_digest_alone(acme: Team) -> None:
    text = run("create_token", "acme", "--user", "owner@acme.test")["token"]
    row = ApiToken.objects.get()
    assert text.split("_", 2)[2].encode() not in bytes(row.digest)
    assert text not in str(AuditEvent.objects.values_list("after", flat=True))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("create_team", "admin", "--owner", "owner@acme.test"), "reserved_slug"),
        (("create_team", "Acme!", "--owner", "owner@acme.test"), "invalid_slug"),
        (("create_team", "other", "--owner", "nobody@acme.test"), "run create_user first"),
        (("create_project", "nowhere", "vision"), "run create_team first"),
        (("create_token", "acme", "--user", "nobody@acme.test"), "run add_member first"),
        (("create_token", "acme", "--user", "owner@acme.test", "--scopes", "all"), "use some of read, write"),
        (("create_token", "acme", "--user", "owner@acme.test", "--life", "soon"), "write 30d, 12h or 15m"),
        (("create_token", "acme", "--user", "owner@acme.test", "--life", "0d"), "expired already"),
        (("add_member", "acme", "nobody@acme.test"), "Nobody has an account"),
        (("revoke_token", "acme", "rf_000000000000"), "no token"),
        (("create_user", "not an address"), "is not an e-mail address"),
    ],
)
def test_refusals_say_what_to_do(acme: Team, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run(*words)


def test_bootstrap_makes_an_empty_installation_usable_and_keeps_its_token(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    first, second = run("bootstrap"), run("bootstrap")
    assert first["tracking_uri"] == second["tracking_uri"]
    assert first["token"] == second["token"]
    assert first["sign_in_url"] != second["sign_in_url"]
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    assert (Team.objects.count(), Project.objects.count(), ApiToken.objects.count()) == (1, 1, 1)


def test_bootstrap_replaces_a_token_that_was_revoked(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    first = run("bootstrap")
    run("revoke_token", "my-team", first["token"])
    second = run("bootstrap")
    assert second["token"] != first["token"]
    assert token_credential(second["token"]).actor.label == second["email"]
