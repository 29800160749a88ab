"""The same people in every test: a team with each role, and a stranger who is somebody in a team of their own."""

from __future__ import annotations

from dataclasses import dataclass

from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import create_user
from apps.projects.models import Project
from apps.projects.queries import project_access
from apps.projects.services import create_project
from apps.teams.access import Access, Credential, TeamAccess
from apps.teams.models import ServiceAccount, Team
from apps.teams.permissions import Scope, TeamRole, Visibility
from apps.teams.queries import team_access, user_credential
from apps.teams.services import OPERATOR, add_member, create_service_account, create_team, create_token, operator_access


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a browser session and a token of every scope in `home`."""

    user: User
    home: Project
    token: str

    @property
    def credential(self) -> Credential:
        """What a signed-in session proves."""
        return user_credential(self.user)

    @property
    def headers(self) -> dict[str, str]:
        """The token, as a request carries it."""
        return bearer(self.token)

    def browser(self) -> Client:
        """A client that is signed in."""
        client = Client()
        client.force_login(self.user)
        return client

    def access(self, project: Project | None = None) -> Access:
        """The rights in a project (`home` if none is named), as a fresh request would get them.

        Raises:
            NotFound: the person may not see it.
        """
        project = project or self.home
        return project_access(self.credential, project.team.slug, project.slug)

    def team_access(self, team: Team | None = None) -> TeamAccess:
        """The rights in a team (that of `home` if none is named)."""
        return team_access(self.credential, (team or self.home.team).slug)


@dataclass(frozen=True, slots=True)
class Machine:
    """A service account with a token that is bound to one project."""

    account: ServiceAccount
    project: Project
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """The token, as a request carries it."""
        return bearer(self.token)


@dataclass(frozen=True, slots=True)
class Cast:
    """Team `acme` with an open project `vision` and a restricted one `secret`; team `rival`, whose owner is the stranger."""

    team: Team
    project: Project
    restricted: Project
    owner: Person
    admin: Person
    member: Person
    viewer: Person
    machine: Machine
    rival_team: Team
    rival_project: Project
    stranger: Person

    @property
    def anonymous(self) -> Client:
        """A client that is nobody."""
        return Client()


def make_cast() -> Cast:
    """Make them all."""
    owner, stranger = create_user(email="owner@acme.test"), create_user(email="stranger@rival.test")
    team = create_team(OPERATOR, slug="acme", name="Acme", owner=owner)
    project = make_project(team, "vision")
    rival_team = create_team(OPERATOR, slug="rival", name="Rival", owner=stranger)
    rival_project = make_project(rival_team, "vision")
    return Cast(
        team=team,
        project=project,
        restricted=make_project(team, "secret", visibility=Visibility.RESTRICTED),
        owner=make_person(owner, project),
        admin=make_member(project, TeamRole.ADMIN),
        member=make_member(project, TeamRole.MEMBER),
        viewer=make_member(project, TeamRole.VIEWER),
        machine=make_machine(project),
        rival_team=rival_team,
        rival_project=rival_project,
        stranger=make_person(stranger, rival_project),
    )


def make_project(team: Team, slug: str, *, visibility: Visibility = Visibility.OPEN) -> Project:
    """A project, made by the operator."""
    team.refresh_from_db()
    return create_project(operator_access(team), slug=slug, visibility=visibility)


def make_member(project: Project, role: TeamRole, *, name: str = "") -> Person:
    """A new user with a role in the project's team."""
    team = project.team
    user = create_user(email=f"{name or role}@{team.slug}.test")
    add_member(operator_access(team), email=user.email, role=role)
    return make_person(user, project)


def make_person(user: User, project: Project) -> Person:
    """A person with a token in the project's team."""
    issued = create_token(operator_access(project.team), name="all scopes", scopes=Scope, user=user)
    return Person(user, project, issued.text)


def make_machine(project: Project, *, name: str = "trainer", role: TeamRole = TeamRole.MEMBER) -> Machine:
    """A service account with a token bound to `project`."""
    access = operator_access(project.team)
    account = create_service_account(access, name=name, role=role)
    issued = create_token(access, name="bound", project_id=project.pk, service_account_id=account.pk)
    return Machine(account, project, issued.text)


def bearer(token: str) -> dict[str, str]:
    """Headers that carry a token."""
    return {"Authorization": f"Bearer {token}"}
