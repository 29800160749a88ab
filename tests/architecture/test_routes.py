"""Every route says who may use it, and says how a stranger would try it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from apps.common import checks
from apps.teams.permissions import Permission
from apps.teams.slugs import RESERVED_PROJECT_SLUGS, RESERVED_TEAM_SLUGS
from tests.architecture import cases
from tests.architecture.routes import Kind, Route, all_routes

KNOWN_WORDS = {*Permission, "signed-in", "public"}


def case_keys(route: Route) -> set[str]:
    return {route.key, route.template} if route.kind is Kind.PAGE else {route.key}


def test_every_view_declares_a_permission() -> None:
    found = [error.msg for error in checks.every_route_declares_a_permission()]
    assert not found, f"Put the view behind a door (apps.common.checks says which): {found}"


def test_view_without_a_declaration_does_not_start(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.architecture.undeclared_urls"
    assert [error.id for error in checks.every_route_declares_a_permission()] == ["runfold.E001"]
    with pytest.raises(ImproperlyConfigured, match="/careless"):
        checks.refuse_undeclared_routes()


def test_declarations_are_permissions_or_words_that_are_known() -> None:
    found = [f"{route.key}: {route.declared}" for route in all_routes() if route.declared not in KNOWN_WORDS]
    assert not found, f"Declare a Permission, signed-in or public: {found}"


def test_views_declared_elsewhere_exist() -> None:
    stale = checks.DECLARED_ELSEWHERE.keys() - {view.view for view in checks.views()}
    assert not stale, f"Stale, remove: {stale}"


def test_public_routes_are_public_for_a_reason() -> None:
    public = {route.key for route in all_routes() if route.declared == "public"}
    assert not public - cases.PUBLIC.keys(), f"Declare a permission, or give a reason: {public - cases.PUBLIC.keys()}"
    assert not cases.PUBLIC.keys() - public, f"Stale, remove: {cases.PUBLIC.keys() - public}"


def test_every_route_has_a_strangers_case() -> None:
    tables = cases.PAGES.keys() | cases.NATIVE.keys() | cases.MLFLOW.keys()
    closed = [route for route in all_routes() if route.declared != "public"]
    without = sorted(route.key for route in closed if tables.isdisjoint(case_keys(route)))
    assert not without, f"Add a line to tests/architecture/cases.py: {without}"
    stale = tables - {key for route in closed for key in case_keys(route)}
    assert not stale, f"No such route, remove: {sorted(stale)}"


def test_words_that_addresses_need_are_no_slugs() -> None:
    patterns = [view.pattern.split("/") for view in checks.views()]
    first = {parts[0] for parts in patterns if parts[0] and not parts[0].startswith("<")} | {"admin"}
    second = {parts[1] for parts in patterns if len(parts) > 1 and parts[0].startswith("<") and parts[1]}
    second = {word for word in second if not word.startswith("<")}
    assert not first - RESERVED_TEAM_SLUGS, f"Add to RESERVED_TEAM_SLUGS: {sorted(first - RESERVED_TEAM_SLUGS)}"
    missing = sorted(second - RESERVED_PROJECT_SLUGS)
    assert not missing, f"Add to RESERVED_PROJECT_SLUGS: {missing}"
