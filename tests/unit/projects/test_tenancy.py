"""Rows can be asked for only in the name of an Access that still holds."""

from __future__ import annotations

import pytest

from apps.experiments.models import Experiment
from apps.projects.scoping import UnscopedQuery
from apps.projects.tenancy import bound
from apps.teams.access import StaleAccess
from apps.teams.permissions import TeamRole
from apps.teams.services import operator_access, remove_member, set_member_role
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["all", "count", "get", "filter", "first", "create", "exists", "values_list"])
def test_objects_answers_nothing_without_an_access(method: str) -> None:
    with pytest.raises(UnscopedQuery, match=r"in_project\(access\)"):
        getattr(Experiment.objects, method)()


def test_a_project_shows_its_own_rows_alone(cast: Cast) -> None:
    for person in (cast.member, cast.stranger):
        access = person.access()
        with bound(access, readonly=True):
            projects = Experiment.objects.in_project(access).values_list("project_id", flat=True)
            assert set(projects) == {access.project.id}


def test_bound_is_reentrant_for_the_same_project(cast: Cast, django_assert_max_num_queries: object) -> None:
    access = cast.member.access()
    with bound(access), bound(access), bound(access, readonly=True):
        assert Experiment.objects.in_project(access).count() == 1


def test_a_transaction_cannot_be_widened_to_another_project(cast: Cast) -> None:
    with bound(cast.member.access()), pytest.raises(RuntimeError), bound(cast.stranger.access()):
        pytest.fail("bound to both")


def test_a_read_cannot_turn_into_a_write(cast: Cast) -> None:
    access = cast.member.access()
    with bound(access, readonly=True), pytest.raises(RuntimeError), bound(access):
        pytest.fail("writing in a read-only transaction")


def test_an_access_is_stale_after_any_change_of_rights_in_the_team(cast: Cast) -> None:
    access = cast.member.access()
    set_member_role(operator_access(cast.team), user_id=cast.viewer.user.pk, role=TeamRole.ADMIN)
    with pytest.raises(StaleAccess), bound(access):
        pytest.fail("rights changed since")


def test_an_access_of_a_removed_member_is_stale(cast: Cast) -> None:
    access = cast.member.access()
    remove_member(operator_access(cast.team), user_id=cast.member.user.pk)
    with pytest.raises(StaleAccess), bound(access, readonly=True):
        pytest.fail("no member any more")


def test_a_change_in_another_team_leaves_an_access_as_it_is(cast: Cast) -> None:
    access = cast.member.access()
    remove_member_of = operator_access(cast.rival_team)
    set_member_role(remove_member_of, user_id=cast.stranger.user.pk, role=TeamRole.OWNER)
    with bound(access):
        assert Experiment.objects.in_project(access).exists()
