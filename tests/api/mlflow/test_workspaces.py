"""mlflow/workspaces: a team's projects as MLflow sees them."""

from __future__ import annotations

from tests.api.mlflow.caller import Caller
from tests.factories.cast import Cast

ALL = "/api/3.0/mlflow/workspaces"


def names(caller: Caller) -> set[str]:
    return {each["name"] for each in caller.get(ALL).body.get("workspaces", [])}


def test_everybody_sees_what_they_may_enter(cast: Cast, member: Caller, stranger: Caller) -> None:
    assert names(Caller(cast.owner.headers)) == {"vision", "secret"}
    assert names(member) == {"vision"}
    assert names(stranger) == {"vision"}
    assert names(Caller(cast.machine.headers, base="")) == {"vision"}


def test_life_of_a_workspace(cast: Cast) -> None:
    owner = Caller(cast.owner.headers, base="")
    created = owner.post(ALL, name="speech", description="Voices")
    assert (created.status, created.body) == (201, {"workspace": {"name": "speech", "description": "Voices"}})
    assert owner.get(f"{ALL}/speech").body == created.body
    patched = owner.send("PATCH", f"{ALL}/speech", b'{"description": "Sounds"}')
    assert patched.body == {"workspace": {"name": "speech", "description": "Sounds"}}
    assert owner.send("DELETE", f"{ALL}/speech").status == 204
    assert owner.get(f"{ALL}/speech").status == 404


def test_taken_names_are_refused_with_the_code_that_clients_go_by(cast: Cast) -> None:
    reply = Caller(cast.owner.headers).post(ALL, name="vision")
    assert (reply.status, reply.code) == (400, "RESOURCE_ALREADY_EXISTS")


def test_a_workspace_that_holds_something_is_deleted_on_purpose_alone(cast: Cast) -> None:
    owner = Caller(cast.owner.headers)
    owner.new_run()
    assert owner.send("DELETE", f"{ALL}/vision").status == 400
    assert owner.send("DELETE", f"{ALL}/vision?mode=NONSENSE").status == 400
    assert owner.send("DELETE", f"{ALL}/vision?mode=CASCADE").status == 204


def test_member_manages_no_workspace(cast: Cast, member: Caller) -> None:
    assert member.send("PATCH", f"{ALL}/vision", b'{"description": "x"}').status == 403
    assert member.send("DELETE", f"{ALL}/vision?mode=CASCADE").status == 403
    assert member.get(f"{ALL}/secret").status == 404
    assert Caller(cast.viewer.headers).post(ALL, name="other").status == 403
