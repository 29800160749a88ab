"""What every role may do in every kind of project, with every grant: the table that a person can read."""

from __future__ import annotations

import pytest

from apps.teams.permissions import (
    PROJECT_PERMISSIONS,
    SCOPE_PERMISSIONS,
    Permission,
    ProjectRole,
    Scope,
    TeamRole,
    Visibility,
    effective_permissions,
    project_role,
)

OPEN, RESTRICTED = Visibility.OPEN, Visibility.RESTRICTED
VIEWER, EDITOR, MAINTAINER = ProjectRole.VIEWER, ProjectRole.EDITOR, ProjectRole.MAINTAINER

# team role, visibility -> the project role without a grant, and with a viewer's, an editor's, a maintainer's.
TABLE = {
    (TeamRole.OWNER, OPEN): (MAINTAINER, MAINTAINER, MAINTAINER, MAINTAINER),
    (TeamRole.OWNER, RESTRICTED): (MAINTAINER, MAINTAINER, MAINTAINER, MAINTAINER),
    (TeamRole.ADMIN, OPEN): (MAINTAINER, MAINTAINER, MAINTAINER, MAINTAINER),
    (TeamRole.ADMIN, RESTRICTED): (MAINTAINER, MAINTAINER, MAINTAINER, MAINTAINER),
    (TeamRole.MEMBER, OPEN): (EDITOR, EDITOR, EDITOR, MAINTAINER),
    (TeamRole.MEMBER, RESTRICTED): (None, VIEWER, EDITOR, MAINTAINER),
    (TeamRole.VIEWER, OPEN): (VIEWER, VIEWER, EDITOR, MAINTAINER),
    (TeamRole.VIEWER, RESTRICTED): (None, VIEWER, EDITOR, MAINTAINER),
}
GRANTS = (None, VIEWER, EDITOR, MAINTAINER)
CASES = [
    (team_role, visibility, grant, expected)
    for (team_role, visibility), row in TABLE.items()
    for grant, expected in zip(GRANTS, row, strict=True)
]


def test_table_covers_every_role_and_visibility() -> None:
    assert set(TABLE) == {(role, visibility) for role in TeamRole for visibility in Visibility}


@pytest.mark.parametrize(("team_role", "visibility", "grant", "expected"), CASES)
def test_project_role(
    team_role: TeamRole, visibility: Visibility, grant: ProjectRole | None, expected: ProjectRole | None
) -> None:
    assert project_role(team_role, visibility, grant) == expected


@pytest.mark.parametrize(("team_role", "visibility", "grant", "expected"), CASES)
def test_effective_permissions_are_those_of_the_project_role_and_nothing_of_a_project_without_one(
    team_role: TeamRole, visibility: Visibility, grant: ProjectRole | None, expected: ProjectRole | None
) -> None:
    of_team = effective_permissions(team_role)
    whole = effective_permissions(team_role, visibility=visibility, granted=grant)
    assert whole - of_team == (PROJECT_PERMISSIONS[expected] if expected else frozenset())


def test_project_roles_grow() -> None:
    assert PROJECT_PERMISSIONS[VIEWER] < PROJECT_PERMISSIONS[EDITOR] < PROJECT_PERMISSIONS[MAINTAINER]


@pytest.mark.parametrize("team_role", list(TeamRole))
@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_never_adds_to_its_owners_rights(team_role: TeamRole, scope: Scope) -> None:
    scoped = effective_permissions(team_role, visibility=OPEN, scopes=frozenset({scope}))
    assert scoped <= effective_permissions(team_role, visibility=OPEN)
    assert scoped <= SCOPE_PERMISSIONS[scope]


def test_a_token_without_scopes_may_do_nothing() -> None:
    assert effective_permissions(TeamRole.OWNER, visibility=OPEN, scopes=frozenset()) == frozenset()


@pytest.mark.parametrize("scope", [Scope.READ, Scope.WRITE, Scope.REGISTRY])
def test_only_the_admin_scope_changes_access(scope: Scope) -> None:
    changing = {
        Permission.TEAM_MANAGE,
        Permission.MEMBER_MANAGE,
        Permission.SERVICE_ACCOUNT_MANAGE,
        Permission.TOKEN_OWN,
        Permission.PROJECT_CREATE,
        Permission.PROJECT_MANAGE,
        Permission.PROJECT_DELETE,
        Permission.AUDIT_READ,
    }
    assert not SCOPE_PERMISSIONS[scope] & changing


def test_the_read_scope_only_reads() -> None:
    assert SCOPE_PERMISSIONS[Scope.READ] == {Permission.TEAM_READ, Permission.PROJECT_READ}
