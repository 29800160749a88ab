"""What surrounds every route: credentials, addressing, unknown and unserved routes, bodies that are none."""

from __future__ import annotations

import base64

import pytest
from django.test import Client

from apps.projects.services import delete_project, set_grant
from apps.teams.models import ApiToken
from apps.teams.permissions import ProjectRole
from apps.teams.services import revoke_token
from tests.api.mlflow.caller import Caller
from tests.factories.cast import Cast, bearer


def test_without_credential_401_in_words_that_clients_print(cast: Cast) -> None:
    response = Client().get("/acme/vision/api/2.0/mlflow/runs/get?run_id=x")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Basic realm="mlflow"'
    assert response.content.startswith(b"You are not authenticated. Please see ")


@pytest.mark.parametrize("project", ["/acme/vision", "/acme/secret", "/acme/nothing", "/nobody/nothing"])
def test_bad_credentials_learn_nothing_of_tenants(cast: Cast, project: str) -> None:
    assert Caller(bearer("rf_000000000000_nonsense"), project).get("runs/get", run_id="x").status == 401


def test_token_as_password_of_basic(cast: Cast) -> None:
    word = base64.b64encode(f"anybody:{cast.member.token}".encode()).decode()
    assert Caller({"Authorization": f"Basic {word}"}).get("experiments/get", experiment_id="0").status == 200


def test_stranger_finds_no_project(cast: Cast) -> None:
    here = Caller(cast.stranger.headers, "/acme/vision").get("experiments/get", experiment_id="0")
    nowhere = Caller(cast.stranger.headers, "/acme/nothing").get("experiments/get", experiment_id="0")
    assert here == nowhere
    assert here.status == 404


def test_root_addressing_by_a_token_of_one_project(cast: Cast) -> None:
    caller = Caller(cast.machine.headers, base="")
    caller.new_experiment("from-the-root")
    assert Caller(cast.member.headers).get("experiments/get-by-name", experiment_name="from-the-root").status == 200


def test_root_addressing_by_workspace_header(cast: Cast) -> None:
    assert Caller({**cast.owner.headers, "X-MLFLOW-WORKSPACE": "secret"}, base="").new_experiment() == "1"
    refused = Caller({**cast.member.headers, "X-MLFLOW-WORKSPACE": "secret"}, base="")
    assert refused.get("experiments/get", experiment_id="0").status == 404
    unsaid = Caller(cast.owner.headers, base="").get("experiments/get", experiment_id="0")
    assert (unsaid.status, unsaid.code) == (400, "INVALID_PARAMETER_VALUE")


def test_workspace_header_must_agree_with_the_path(cast: Cast) -> None:
    agreeing = Caller({**cast.owner.headers, "X-MLFLOW-WORKSPACE": "vision"})
    assert agreeing.get("experiments/get", experiment_id="0").status == 200
    other = Caller({**cast.owner.headers, "X-MLFLOW-WORKSPACE": "secret"})
    assert other.get("experiments/get", experiment_id="0").status == 404


def test_revoked_token_is_refused_on_the_next_request(cast: Cast) -> None:
    caller = Caller(cast.member.headers)
    run_id = caller.new_run()
    point = {"run_id": run_id, "key": "m", "value": 1, "timestamp": 1}
    assert caller.post("runs/log-metric", **point).status == 200
    revoke_token(cast.owner.team_access(), token_id=ApiToken.objects.get(user=cast.member.user).pk)
    assert caller.post("runs/log-metric", **point).status == 401
    assert caller.get("runs/get", run_id=run_id).status == 401


def test_new_rights_act_on_the_next_request(cast: Cast) -> None:
    viewer = Caller(cast.viewer.headers)
    assert viewer.post("experiments/create", name="x").status == 403
    set_grant(cast.owner.access(), role=ProjectRole.EDITOR, user_id=cast.viewer.user.pk)
    assert viewer.post("experiments/create", name="x").status == 200


def test_deleted_project_is_gone_at_once(cast: Cast) -> None:
    caller = Caller(cast.member.headers)
    run_id = caller.new_run()
    delete_project(cast.owner.access())
    assert caller.get("runs/get", run_id=run_id).status == 404
    assert caller.post("runs/log-metric", run_id=run_id, key="m", value=1, timestamp=1).status == 404


def test_both_prefixes_answer(member: Caller) -> None:
    for prefix in ("api", "ajax-api"):
        assert member.get(f"/{prefix}/2.0/mlflow/experiments/get", experiment_id="0").status == 200


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/nothing", "/api/3.0/mlflow/traces/search", "/api/9.9/x"])
def test_unknown_routes_are_told_by_the_code_on_which_clients_fall_back(member: Caller, path: str) -> None:
    reply = member.post(path, {})
    assert (reply.status, reply.code) == (404, "ENDPOINT_NOT_FOUND")


def test_wrong_method(member: Caller) -> None:
    reply = member.get("runs/create")
    assert (reply.status, reply.code) == (405, "ENDPOINT_NOT_FOUND")


def test_health_and_version_everywhere(cast: Cast) -> None:
    for base in ("", "/acme/vision", "/no/where"):
        assert Client().get(f"{base}/health").content == b"OK"
        assert Client().get(f"{base}/version").content == b"3.17.2"


def test_server_info_needs_no_login(cast: Cast) -> None:
    info = Caller({}).get("/api/3.0/mlflow/server-info").body
    assert info["workspaces_enabled"] is True
    assert info["store_type"] == "SqlStore"


@pytest.mark.parametrize("body", [b"[]", b"7", b"[" * 100_000, b'"x"', b"\xff\xfe", b'{"name": "\\ud800"}'])
def test_bodies_that_are_no_object_are_refused(member: Caller, body: bytes) -> None:
    reply = member.send("POST", "experiments/create", body)
    assert (reply.status, reply.code) == (400, "INVALID_PARAMETER_VALUE")


def test_broken_json_creates_nothing_even_where_nothing_is_required(member: Caller) -> None:
    assert member.send("POST", "runs/search", b'{"experiment_ids": [').status == 400


def test_content_type_is_obligatory(member: Caller) -> None:
    missing = member.send("POST", "experiments/create", b'{"name": "a"}', content_type="")
    assert missing.message == "Bad Request. Content-Type header is missing."
    other = member.send("POST", "experiments/create", b'{"name": "a"}', content_type="text/plain")
    assert other.message == "Bad Request. Content-Type must be one of ['application/json']."
    assert member.send("POST", "experiments/create", b'{"name": "a"}', "application/json; charset=utf-8").status == 200


def test_huge_bodies_are_refused_by_their_length(member: Caller) -> None:
    assert member.send("POST", "runs/set-tag", b" " * 4_000_001).status == 400
